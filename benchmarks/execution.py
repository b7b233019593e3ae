"""How others fare beside a model at work, in threads and in processes: python -m benchmarks.execution models.

Two connections ask one model for batch after batch. Meanwhile others ask another one for single rows, at a given rate
(an open loop), and one asks for health as often as it is answered. Two servers take turns; numbers are medians of the
rounds. Then, what it costs to have a batch computed by a process.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any, Final

import orjson

from benchmarks.http.client import Address, Measured, Request
from benchmarks.http.contestants import serve
from benchmarks.http.growth import asked, has_no_errors
from benchmarks.http.load import closed_loop, open_loop
from benchmarks.http.servers import running
from inference.engines.probes import example_rows
from inference.load_one import load_one
from inference.processes.engine import ProcessEngine
from inference.processes.fork_server import ForkServer, Work

ROWS: Final = 500
SENT_ROWS: Final = (1, 10, 100, 1000)
_WARM_UP_SECONDS: Final = 0.5
_BLOCKS: Final = 4
_CALLS: Final = 20
_CONNECTIONS: Final = 32
_HEALTH: Final = Request(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n", lambda body: b"ready" in body)
_WAYS: Final[Mapping[str, Sequence[str]]] = {"threads": ("--processes", "0"), "processes": ()}

Three = tuple[Measured, Measured, Measured]
"""Batches, single rows, and health."""


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.execution", description=__doc__)
    parser.add_argument("models", type=Path)
    parser.add_argument("--model", default="language", help="the one at work")
    parser.add_argument("--other", default="iris", help="the one that is asked for single rows")
    parser.add_argument("--rate", type=float, default=200.0, help="of single rows, a second")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each round")
    arguments = parser.parse_args()
    rounds: dict[str, list[Three]] = {way: [] for way in _WAYS}
    with ExitStack() as stack:
        servers = {
            way: stack.enter_context(running(serve(arguments.models, "--engine", "native", *flags), _HEALTH))
            for way, flags in _WAYS.items()
        }
        for _ in range(arguments.rounds):
            for way, server in servers.items():
                rounds[way].append(asyncio.run(_beside(server.address, arguments)))
    print("| runs in | rows/s | other, p50 ms | p99 | health, p50 ms | p99 | wrong |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for way, measured in rounds.items():
        print(_line(way, measured))
    print(f"\n| rows of {arguments.model} | here, ms | by a process, ms | more, ms |")
    print("| ---: | ---: | ---: | ---: |")
    for rows, (here, there) in _sending(arguments.models, arguments.model).items():
        print(f"| {rows:,} | {here * 1e3:.2f} | {there * 1e3:.2f} | {(there - here) * 1e3:.2f} |")


async def _beside(address: Address, arguments: argparse.Namespace) -> Three:
    query = "{ models { name default field batchField exampleQuery exampleVariables } }"
    known = {model["name"]: model for model in asked(address, query)["models"] if model["default"]}
    other = known[arguments.other]
    single = {"query": other["exampleQuery"], "variables": other["exampleVariables"]}

    def request(body: Mapping[str, Any]) -> list[Request]:
        return [Request.post("/graphql", orjson.dumps(body), has_no_errors)]

    seconds, batch = arguments.seconds, request(_batch(known[arguments.model]))
    working = asyncio.create_task(closed_loop(address, batch, 2, seconds + _WARM_UP_SECONDS, _WARM_UP_SECONDS))
    await asyncio.sleep(_WARM_UP_SECONDS)
    singles, health = await asyncio.gather(
        open_loop(address, request(single), arguments.rate, _CONNECTIONS, seconds),
        closed_loop(address, [_HEALTH], 1, seconds, 0),
    )
    return await working, singles, health


def _batch(model: Mapping[str, Any]) -> dict[str, Any]:
    """Make a batch of a model's example operation."""
    query: str = model["exampleQuery"]
    query = query.replace("$input: ", "$inputs: [").replace("Input!)", "Input!]!)")
    single, many = f"{model['field']}(input: $input) {{", f"{model['batchField']}(inputs: $inputs) {{ predictions {{"
    query = query.replace(single, many)
    return {"query": query + "}", "variables": {"inputs": [model["exampleVariables"]["input"]] * ROWS}}


def _line(way: str, rounds: Sequence[Three]) -> str:
    def each(place: int, value: Callable[[Measured], float]) -> float:
        return median(value(measured[place]) for measured in rounds)

    def kept(place: int, share: float) -> str:
        return f"{each(place, lambda one: one.percentile(share)):.1f}"

    wrong = sum(one.wrong + one.failed for measured in rounds for one in measured)
    cells = [
        f"{each(0, lambda one: one.rate) * ROWS:,.0f}",
        *(kept(place, share) for place in (1, 2) for share in (0.5, 0.99)),
        f"{wrong}",
    ]
    return f"| {way} | {' | '.join(cells)} |"


def _sending(models: Path, name: str) -> Mapping[int, tuple[float, float]]:
    """Return the median seconds of a batch in this process and by another one, by its rows."""
    model = load_one(models, name)
    fork_server = ForkServer([Work(model.title, model.engine, 1)])
    engines = (model.engine, ProcessEngine(model, fork_server, 0, lambda: None))
    methods = model.outputs["label"].calls(model.outputs["label"].request({}))
    found: dict[int, tuple[float, float]] = {}
    for rows in SENT_ROWS:
        columns = example_rows(model.signature, rows).columns
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(_BLOCKS):
            for engine, spent in zip(engines, times, strict=True):
                for _ in range(_CALLS):  # one after the other, as in a server: what was used last is in the caches
                    start = time.perf_counter()
                    engine.ask(columns, rows, methods)
                    spent.append(time.perf_counter() - start)
        found[rows] = median(times[0]), median(times[1])
    engines[1].close()
    fork_server.close()
    return found


if __name__ == "__main__":
    main()
