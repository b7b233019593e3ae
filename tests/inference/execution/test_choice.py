"""A model that keeps the interpreter's lock, or has long batches, runs in processes, and a card may say otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression
from threadpoolctl import threadpool_info

from inference.errors import LoadFailed
from inference.execution.choice import ExecutionOptions, with_execution
from inference.info import EngineKind, ExecutionInfo, Place
from inference.loader import Models
from inference.processors import usable_processors
from tests.inference.slow_python import InPython, Waiting

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from tests.conftest import ModelsFolder
    from tests.inference.conftest import Load

SAMPLE = pd.DataFrame({"x": [1.0, 2.5, 8.0]})
needs_two_processors = pytest.mark.skipif(usable_processors() == 1, reason="there is no processor to spare")


def chosen(
    model: LoadedModel, options: ExecutionOptions | None = None, *, copyable: bool = True
) -> tuple[ExecutionInfo, LoadedModel]:
    asked: list[bool] = []

    def answer() -> bool:
        asked.append(copyable)
        return copyable

    (placed,) = with_execution(Models((model,), ()), options or ExecutionOptions(), answer).loaded
    assert placed.info.serving is placed.serving
    assert len(asked) <= 1
    return placed.serving.execution, placed


@pytest.fixture
def in_python(load: Load) -> LoadedModel:
    return load(InPython().fit(SAMPLE), sample=SAMPLE)


def test_an_estimator_written_in_python_runs_in_processes(in_python: LoadedModel) -> None:
    execution, _ = chosen(in_python)
    assert execution.place is Place.PROCESSES
    assert execution.count >= 1
    assert execution.lock_share is not None
    assert execution.lock_share > 0.8
    assert execution.reason.startswith("It keeps the interpreter's lock for ")


def test_one_that_lets_the_lock_go_and_whose_batches_do_not_last_long_runs_in_threads(load: Load) -> None:
    execution, _ = chosen(load(Waiting(0.008).fit(SAMPLE), sample=SAMPLE), ExecutionOptions(threads=3))
    assert (execution.place, execution.count, execution.fewest_rows) == (Place.THREADS, 3, 1)
    assert execution.lock_share is not None
    assert execution.lock_share < 0.5
    assert execution.reason.endswith("so others work beside it.")


@needs_two_processors
def test_the_long_batches_of_one_that_lets_the_lock_go_run_in_processes_and_small_ones_in_threads(load: Load) -> None:
    execution, _ = chosen(load(Waiting(0.0, 0.0002).fit(SAMPLE), sample=SAMPLE))
    assert execution.place is Place.PROCESSES
    assert execution.lock_share is not None
    assert execution.lock_share < 0.5
    assert 40 <= execution.fewest_rows <= 100
    assert execution.reason.startswith("Its largest batches take ")
    assert execution.reason.endswith(f"Batches of fewer than {execution.fewest_rows} rows stay in threads.")


def test_without_a_processor_to_spare_long_batches_stay_in_threads(load: Load) -> None:
    execution, _ = chosen(load(Waiting(0.06).fit(SAMPLE), sample=SAMPLE), ExecutionOptions(servers=usable_processors()))
    assert (execution.place, execution.fewest_rows) == (Place.THREADS, 1)


class Shared(Waiting):
    """Waits for less where the libraries of numbers may use more processors."""

    def predict(self, rows: Any) -> Any:
        """Return one number for each row."""
        threads = max(library["num_threads"] for library in threadpool_info())
        time.sleep(0.0 if threads > 1 else 10 * self.seconds)
        return super().predict(rows)


@needs_two_processors
@pytest.mark.parametrize(("estimator", "at_once"), [(Waiting(0.1), 3), (Shared(0.1), 1)])
def test_a_model_that_uses_several_processors_by_itself_has_one_process_and_others_as_many_as_are_to_spare(
    load: Load, monkeypatch: pytest.MonkeyPatch, estimator: Waiting, at_once: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)), raising=False)
    model = load(estimator.fit(SAMPLE), sample=SAMPLE)
    execution, _ = chosen(model)
    assert (execution.place, execution.count) == (Place.PROCESSES, at_once)
    assert ("by one processor alone" in execution.reason) is (at_once == 1)


@needs_two_processors
def test_where_a_call_alone_takes_long_all_batches_are_sent(load: Load) -> None:
    execution, _ = chosen(load(Waiting(0.06).fit(SAMPLE), sample=SAMPLE))
    assert (execution.place, execution.fewest_rows) == (Place.PROCESSES, 1)
    assert execution.reason.endswith(" of that.")


@needs_two_processors
def test_long_batches_stay_in_threads_where_sending_them_takes_too_much_of_their_time(load: Load) -> None:
    wide = pd.DataFrame({f"x{place}": [1.0, 2.5, 8.0] for place in range(100)})
    execution, _ = chosen(load(Waiting(0.03).fit(wide), sample=wide))
    assert (execution.place, execution.fewest_rows) == (Place.THREADS, 1)
    assert "and to send it a batch would take" in execution.reason


def test_one_whose_largest_batches_are_quick_is_not_tried_further(load: Load) -> None:
    execution, _ = chosen(load(LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])))
    assert (execution.place, execution.lock_share) == (Place.THREADS, None)
    assert execution.reason.endswith("too short to wait for.")


def test_what_onnx_runtime_computes_is_not_tried(in_python: LoadedModel) -> None:
    engine = replace(in_python.serving.engine, kind=EngineKind.ONNX)
    execution, _ = chosen(replace(in_python, serving=replace(in_python.serving, engine=engine)))
    assert execution == ExecutionInfo(Place.THREADS, 1, "ONNX Runtime computes without the interpreter's lock.")


@pytest.mark.parametrize(
    ("card", "options", "expected"),
    [
        ("threads: 2", ExecutionOptions(), ExecutionInfo(Place.THREADS, 2, "Its card says so.")),
        ("processes: 3", ExecutionOptions(processes=0), ExecutionInfo(Place.PROCESSES, 3, "Its card says so.")),
        ("", ExecutionOptions(processes=0), ExecutionInfo(Place.THREADS, 1, "The setting `processes` is 0.")),
    ],
)
def test_the_card_stands_above_the_setting_and_that_above_a_trial(
    load: Load, card: str, options: ExecutionOptions, expected: ExecutionInfo
) -> None:
    assert chosen(load(InPython().fit(SAMPLE), sample=SAMPLE, card=card), options)[0] == expected


def test_the_setting_says_how_many_processes(in_python: LoadedModel) -> None:
    execution, _ = chosen(in_python, ExecutionOptions(processes=5))
    assert (execution.place, execution.count) == (Place.PROCESSES, 5)


def test_where_the_process_cannot_be_copied_there_are_threads_and_a_card_that_asks_for_others_is_answered(
    load: Load,
) -> None:
    model = load(InPython().fit(SAMPLE), sample=SAMPLE, card="processes: 3")
    execution, placed = chosen(model, ExecutionOptions(threads=2), copyable=False)
    assert (execution.place, execution.count) == (Place.THREADS, 2)
    assert "loading the models left threads behind" in execution.reason
    (warning,) = placed.serving.warnings
    assert warning.startswith("m (version 1): its card asks for processes, and it has threads.")


def test_answers_that_cannot_be_sent_are_computed_in_threads(in_python: LoadedModel) -> None:
    model = replace(in_python, engine=_WithLocalAnswers(in_python.engine))
    execution, _ = chosen(model)
    assert execution.place is Place.THREADS
    assert execution.reason.startswith("Trying a batch raised ")


class _WithLocalAnswers:
    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def ask(self, *asked: Any) -> Any:
        answers = self._engine.ask(*asked)
        return replace(answers, arrays={**answers.arrays, "local": lambda: None})


BEHIND = """
import sys
from pathlib import Path
from inference.execution.choice import ExecutionOptions, with_execution
from inference.info import Limits
from inference.loader import load_models
from inference.processes.copying import Threads

threads = Threads(early=False)
models = load_models(Path(sys.argv[1]), Limits(1000, 30), keep_going=False)
(placed,) = with_execution(models, ExecutionOptions(), threads.are_as_before).loaded
print(placed.serving.execution.lock_share is not None, threads.are_as_before())
"""


def test_loading_and_trying_a_model_leaves_no_thread_of_openmp_behind(tmp_path: Path) -> None:
    """Looked at in a process of its own, since here the servers of other tests have threads."""
    rows = np.random.default_rng(0).normal(size=(300, 4))
    (tmp_path / "m").mkdir()
    joblib.dump(HistGradientBoostingRegressor(max_iter=100).fit(rows, rows[:, 0]), tmp_path / "m" / "model.joblib")
    command = [sys.executable, "-c", BEHIND, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_a_card_with_both_is_refused_by_its_key(models_folder: ModelsFolder) -> None:
    models_folder.add("m", InPython().fit(SAMPLE), sample=SAMPLE, card="threads: 2\nprocesses: 2")
    with pytest.raises(LoadFailed) as raised:
        models_folder.load()
    (error,) = raised.value.errors
    assert "processes: a model runs in threads or in processes, and both are given. Leave one out" in str(error)
