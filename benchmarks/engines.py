"""What a call of each model costs by each engine: python -m benchmarks.engines models.

Engines are measured in turns, in one thread, by all methods that the model's outputs are made from. Rows are the
example row, many times. Numbers are microseconds a call, the least of several.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from inference.engines.cache import Cache
from inference.engines.engine import Engine
from inference.engines.options import EngineName, EngineOptions
from inference.engines.plain import PlainEngine
from inference.info import EngineKind, Limits
from inference.loader import load_models
from inference.model import LoadedModel

ROWS: Final = (1, 8, 100, 1000)
ROUNDS: Final = 15
ROUND_SECONDS: Final = 0.02
"""Quick calls are repeated for so long in each round."""


def main(path: Path) -> None:
    """Print a table, a line for each model and number of rows."""
    warnings.simplefilter("ignore")  # what an estimator warns of costs time in any case
    native = _loaded(path, "native")
    converted = _loaded(path, "onnx")
    print("| model | rows | plain µs | lean µs | onnx µs | plain / best |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, model in native.items():
        engines: dict[str, Engine] = {"plain": PlainEngine(model.estimator, model.signature), "lean": model.engine}
        if name in converted and converted[name].serving.engine.kind is EngineKind.ONNX:
            engines["onnx"] = converted[name].engine
        for rows in ROWS:
            print(_line(name, rows, _measured(engines, model, rows)))


def _loaded(path: Path, engine: EngineName) -> Mapping[str, LoadedModel]:
    limits = Limits(max_rows=10_000, deadline_seconds=600)
    with tempfile.TemporaryDirectory() as cache:
        options = EngineOptions(engine, Cache(Path(cache)))
        models = load_models(path, limits, keep_going=True, engines=options)
    for failed in models.failed:
        print(failed.error, file=sys.stderr)
    return {model.info.name: model for model in models.loaded if model.info.default}


def _measured(engines: Mapping[str, Engine], model: LoadedModel, rows: int) -> Mapping[str, float]:
    """Return the microseconds of a call by each engine."""
    methods = {method for output in model.outputs.values() for method in output.calls(output.request({}))}
    columns = [[value] * rows for value in model.signature.example_row]
    best = dict.fromkeys(engines, float("inf"))
    for _ in range(ROUNDS):
        for name, engine in engines.items():
            best[name] = min(best[name], _seconds(engine, columns, rows, methods))
    return {name: seconds * 1e6 for name, seconds in best.items()}


def _seconds(engine: Engine, columns: Sequence[Sequence[object]], rows: int, methods: set[str]) -> float:
    calls, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < ROUND_SECONDS or not calls:
        engine.ask(columns, rows, methods)
        calls += 1
    return passed / calls


def _line(name: str, rows: int, measured: Mapping[str, float]) -> str:
    cells = [f"{measured[engine]:,.0f}" if engine in measured else "" for engine in ("plain", "lean", "onnx")]
    return f"| {name} | {rows:,} | {' | '.join(cells)} | {measured['plain'] / min(measured.values()):.1f} |"


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "models"))
