"""Only what a query selects is computed, however it is written: aliases, fragments, directives, arguments."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder
    from tests.schema.conftest import Served

SchemaOf = Callable[[Path], "Served"]
INPUT = "input: {x: 2.5}"


class Counting(GaussianNB):  # type: ignore[misc]  # scikit-learn has no types
    """Writes down which of its methods are called."""

    def fit(self, rows: pd.DataFrame, target: Any) -> Counting:
        """Begin a list."""
        self.calls: list[str] = []
        super().fit(rows, target)
        return self

    def predict(self, rows: pd.DataFrame) -> Any:
        """Write down and predict."""
        self.calls.append("predict")
        return self.classes_[self.predict_joint_log_proba(rows).argmax(axis=1)]

    def predict_proba(self, rows: pd.DataFrame) -> Any:
        """Write down and predict."""
        self.calls.append("predict_proba")
        joint = np.exp(self.predict_joint_log_proba(rows))
        return joint / joint.sum(axis=1, keepdims=True)


@pytest.fixture
def counted(models_folder: ModelsFolder, schema_of: SchemaOf) -> tuple[Served, list[str]]:
    """Serve a classifier, and return the list of its method calls."""
    rows = pd.DataFrame({"x": np.arange(12.0)})
    models_folder.add("m", Counting().fit(rows, ["a", "b", "c"] * 4), sample=rows)
    served = schema_of(models_folder.path)
    (queue,) = served.service._queues.values()  # noqa: SLF001  # the loaded estimator itself is to be watched
    calls: list[str] = queue.model.estimator.calls
    calls.clear()
    return served, calls


@pytest.fixture
def top(counted: tuple[Served, list[str]]) -> Callable[..., int]:
    """Ask for the most probable classes with arguments as written, and return how many there are."""

    def ask(arguments: str, declared: str = "", variables: dict[str, Any] | None = None) -> int:
        query = f"query Q{declared} {{ m({INPUT}) {{ topClasses{arguments} {{ probability }} }} }}"
        return len(counted[0].data(query, variables)["m"]["topClasses"])

    return ask


@pytest.mark.parametrize(
    ("selection", "methods"),
    [
        ("{ label }", ["predict"]),
        ("{ label rawLabel again: label }", ["predict"]),
        ("{ probabilities { a } }", ["predict_proba"]),
        ("{ probabilities { a } probabilityVector topClasses { label } }", ["predict_proba"]),
        ("{ probability }", ["predict", "predict_proba"]),
        ("{ __typename }", []),
        ("{ warnings { message } }", []),
        ("{ ...on MPrediction { label } }", ["predict"]),
        ("{ ... { probabilityVector } }", ["predict_proba"]),
        ("{ ...Part }", ["predict", "predict_proba"]),
        ("{ label @include(if: true) probabilityVector @include(if: false) }", ["predict"]),
        ("{ label @skip(if: true) probabilityVector @skip(if: false) }", ["predict_proba"]),
        ("{ label @skip(if: true) @include(if: true) warnings { field } }", []),
        ("{ ...Part @skip(if: true) warnings { field } }", []),
        ("{ ... @include(if: false) { label } probabilityVector }", ["predict_proba"]),
    ],
)
def test_a_selection_calls_the_methods_that_it_needs_and_each_once(
    counted: tuple[Served, list[str]], selection: str, methods: list[str]
) -> None:
    served, calls = counted
    fragment = "fragment Part on MPrediction { ...Deeper label } fragment Deeper on MPrediction { probabilityVector }"
    served.data(f"{{ m({INPUT}) {selection} }} {fragment if 'Part' in selection else ''}")
    assert sorted(calls) == methods


@pytest.mark.parametrize(
    ("variables", "methods"),
    [({}, ["predict"]), ({"wide": True}, ["predict", "predict_proba"]), ({"wide": False}, ["predict"])],
)
def test_directives_with_variables_are_obeyed(
    counted: tuple[Served, list[str]], variables: dict[str, Any], methods: list[str]
) -> None:
    served, calls = counted
    query = f"query Q($wide: Boolean! = false) {{ m({INPUT}) {{ label probabilityVector @include(if: $wide) }} }}"
    answer = served.data(query, variables)["m"]
    assert sorted(calls) == methods
    assert ("probabilityVector" in answer) == ("predict_proba" in methods)


def test_aliases_of_one_model_meet_in_one_model_call(counted: tuple[Served, list[str]]) -> None:
    served, calls = counted
    answer = served.data("{ one: m(input: {x: 0}) { label } two: m(input: {x: 0}) { rawLabel probabilityVector } }")
    assert calls == ["predict", "predict_proba"]
    assert answer["one"] == {"label": answer["two"]["rawLabel"].upper()}


def test_one_field_that_stands_twice_gives_all_that_is_selected_in_either(counted: tuple[Served, list[str]]) -> None:
    served, calls = counted
    answer = served.data(f"{{ m({INPUT}) {{ label }} m({INPUT}) {{ probability }} }}")
    assert set(answer["m"]) == {"label", "probability"}
    assert sorted(calls) == ["predict", "predict_proba"]


def test_predictions_of_a_batch_may_have_any_alias_and_stand_in_fragments(
    counted: tuple[Served, list[str]],
) -> None:
    served, calls = counted
    answer = served.data(
        """query Q($inputs: [MInput!]!) {
          mBatch(inputs: $inputs) { first: predictions { label } ...Rest count }
        }
        fragment Rest on MBatch { predictions { ...Row } }
        fragment Row on MPrediction { best: topClasses(k: 1) { label } all: topClasses { label } }""",
        {"inputs": [{"x": 0.0}, {"x": 11.0}]},
    )["mBatch"]
    assert sorted(calls) == ["predict", "predict_proba"]
    assert [set(row) for row in answer["first"]] == [{"label"}] * 2
    assert [(len(row["best"]), len(row["all"])) for row in answer["predictions"]] == [(1, 3)] * 2
    assert [row["best"][0] for row in answer["predictions"]] == [row["all"][0] for row in answer["predictions"]]


def test_a_batch_without_its_predictions_calls_nothing(counted: tuple[Served, list[str]]) -> None:
    served, calls = counted
    answer = served.data("{ mBatch(inputs: [{x: 1}, {x: 2}]) { count errors { index } model { name } } }")
    assert answer == {"mBatch": {"count": 2, "errors": [], "model": {"name": "m"}}}
    assert calls == []


def test_how_many_classes_may_be_a_literal_a_variable_or_left_out(top: Callable[..., int]) -> None:
    assert top("") == 3
    assert top("(k: 1)") == 1
    assert top("(k: $k)", "($k: Int!)", {"k": 2}) == 2
    assert top("(k: $k)", "($k: Int)", {"k": 1}) == 1
    assert top("(k: $k)", "($k: Int)", {}) == 3
    assert top("(k: $k)", "($k: Int = 2)", {}) == 2
    assert top("(k: $k)", "($k: Int! = 2)", {"k": 1}) == 1


@pytest.mark.parametrize("k", [0, -3])
def test_fewer_than_one_class_is_bad_input(counted: tuple[Served, list[str]], k: int) -> None:
    served, _ = counted
    result = served.execute(f"{{ m({INPUT}) {{ topClasses(k: {k}) {{ label }} }} }}")
    assert result.data == {"m": None}
    assert result.errors is not None
    (error,) = result.errors
    assert error.message == f"k is {k}, and must be at least 1."
    assert error.extensions == {"code": "BAD_USER_INPUT"}


def test_no_number_of_classes_at_all_is_bad_input(counted: tuple[Served, list[str]]) -> None:
    served, calls = counted
    query = f"query Q($k: Int) {{ m({INPUT}) {{ topClasses(k: $k) {{ label }} }} }}"
    assert served.codes(query, {"k": None}) == ["BAD_USER_INPUT"]
    assert served.codes(f"{{ m({INPUT}) {{ topClasses(k: null) {{ label }} }} }}") == ["GRAPHQL_VALIDATION_FAILED"]
    assert set(calls) <= {"predict_proba"}


def test_the_same_classes_are_asked_for_under_different_numbers(counted: tuple[Served, list[str]]) -> None:
    served, calls = counted
    answer = served.data(
        f"""query Q($two: Int!) {{ m({INPUT}) {{
          one: topClasses(k: 1) {{ label }} two: topClasses(k: $two) {{ rawLabel }} topClasses {{ probability }}
        }} }}""",
        {"two": 2},
    )["m"]
    assert [len(answer[name]) for name in ("one", "two", "topClasses")] == [1, 2, 3]
    assert calls == ["predict_proba"]
