"""What a regressor answers is what the estimator answers, for one target and for several."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import BayesianRidge, LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from inference.errors import ErrorCode, LoadFailed
from inference.outputs.output import FLOAT, OutputRequest, Record
from inference.predictions import Predictions

if TYPE_CHECKING:
    from inference.model import LoadedModel

Load = Callable[..., "LoadedModel"]
Ask = Callable[..., Predictions]


def column(predictions: Predictions, name: str) -> list[Any]:
    assert predictions.errors == ()
    return predictions.columns[OutputRequest(name)]


@pytest.mark.parametrize(
    "estimator",
    [
        LinearRegression(),
        RandomForestRegressor(5, random_state=0),
        HistGradientBoostingRegressor(max_iter=5),
        KNeighborsRegressor(3),
        make_pipeline(StandardScaler(), SVR()),
        GridSearchCV(KNeighborsRegressor(), {"n_neighbors": [1, 2]}, cv=2),
        TransformedTargetRegressor(LinearRegression(), func=np.sinh, inverse_func=np.arcsinh),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
@pytest.mark.parametrize("container", ["frame", "array"])
def test_one_target_is_one_number(load: Load, ask: Ask, rows: pd.DataFrame, estimator: Any, container: str) -> None:
    given = rows if container == "frame" else rows.to_numpy().copy()  # row by row in memory, as arrays are made
    fitted = clone(estimator).fit(given, rows["a"] - 2 * rows["b"])
    model = load(fitted)
    assert list(model.outputs) == ["value", "neighbors"] if hasattr(fitted, "kneighbors") else ["value"]
    assert model.outputs["value"].type == FLOAT
    assert column(ask(given, "value"), "value") == fitted.predict(given).tolist()


def test_whole_numbers_that_a_regressor_answers_are_floats(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    fitted = KNeighborsRegressor(1).fit(rows, np.arange(200))
    load(fitted, sample=rows)
    values = column(ask(rows, "value"), "value")
    assert values == list(range(200))
    assert {type(value) for value in values} == {float}


def test_one_target_in_a_column_of_its_own_is_one_number(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    fitted = LinearRegression().fit(rows, rows[["a"]] * 3)
    assert fitted.predict(rows).shape == (200, 1)
    load(fitted, sample=rows)
    assert column(ask(rows, "value"), "value") == fitted.predict(rows)[:, 0].tolist()


def test_several_targets_are_an_object_with_a_number_each(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    fitted = LinearRegression().fit(rows, rows[["a", "b"]] * 3)
    model = load(fitted, sample=rows)
    record = model.outputs["value"].type
    assert isinstance(record, Record)
    assert [member.source for member in record.members] == ["target_0", "target_1"]
    assert column(ask(rows, "value"), "value") == fitted.predict(rows).tolist()


def test_several_targets_are_named_by_the_card(load: Load, rows: pd.DataFrame) -> None:
    card = "outputs: [{name: revenue, unit: CHF, description: Of a month}, {unit: kg}]"
    record = load(LinearRegression().fit(rows, rows[["a", "b"]]), card=card).outputs["value"].type
    assert isinstance(record, Record)
    revenue, other = record.members
    assert (revenue.source, revenue.unit, revenue.description) == ("revenue", "CHF", "Of a month")
    assert (other.source, other.unit) == ("target_1", "kg")


@pytest.mark.parametrize(
    ("card", "sentence"),
    [
        ("", "The predicted value."),
        ("outputs: [{name: price, unit: CHF}]", "price in CHF."),
        ("outputs: [{unit: CHF}]", "The predicted value in CHF."),
        ("outputs: [{name: price, description: what it costs}]", "price: what it costs"),
    ],
)
def test_one_target_is_described_by_the_card(load: Load, rows: pd.DataFrame, card: str, sentence: str) -> None:
    model = load(LinearRegression().fit(rows, rows["a"]), card=card)
    assert model.outputs["value"].description == sentence


@pytest.mark.parametrize(("targets", "named"), [(1, 2), (2, 1), (2, 3)])
def test_a_card_with_another_number_of_outputs_is_refused(
    load: Load, rows: pd.DataFrame, targets: int, named: int
) -> None:
    target = rows["a"] if targets == 1 else rows[["a", "b"]]
    card = {"outputs": [{"name": f"t{place}"} for place in range(named)]}
    with pytest.raises(LoadFailed) as raised:
        load(LinearRegression().fit(rows, target), card=card)
    (error,) = raised.value.errors
    assert error.where.endswith("m/card.yaml")
    noun = "target" if targets == 1 else "targets"
    assert error.why == f"outputs: it names {named}, and the model has {targets} {noun}"
    assert error.mend == f"Name all {targets} in the model's order, or none"


@pytest.mark.parametrize(
    "estimator",
    [BayesianRidge(), GaussianProcessRegressor(), make_pipeline(StandardScaler(), BayesianRidge())],
    ids=lambda estimator: type(estimator).__name__,
)
def test_a_standard_deviation_is_given_where_the_estimator_knows_it(
    load: Load, ask: Ask, rows: pd.DataFrame, estimator: Any
) -> None:
    fitted = estimator.fit(rows[:50], rows["a"][:50])
    model = load(fitted, sample=rows)
    assert list(model.outputs) == ["value", "std"]
    value, std = fitted.predict(rows, return_std=True)
    both = ask(rows, "value", "std")
    assert column(both, "value") == value.tolist()
    assert column(both, "std") == std.tolist()
    assert column(ask(rows, "std"), "std") == std.tolist()
    assert column(ask(rows, "value"), "value") == pytest.approx(fitted.predict(rows), rel=1e-12)


class Reciprocal(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Answers 1 / a, whatever that is."""

    def fit(self, rows: pd.DataFrame, _: Any) -> Reciprocal:
        """Note the names."""
        self.feature_names_in_ = np.asarray(rows.columns, dtype=object)
        return self

    def predict(self, rows: pd.DataFrame) -> Any:
        """Divide; by zero too, and zero by zero where b is zero as well."""
        with np.errstate(all="ignore"):
            return np.where(rows["b"] == 0, rows["b"], 1.0) / rows["a"].to_numpy()


@pytest.mark.parametrize(("a", "b", "meant"), [(0.0, 1.0, "inf"), (-0.0, 1.0, "-inf"), (0.0, 0.0, "nan")])
def test_an_output_that_is_not_finite_is_an_error_of_its_row_alone(
    load: Load, ask: Ask, a: float, b: float, meant: str
) -> None:
    training = pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, 1.0]})
    load(Reciprocal().fit(training, [1.0, 0.5]), sample=training)
    rows = pd.DataFrame({"a": [2.0, a, 4.0], "b": [1.0, b, 1.0]})
    with np.errstate(all="ignore"):
        assert str(np.float64(b) / np.float64(a)) == meant
    got = ask(rows, "value")
    assert got.columns[OutputRequest("value")][0::2] == [0.5, 0.25]
    (error,) = got.errors
    assert (error.index, error.code, error.field) == (1, ErrorCode.NON_FINITE_OUTPUT, None)
    assert error.message == "The model's value for this row is no finite number, which JSON cannot express."
