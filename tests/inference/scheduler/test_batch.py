"""A batch computes what is wanted and nothing else, and a row that cannot be predicted harms only its owner."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference.errors import ErrorCode
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.scheduler.batch import MOST_FAILING_CALLS, MOST_LONE_FAILURES

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from inference.service import InferenceService

POISON = 666.0
"""The recorder raises on it."""


def ask(service: InferenceService, values: list[float], *outputs: str) -> Coroutine[Any, Any, Predictions]:
    requests = tuple(OutputRequest(name) for name in outputs or ("label",))
    return service.predict(PredictRequest("m", None, [values], len(values), requests))


def labels(predictions: Predictions) -> list[Any]:
    return predictions.columns[OutputRequest("label")]


def signs(values: list[float]) -> list[str]:
    return ["plus" if value > 0 else "minus" for value in values]


@pytest.mark.parametrize(
    ("outputs", "methods"),
    [
        (["label"], ["predict"]),
        (["label", "raw_label"], ["predict"]),
        (["probabilities"], ["predict_proba"]),
        (["probabilities", "probability_vector", "top_classes"], ["predict_proba"]),
        (["probability"], ["predict", "predict_proba"]),
        (["decision"], ["decision_function"]),
        (["label", "probability", "decision"], ["decision_function", "predict", "predict_proba"]),
    ],
)
def test_only_what_is_wanted_is_computed_and_that_once(
    recorder: LoadedModel, service: InferenceService, outputs: list[str], methods: list[str]
) -> None:
    asyncio.run(ask(service, [1.0, 2.0], *outputs))
    assert sorted(recorder.estimator.calls) == [(method, 2) for method in methods]


def test_where_nothing_is_wanted_nothing_is_computed(recorder: LoadedModel, service: InferenceService) -> None:
    request = PredictRequest("m", None, [[1.0, 2.0]], 2, ())
    assert asyncio.run(service.predict(request)).columns == {}
    assert recorder.estimator.calls == []


def test_callers_who_want_different_outputs_share_one_model_call(
    recorder: LoadedModel, service: InferenceService
) -> None:
    async def together() -> tuple[Predictions, Predictions]:
        return await asyncio.gather(ask(service, [1.0]), ask(service, [-1.0, 3.0], "decision", "label"))

    first, second = asyncio.run(together())
    assert sorted(recorder.estimator.calls) == [("decision_function", 3), ("predict", 3)]
    assert list(first.columns) == [OutputRequest("label")]
    assert labels(first) == ["plus"]
    assert labels(second) == ["minus", "plus"]
    assert second.columns[OutputRequest("decision")] == [[-1.0], [3.0]]


def test_a_poisoned_row_hurts_only_its_owner(
    recorder: LoadedModel, service: InferenceService, caplog: pytest.LogCaptureFixture
) -> None:
    callers = [[float(caller), -1.0] for caller in range(1, 33)]
    callers[13] = [5.0, POISON, -5.0]

    async def together() -> list[Predictions]:
        return await asyncio.gather(*(ask(service, values) for values in callers))

    answers = asyncio.run(together())
    for values, answer in zip(callers, answers, strict=True):
        expected: list[Any] = signs(values)
        if POISON in values:
            expected[1] = None
            (error,) = answer.errors
            assert (error.index, error.code) == (1, ErrorCode.PREDICTION_FAILED)
            assert "poison" not in error.message
        else:
            assert answer.errors == ()
        assert labels(answer) == expected
    assert len(recorder.estimator.calls) <= 2 * 7 + 1
    assert [record.getMessage() for record in caplog.records] == ["m (version 1) raised on a batch of 65 rows"]
    assert "poison in secret row" in caplog.text


def test_a_model_that_always_raises_is_not_called_without_end(recorder: LoadedModel, service: InferenceService) -> None:
    answer = asyncio.run(ask(service, [POISON] * 3000))
    assert [error.index for error in answer.errors] == list(range(3000))
    assert labels(answer) == [None] * 3000
    assert len(recorder.estimator.calls) <= MOST_LONE_FAILURES + math.log2(3000) + 1
    assert "this one was given up" in answer.errors[-1].message


def test_every_good_row_among_many_poisoned_ones_is_answered(service: InferenceService) -> None:
    values = [POISON if row % 5 == 0 else float(row) for row in range(500)]
    answer = asyncio.run(ask(service, values))
    assert answer.failed_rows == {row for row in range(500) if row % 5 == 0}
    assert labels(answer) == [None if value == POISON else "plus" for value in values]


def test_nobodys_rows_are_given_up_for_anothers(recorder: LoadedModel, service: InferenceService) -> None:
    callers = [[1.0, -1.0], [POISON] * 3000, [2.0]]

    async def together() -> list[Predictions]:
        return await asyncio.gather(*(ask(service, values) for values in callers))

    first, poisoned, last = asyncio.run(together())
    assert (labels(first), labels(last)) == (["plus", "minus"], ["plus"])
    assert (first.errors, last.errors) == ((), ())
    assert len(poisoned.errors) == 3000
    assert len(recorder.estimator.calls) > MOST_FAILING_CALLS


def test_others_are_answered_while_the_rows_to_blame_are_searched(
    recorder: LoadedModel, service: InferenceService
) -> None:
    recorder.estimator.seconds = 0.02

    async def search_and_ask() -> tuple[Predictions, bool]:
        searching = asyncio.create_task(ask(service, [POISON] * 100))
        await asyncio.sleep(0.1)
        return await ask(service, [1.0]), searching.cancel()

    answer, was_searching = asyncio.run(search_and_ask())
    assert labels(answer) == ["plus"]
    assert was_searching


def test_the_search_ends_when_its_caller_is_gone(recorder: LoadedModel, service: InferenceService) -> None:
    recorder.estimator.seconds = 0.02

    async def search_and_leave() -> int:
        searching = asyncio.create_task(ask(service, [POISON] * 1000))
        await asyncio.sleep(0.15)
        searching.cancel()
        await asyncio.sleep(0.15)
        before = len(recorder.estimator.calls)
        await asyncio.sleep(0.1)
        return len(recorder.estimator.calls) - before

    assert asyncio.run(search_and_leave()) == 0


@pytest.mark.parametrize("lost", [1, 2, 100])
def test_an_estimator_that_answers_too_few_rows_has_failed(
    recorder: LoadedModel, service: InferenceService, lost: int, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.estimator.lost_rows = lost
    answer = asyncio.run(ask(service, [1.0, 2.0, 3.0]))
    assert {error.code for error in answer.errors} == {ErrorCode.PREDICTION_FAILED}
    assert [error.index for error in answer.errors] == [0, 1, 2]
    assert f"predict answered an array of shape ({max(0, 3 - lost)},) for 3 rows" in caplog.text


def test_an_answer_of_which_no_output_can_be_made_hurts_only_its_owner(
    recorder: LoadedModel, service: InferenceService, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.estimator.classes_ = np.array(["minus", "unheard of"])  # as if it learned behind the server's back

    async def together() -> tuple[Predictions, Predictions]:
        return await asyncio.gather(ask(service, [-1.0, -2.0]), ask(service, [-1.0, 2.0], "label", "decision"))

    good, bad = asyncio.run(together())
    assert (labels(good), good.errors) == (["minus", "minus"], ())
    assert labels(bad) == [None, None]
    assert [(error.index, error.code) for error in bad.errors] == [
        (0, ErrorCode.PREDICTION_FAILED),
        (1, ErrorCode.PREDICTION_FAILED),
    ]
    assert "a label that is not among the estimator's classes_" in caplog.text
    assert [record.getMessage() for record in caplog.records] == ["m (version 1): its answer to 2 rows cannot be used"]


OWN: dict[str, Callable[[float], object]] = {
    "label": lambda value: "plus" if value > 0 else "minus",
    "raw_label": lambda value: "plus" if value > 0 else "minus",
    "decision": lambda value: [value],
    "probability_vector": lambda value: [1 - (value + 4) / 8, (value + 4) / 8],
    "probabilities": lambda value: [1 - (value + 4) / 8, (value + 4) / 8],
}
"""What the recorder answers for a value."""

values_of_a_caller = st.lists(st.integers(-16, 16).map(lambda quarter: quarter / 4), min_size=1, max_size=6)
wishes_of_a_caller = st.sets(st.sampled_from(sorted(OWN)))


@given(
    callers=st.lists(st.tuples(values_of_a_caller, wishes_of_a_caller), min_size=1, max_size=8),
    poisoned=st.sets(st.tuples(st.integers(0, 7), st.integers(0, 5)), max_size=3),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_however_rows_are_split_among_callers_each_gets_the_models_own_answers_to_its_rows(
    service: InferenceService, callers: list[tuple[list[float], set[str]]], poisoned: set[tuple[int, int]]
) -> None:
    given_values = [
        [POISON if (caller, row) in poisoned else value for row, value in enumerate(values)]
        for caller, (values, _) in enumerate(callers)
    ]

    async def together() -> list[Predictions]:
        requests = [
            PredictRequest("m", None, [values], len(values), tuple(OutputRequest(name) for name in sorted(wishes)))
            for values, (_, wishes) in zip(given_values, callers, strict=True)
        ]
        return await asyncio.gather(*map(service.predict, requests))

    for answer, values, (_, wishes) in zip(asyncio.run(together()), given_values, callers, strict=True):
        bad = [row for row, value in enumerate(values) if value == POISON] if wishes else []
        assert [error.index for error in answer.errors] == bad
        assert answer.columns == {
            OutputRequest(name): [None if value == POISON else OWN[name](value) for value in values] for name in wishes
        }
