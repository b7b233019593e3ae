"""The only door of the ground floor: which models there are, and predictions, row errors and warnings of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeRegressor

from inference.errors import (
    BadInput,
    BatchTooLarge,
    ErrorCode,
    ModelNotFound,
    ModelUnavailable,
    RequestError,
)
from inference.info import ModelStatus
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.service import InferenceService
from inference.signature.checks import WarningCode

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder

ROWS = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [0.0, 1.0, 0.0, 1.0]})
CARD = {"features": {"a": {"min": 0, "max": 9}}, "limits": {"max_rows": 5}}
VALUE = OutputRequest("value")


def constant(value: float) -> Any:
    """Fit a model that always answers this."""
    return DecisionTreeRegressor().fit(ROWS, np.full(4, value))


@pytest.fixture
def service(models_folder: ModelsFolder) -> Iterator[InferenceService]:
    """Serve `line` = a + 10 b, `old` in versions 2, 10 and a broken 11, and a `broken` model."""
    models_folder.add("line", LinearRegression().fit(ROWS, ROWS["a"] + 10 * ROWS["b"]), sample=ROWS, card=CARD)
    for version in ("2", "10", "11"):
        models_folder.add("old", constant(float(version)), version=version)
    models_folder.add("broken", constant(0.0))
    for name in ("old/11", "broken"):
        (models_folder.path / name / "model.joblib").write_bytes(b"")
    (models_folder.path / "empty").mkdir()
    with closing(InferenceService(models_folder.load(keep_going=True), threads=1)) as made:
        yield made


def predict(service: InferenceService, columns: list[list[Any]], **options: Any) -> Predictions:
    asked = {"model": "line", "version": None, "outputs": (VALUE,), "count": len(columns[0])} | options
    return asyncio.run(service.predict(PredictRequest(columns=columns, **asked)))


def refusal(service: InferenceService, columns: list[list[Any]], **options: Any) -> RequestError:
    with pytest.raises(RequestError) as raised:
        predict(service, columns, **options)
    return raised.value


def test_all_versions_of_all_models_are_listed_by_name_the_oldest_first(service: InferenceService) -> None:
    assert [(info.name, info.version, info.status) for info in service.models()] == [
        ("broken", "1", ModelStatus.FAILED),
        ("empty", "", ModelStatus.FAILED),
        ("line", "1", ModelStatus.READY),
        ("old", "2", ModelStatus.READY),
        ("old", "10", ModelStatus.READY),
        ("old", "11", ModelStatus.FAILED),
    ]


def test_a_model_without_a_version_is_the_one_that_serves_by_default(service: InferenceService) -> None:
    assert (service.model("old").version, service.model("old").default) == ("10", True)
    assert service.model("line").version == "1"


def test_a_version_is_found_by_its_name(service: InferenceService) -> None:
    assert service.model("old", "2").version == "2"
    assert service.model("old", "11").status is ModelStatus.FAILED


def test_a_model_that_failed_is_found_with_its_error(service: InferenceService) -> None:
    assert "it cannot be read" in (service.model("broken").error or "")
    assert "it holds no artifact" in (service.model("empty").error or "")


def test_an_unknown_model_is_refused_with_the_nearest_known(service: InferenceService) -> None:
    with pytest.raises(ModelNotFound) as raised:
        service.model("lines")
    assert str(raised.value) == "There is no model 'lines'; the nearest known is 'line'."
    with pytest.raises(ModelNotFound, match="There is no model 'x'; known are broken, empty, line, old"):
        service.model("x")


def test_an_unknown_version_is_refused_with_those_there_are_in_their_order(service: InferenceService) -> None:
    with pytest.raises(ModelNotFound) as raised:
        service.model("old", "3")
    assert raised.value.code is ErrorCode.MODEL_NOT_FOUND
    assert str(raised.value) == "Model 'old' has no version '3'; it has 2, 10, 11."


def test_a_version_of_a_model_that_has_none_is_refused(service: InferenceService) -> None:
    with pytest.raises(ModelNotFound, match=r"^Model 'empty' has no version '1'\.$"):
        service.model("empty", "1")


def test_rows_are_answered_in_their_order(service: InferenceService) -> None:
    answer = predict(service, [[1.0, 2.0, 3.0], [0.0, 1.0, 2.0]])
    assert answer.columns[VALUE] == pytest.approx([1, 12, 23])
    assert (answer.count, answer.errors, answer.failed_rows) == (3, (), frozenset())
    assert answer.model is service.model("line")


@pytest.mark.parametrize(("version", "value"), [(None, 10), ("10", 10), ("2", 2)])
def test_the_version_that_is_asked_answers(service: InferenceService, version: str | None, value: float) -> None:
    answer = predict(service, [[1.0], [1.0]], model="old", version=version)
    assert answer.columns[VALUE] == [value]
    assert answer.model.version == (version or "10")


def test_what_is_not_there_or_has_failed_cannot_be_asked(service: InferenceService) -> None:
    assert isinstance(refusal(service, [[1.0]], model="absent"), ModelNotFound)
    assert isinstance(refusal(service, [[1.0], [1.0]], model="old", version="9"), ModelNotFound)
    failed = refusal(service, [[1.0], [1.0]], model="old", version="11")
    assert isinstance(failed, ModelUnavailable)
    assert str(failed) == (
        'Version 11 of \'old\' could not be loaded; ask model(name: "old", version: "11") for its error.'
    )
    assert str(refusal(service, [[1.0]], model="empty")) == (
        "Model 'empty' could not be loaded; ask model(name: \"empty\") for its error."
    )


def test_no_rows_have_no_answers(service: InferenceService) -> None:
    nothings: list[list[list[Any]]] = [[[], []], []]
    for columns in nothings:
        answer = asyncio.run(service.predict(PredictRequest("line", None, columns, 0, (VALUE,), warnings=True)))
        assert (answer.columns, answer.errors, answer.warnings, answer.count) == ({VALUE: []}, (), (), 0)


def test_as_many_rows_as_the_limit_are_answered_and_one_more_is_refused(service: InferenceService) -> None:
    assert predict(service, [[1.0] * 5, [1.0] * 5]).count == 5
    error = refusal(service, [[1.0] * 6, [1.0] * 6])
    assert isinstance(error, BatchTooLarge)
    assert str(error) == "6 rows in one call; at most 5 are accepted. Send them in several calls."


def test_rows_that_the_model_must_not_be_given_have_an_error_and_leave_the_others(service: InferenceService) -> None:
    answer = predict(service, [[1.0, 99.0, 3.0, float("nan")], [0.0, 0.0, None, 0.0]])
    assert answer.columns[VALUE] == [pytest.approx(1), None, None, None]
    assert [(error.index, error.code, error.field) for error in answer.errors] == [
        (1, ErrorCode.OUT_OF_RANGE, "a"),
        (2, ErrorCode.BAD_USER_INPUT, "b"),
        (3, ErrorCode.BAD_USER_INPUT, "a"),
    ]
    assert answer.failed_rows == {1, 2, 3}


def test_where_no_row_is_right_all_have_errors(service: InferenceService) -> None:
    answer = predict(service, [[99.0, -1.0], [0.0, 0.0]])
    assert answer.columns[VALUE] == [None, None]
    assert answer.failed_rows == {0, 1}


def test_what_is_unusual_is_said_only_where_it_is_asked(service: InferenceService) -> None:
    columns: list[list[Any]] = [[1.0, 9.0, 99.0], [0.0, 0.0, 0.0]]
    assert predict(service, columns).warnings is None
    warnings = predict(service, columns, warnings=True).warnings
    assert warnings is not None
    assert [[(warning.field, warning.code) for warning in row] for row in warnings] == [
        [],
        [("a", WarningCode.OUTSIDE_TRAINING_RANGE)],
        [],  # refused: its error says enough
    ]


def test_an_output_that_is_asked_twice_is_answered_once(service: InferenceService) -> None:
    assert list(predict(service, [[1.0], [1.0]], outputs=(VALUE, VALUE)).columns) == [VALUE]


def test_an_output_that_there_is_not_is_refused_even_without_rows(service: InferenceService) -> None:
    some_and_none: list[list[list[Any]]] = [[[1.0], [1.0]], [[], []]]
    for columns in some_and_none:
        error = refusal(service, columns, outputs=(OutputRequest("probability"),))
        assert isinstance(error, BadInput)
        assert str(error) == "Version 1 of 'line' cannot give 'probability'."


def submitted(service: InferenceService, columns: list[list[Any]], **options: Any) -> list[Predictions | Exception]:
    """Submit rows, and return what is told within a moment."""
    asked = {"model": "line", "version": None, "outputs": (VALUE,), "count": len(columns[0])} | options
    told: list[Predictions | Exception] = []

    async def submit() -> None:
        assert service.submit(PredictRequest(columns=columns, **asked), told.append)
        assert told == []
        await asyncio.sleep(0.05)

    asyncio.run(submit())
    return told


def test_who_submits_rows_is_told_what_who_awaits_them_gets(service: InferenceService) -> None:
    columns = [[1.0, 2.0], [3.0, 4.0]]
    assert submitted(service, columns) == [predict(service, columns)]
    assert submitted(service, columns, model="old", version="2") == [
        predict(service, columns, model="old", version="2")
    ]


def test_who_submits_rows_to_a_service_that_stops_hears_it_at_once(service: InferenceService) -> None:
    service.close()
    request, told = PredictRequest("line", None, [[1.0], [2.0]], 1, (VALUE,)), list[Predictions | Exception]()

    async def submit() -> None:
        service.submit(request, told.append)

    with pytest.raises(ModelUnavailable):
        asyncio.run(submit())
    assert told == []


def test_who_leaves_is_told_nothing_and_nothing_is_computed(service: InferenceService) -> None:
    request, told = PredictRequest("line", None, [[1.0], [2.0]], 1, (VALUE,)), list[Predictions | Exception]()

    async def leave() -> None:
        left = service.submit(request, told.append)
        assert left is not None
        left.cancel()
        await asyncio.sleep(0.05)

    asyncio.run(leave())
    assert told == []
    live = service.live(service.model("line"))
    assert live is not None
    assert (live.calls, live.cancelled, live.batches) == (0, 1, 0)


@pytest.mark.parametrize(
    "unusual",
    [
        {"columns": [[1.0] * 6, [2.0] * 6], "count": 6},
        {"columns": [["x"], [2.0]]},
        {"columns": [[], []], "count": 0},
        {"warnings": True},
        {"outputs": ()},
        {"model": "broken"},
        {"model": "nobody"},
    ],
)
def test_what_is_unusual_is_not_submitted_but_awaited(service: InferenceService, unusual: dict[str, Any]) -> None:
    asked = {"model": "line", "version": None, "outputs": (VALUE,), "columns": [[1.0], [2.0]], "count": 1} | unusual

    async def submit() -> None:
        assert service.submit(PredictRequest(**asked), print) is None

    asyncio.run(submit())


def test_a_caller_that_cannot_take_its_answer_harms_no_other(
    service: InferenceService, caplog: pytest.LogCaptureFixture
) -> None:
    request, told = PredictRequest("line", None, [[1.0], [2.0]], 1, (VALUE,)), list[Predictions | Exception]()

    def fall_over(_: Predictions | Exception) -> None:
        raise RuntimeError("out of paper")

    async def submit() -> None:
        service.submit(request, fall_over)
        service.submit(request, told.append)
        await asyncio.sleep(0.05)

    asyncio.run(submit())
    assert told == [predict(service, [[1.0], [2.0]])]
    assert "out of paper" in caplog.text
