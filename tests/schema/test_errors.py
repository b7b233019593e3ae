"""Every error has a code; what a client may know is said, and what it may not is in the log."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression

from inference.service import InferenceService

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder
    from tests.schema.conftest import Served

SchemaOf = Callable[[Path], "Served"]

POISON, ENDLESS = 666.0, 777.0


class Fragile(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Doubles its only feature, raises on 666 and answers infinity for 777."""

    def fit(self, rows: pd.DataFrame, _: Any = None) -> Fragile:
        """Note the name."""
        self.feature_names_in_ = np.asarray(rows.columns, dtype=object)
        return self

    def predict(self, rows: pd.DataFrame) -> Any:
        """Double, raise or answer infinity."""
        values = rows.iloc[:, 0].to_numpy()
        if (values == POISON).any():
            raise ValueError("the secret is out")
        return np.where(values == ENDLESS, np.inf, values * 2)


@pytest.fixture
def served(models_folder: ModelsFolder, schema_of: SchemaOf) -> Served:
    """Serve `line` in two versions and `fragile`, with limits."""
    rows = pd.DataFrame({"living area": [1.0, 2.0, 3.0]})
    card = {"features": {"living area": {"min": 0, "max": 900}}, "limits": {"max_rows": 4}}
    for version in ("1", "2"):
        models_folder.add("line", LinearRegression().fit(rows, [2.0, 4.0, 6.0]), version=version, card=card)
    models_folder.add("fragile", Fragile().fit(rows), sample=rows)
    return schema_of(models_folder.path)


def only_error(served: Served, query: str, variables: dict[str, Any] | None = None, **options: Any) -> Any:
    result = served.execute(query, variables, **options)
    assert result.errors is not None
    (error,) = result.errors
    return error


@pytest.mark.parametrize("query", ["{", "# nothing", "{ line(input: }", "query Q { a", "{ a } }", "{ 'a' }", "\x00"])
def test_what_is_no_graphql_failed_to_be_parsed(served: Served, query: str) -> None:
    error = only_error(served, query)
    assert error.extensions == {"code": "GRAPHQL_PARSE_FAILED"}
    assert error.message.startswith("Syntax Error: ")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ lines(input: {livingArea: 1}) { value } }", "Did you mean 'line'"),
        ("{ line(input: {livingArea: 1}) { valeu } }", "Did you mean 'value'"),
        ("{ line(input: {livingArea: 1}) }", "must have a selection of subfields"),
        ("{ line { value } }", "'LineInput!' is required"),
        ("{ line(input: {}) { value } }", "required field 'livingArea'"),
        ("{ line(input: {livingArea: null}) { value } }", "'Float!'"),
        ('{ line(input: {livingArea: "1"}) { value } }', "non numeric value"),
        ("{ line(input: {livingArea: 1, size: 2}) { value } }", "unknown field 'size'"),
        ("{ line(input: {livingArea: 1}, onError: FAIL) { value } }", "Unknown argument 'onError'"),
        ("query Q($x: LineInpt!) { line(input: $x) { value } }", "Unknown type 'LineInpt'"),
        ("{ ...F } fragment F on Line { value }", "Unknown type 'Line'"),
        ("{ lineBatch(inputs: [], onError: IGNORE) { count } }", "'IGNORE' does not exist in 'OnError'"),
    ],
)
def test_what_does_not_fit_the_schema_failed_to_be_validated(served: Served, query: str, said: str) -> None:
    result = served.execute(query)
    assert result.data is None
    assert result.errors
    assert {str(error.extensions) for error in result.errors} == {"{'code': 'GRAPHQL_VALIDATION_FAILED'}"}
    assert said in " ".join(error.message.replace('"', "'") for error in result.errors)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "non-null type 'LineInput!'"),
        ({"input": None}, "non-null type 'LineInput!'"),
        ({"input": {}}, "'livingArea'"),
        ({"input": {"livingArea": "1"}}, "non numeric value: '1'"),
        ({"input": {"livingArea": True}}, "non numeric value: True"),
        ({"input": {"livingArea": float("nan")}}, "non numeric value: nan"),
        ({"input": {"livingArea": float("inf")}}, "non numeric value: inf"),
        ({"input": {"livingArea": 1, "size": 2}}, "unknown field 'size'"),
        ({"input": [1]}, "LineInput"),
    ],
)
def test_variables_that_do_not_fit_are_bad_input(served: Served, variables: dict[str, Any], said: str) -> None:
    result = served.execute("query Q($input: LineInput!) { line(input: $input) { value } }", variables)
    assert result.data is None
    assert result.errors
    assert {str(error.extensions) for error in result.errors} == {"{'code': 'BAD_USER_INPUT'}"}
    assert said in " ".join(error.message.replace('"', "'") for error in result.errors)


def test_an_unknown_version_is_a_model_not_found_and_leaves_its_neighbours(served: Served) -> None:
    result = served.execute(
        '{ a: line(input: {livingArea: 1}, version: "9") { value } b: line(input: {livingArea: 1}) { value } }'
    )
    assert result.data is not None
    assert result.data["a"] is None
    assert result.data["b"] == {"value": pytest.approx(2)}
    assert result.errors is not None
    (error,) = result.errors
    assert error.message == "Model 'line' has no version '9'; it has 1, 2."
    assert (error.extensions, error.path) == ({"code": "MODEL_NOT_FOUND"}, ["a"])
    assert error.locations is not None


def test_an_unknown_model_is_null_and_no_error(served: Served) -> None:
    assert served.data('{ model(name: "x") { name } }') == {"model": None}
    assert served.data('{ model(name: "line", version: "9") { name } }') == {"model": None}


def test_a_row_out_of_range_is_named_by_its_graphql_field_behind_any_alias(served: Served) -> None:
    error = only_error(served, "{ alias: line(input: {livingArea: 901}) { value } }")
    assert error.message == "living area is 901.0; it must be between 0.0 and 900.0"
    assert error.path == ["alias"]
    assert error.extensions == {
        "code": "OUT_OF_RANGE",
        "errors": [{"index": 0, "field": "livingArea", "code": "OUT_OF_RANGE", "message": error.message}],
    }


BATCH = "query Q($inputs: [FragileInput!]!) { fragileBatch(inputs: $inputs, onError: %s) { count %s } }"
ROWS = {"inputs": [{"livingArea": value} for value in (1.0, POISON, ENDLESS, 4.0)]}


def test_a_partial_batch_answers_the_good_rows_and_says_why_the_others_are_null(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    selection = "predictions { value } errors { index field code message } model { name version }"
    answer = served.data(BATCH % ("PARTIAL", selection), ROWS)["fragileBatch"]
    assert answer["predictions"] == [{"value": 2.0}, None, None, {"value": 8.0}]
    assert [(e["index"], e["field"], e["code"]) for e in answer["errors"]] == [
        (1, None, "PREDICTION_FAILED"),
        (2, None, "NON_FINITE_OUTPUT"),
    ]
    assert (answer["count"], answer["model"]) == (4, {"name": "fragile", "version": "1"})
    assert "secret" not in str(answer)
    assert "the secret is out" in caplog.text


def test_a_batch_that_is_to_fail_is_one_error_with_all_rows(served: Served) -> None:
    result = served.execute(BATCH % ("FAIL", "predictions { value }"), ROWS)
    assert result.data == {"fragileBatch": None}
    assert result.errors is not None
    (error,) = result.errors
    assert error.extensions is not None
    assert error.extensions["code"] == "PREDICTION_FAILED"
    assert [row["index"] for row in error.extensions["errors"]] == [1, 2]
    assert "Row 1: " in error.message
    assert "(2 of 4 rows cannot be predicted)" in error.message


def test_a_model_that_raises_for_one_row_has_failed_that_row(served: Served) -> None:
    error = only_error(served, f"{{ fragile(input: {{livingArea: {POISON}}}) {{ value }} }}")
    assert error.extensions["code"] == "PREDICTION_FAILED"
    assert "secret" not in error.message + str(error.extensions)


def test_too_many_rows_are_refused_with_the_limit(served: Served) -> None:
    query = "query Q($inputs: [LineInput!]!) { lineBatch(inputs: $inputs) { count predictions { value } } }"
    error = only_error(served, query, {"inputs": [{"livingArea": 1.0}] * 5})
    assert error.message == "5 rows in one call; at most 4 are accepted. Send them in several calls."
    assert error.extensions == {"code": "BATCH_TOO_LARGE"}


def test_an_empty_batch_is_an_empty_answer(served: Served) -> None:
    assert served.data("{ lineBatch(inputs: []) { count predictions { value } errors { index } } }") == {
        "lineBatch": {"count": 0, "predictions": [], "errors": []}
    }


def test_what_nobody_foresaw_is_masked_and_stands_in_the_log_under_its_id(
    served: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leak(*_: object) -> None:
        raise RuntimeError("password is hunter2")

    monkeypatch.setattr(InferenceService, "predict", leak)
    result = served.execute("{ a: line(input: {livingArea: 1}) { value } models { name } }")
    assert result.data is not None
    assert result.data["a"] is None
    assert len(result.data["models"]) == 3
    assert result.errors is not None
    (error,) = result.errors
    assert error.extensions is not None
    error_id = error.extensions["errorId"]
    assert re.fullmatch("[0-9a-f]{32}", error_id)
    assert error.extensions == {"code": "INTERNAL_SERVER_ERROR", "errorId": error_id}
    assert error.message == f"The server failed on this. Its log says why, under {error_id}."
    assert error.path == ["a"]
    assert "hunter2" not in str(error.formatted)
    (record,) = caplog.records
    assert error_id in record.getMessage()
    assert "password is hunter2" in caplog.text


def test_what_a_client_got_wrong_is_no_matter_for_the_log(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    for query in ("{", "{ nothing }", "{ line(input: {livingArea: 901}) { value } }"):
        assert served.codes(query)
    assert caplog.records == []


def test_several_operations_need_the_name_of_one(served: Served) -> None:
    document = "query A { server { name } } query B { models { name } }"
    assert served.execute(document, name="A").data == {"server": {"name": "predictql"}}
    assert only_error(served, document).extensions == {"code": "BAD_USER_INPUT"}
    error = only_error(served, document, name="C")
    assert error.extensions == {"code": "BAD_USER_INPUT"}
    assert "'C'" in error.message
