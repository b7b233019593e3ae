"""What options of ONNX Runtime's sessions cost: python -m benchmarks.engine_sessions models.

Each option is measured beside the session that the server opens, in turns, with no other session alive: threads that
wait for work would disturb others. Numbers are how many times as long a call takes, by the least of several each.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import onnxruntime

from inference.engines.cache import Cache
from inference.engines.onnx.bounds import SECONDS
from inference.engines.onnx.conversion import convert
from inference.engines.onnx.engine import OnnxEngine
from inference.engines.onnx.graph import open_session, session_options
from inference.engines.options import EngineOptions
from inference.info import Limits
from inference.loader import load_models

ROWS: Final = (1, 100, 1000)
ROUNDS: Final = 25
TURN_SECONDS: Final = 0.01

Change = Callable[[Any], None]


def _set(**options: Any) -> Change:
    def change(session: Any) -> None:
        for name, value in options.items():
            setattr(session, name, value)

    return change


def _without_spinning(session: Any) -> None:
    session.intra_op_num_threads = 2
    session.add_session_config_entry("session.intra_op.allow_spinning", "0")


LEVELS: Final = onnxruntime.GraphOptimizationLevel
CHANGES: Final[Mapping[str, Change]] = {
    "the same once more": _set(),
    "no arena": _set(enable_cpu_mem_arena=False),
    "no memory pattern": _set(enable_mem_pattern=False),
    "basic optimisations": _set(graph_optimization_level=LEVELS.ORT_ENABLE_BASIC),
    "no optimisations": _set(graph_optimization_level=LEVELS.ORT_DISABLE_ALL),
    "2 threads in an operator": _set(intra_op_num_threads=2),
    "2 threads that do not spin": _without_spinning,
    "operators side by side": _set(inter_op_num_threads=2, execution_mode=onnxruntime.ExecutionMode.ORT_PARALLEL),
}


def main(path: Path) -> None:
    """Print a table, a line for each model and option."""
    warnings.simplefilter("ignore")  # what an estimator warns of costs time in any case
    print("| model | option | 1 row | 100 rows | 1,000 rows |")
    print("| --- | --- | ---: | ---: | ---: |")
    for name, engine, example in _converted(path):
        content = convert(engine.feeds, SECONDS)
        for option, change in CHANGES.items():
            cells = [f"{_times(engine, content, change, [[value] * rows for value in example]):.2f}" for rows in ROWS]
            print(f"| {name} | {option} | {' | '.join(cells)} |")


def _converted(path: Path) -> list[tuple[str, OnnxEngine, tuple[object, ...]]]:
    with tempfile.TemporaryDirectory() as cache:
        options = EngineOptions("onnx", Cache(Path(cache)))
        models = load_models(path, Limits(10_000, 600), keep_going=True, engines=options)
    return [
        (model.info.name, model.engine, model.signature.example_row)
        for model in models.loaded
        if isinstance(model.engine, OnnxEngine)
    ]


def _times(engine: OnnxEngine, content: bytes, change: Change, columns: list[list[object]]) -> float:
    """Return how many times as long a call takes by a session with an option changed."""
    fed = engine.feeds.of(columns, engine.feeds.numbers(columns))
    names = [*{output.name: None for output in engine.outputs.values()}]
    changed = session_options()
    change(changed)
    sessions = [open_session(content), open_session(content, changed)]
    best = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for place, session in enumerate(sessions):
            best[place] = min(best[place], _seconds(session, names, fed))
    del sessions
    gc.collect()
    return best[1] / best[0]


def _seconds(session: Any, names: list[str], fed: Any) -> float:
    calls, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < TURN_SECONDS or not calls:
        session.run(names, fed)
        calls += 1
    return passed / calls


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "models"))
