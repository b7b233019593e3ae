"""Support vector machines and calibrated classifiers answer the plain call's bits without its checks and loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, NuSVC, NuSVR

from inference.engines.lean.calibrated import Calibrated
from inference.engines.lean.form import Called, NotLean
from inference.engines.lean.forms import form_of
from inference.engines.lean.machines import MachineClassifier, MachineRegressor
from inference.engines.proof import check_same
from inference.outputs.answers import CLASS_PLACES, DECISION_FUNCTION, PREDICT, PREDICT_PROBA, Answers, call

RANDOM = np.random.default_rng(3)
ROWS = RANDOM.normal(size=(120, 4))
NUMBERS = ROWS[:, 0] * 2 - ROWS[:, 1]
TARGETS = {
    "two": np.where(NUMBERS > 0, "yes", "no"),
    "three": np.array(["low", "mid", "high"])[np.digitize(NUMBERS, [-1, 1])],
    "seven": np.digitize(NUMBERS, [-3, -2, -1, 0, 1, 2]),
}
SCALED = make_pipeline(StandardScaler(), LogisticRegression())

MACHINES = {
    "radial": SVC(),
    "linear": SVC(kernel="linear", C=0.1),
    "polynomial": SVC(kernel="poly", degree=2, coef0=0.5),
    "sigmoid": SVC(kernel="sigmoid", gamma=0.1),
    "pairs": SVC(decision_function_shape="ovo"),
    "nu": NuSVC(nu=0.1),
}
CALIBRATED = {
    "sigmoid": CalibratedClassifierCV(LinearSVC(), cv=2),
    "isotonic": CalibratedClassifierCV(GaussianNB(), cv=3, method="isotonic"),
    "temperature": CalibratedClassifierCV(SVC(), cv=2, method="temperature", ensemble=False),
    "temperature of probabilities": CalibratedClassifierCV(GaussianNB(), cv=2, method="temperature"),
    "pipeline": CalibratedClassifierCV(SCALED, cv=2, ensemble=False),
}


def fitted(estimators: dict[str, Any]) -> list[Any]:
    return [
        pytest.param(type(one)(**one.get_params(deep=False)).fit(ROWS, target), id=f"{name} of {count} classes")
        for name, one in estimators.items()
        for count, target in TARGETS.items()
    ]


def assert_same_bits(estimator: Any, rows: Any, *methods: str) -> None:
    expected = call(estimator, rows, len(rows), methods)
    answered = form_of(estimator).answers(rows, methods)
    check_same(expected, Answers({method: answered[method] for method in methods}))
    if CLASS_PLACES in answered and PREDICT in methods:
        assert estimator.classes_.take(answered[CLASS_PLACES]).tolist() == expected[PREDICT].tolist()


@pytest.mark.parametrize("estimator", fitted(MACHINES))
def test_a_machine_decides_and_votes_as_scikit_learns(estimator: Any) -> None:
    assert isinstance(form_of(estimator), MachineClassifier)
    for rows in (ROWS, ROWS[:1], np.asfortranarray(ROWS[:9]), np.zeros((2, 4)), estimator.support_vectors_[:5]):
        assert_same_bits(estimator, rows, PREDICT, DECISION_FUNCTION)
        assert_same_bits(estimator, rows, PREDICT)
        assert_same_bits(estimator, rows, DECISION_FUNCTION)


@pytest.mark.parametrize("estimator", fitted(CALIBRATED))
def test_a_calibrated_classifier_answers_as_scikit_learns(estimator: Any) -> None:
    assert isinstance(form_of(estimator), Calibrated)
    for rows in (ROWS, ROWS[:1], ROWS[:9] * 100):
        assert_same_bits(estimator, rows, PREDICT, PREDICT_PROBA)
        assert_same_bits(estimator, rows, PREDICT_PROBA)


SEVEN = SVC().fit(ROWS, TARGETS["seven"])
SOFTENED = CalibratedClassifierCV(SVC(), cv=2, method="temperature", ensemble=False).fit(ROWS, TARGETS["seven"])


@settings(max_examples=60)
@given(st.lists(st.lists(st.floats(-50, 50), min_size=4, max_size=4), min_size=1, max_size=12))
def test_any_rows_have_the_bits_of_the_plain_call(rows: list[list[float]]) -> None:
    assert_same_bits(SEVEN, np.array(rows), PREDICT, DECISION_FUNCTION)
    assert_same_bits(SOFTENED, np.array(rows), PREDICT, PREDICT_PROBA)


@pytest.mark.parametrize("estimator", [SVR(), SVR(kernel="linear"), NuSVR()])
def test_a_machine_predicts_numbers(estimator: Any) -> None:
    estimator.fit(ROWS, NUMBERS)
    assert isinstance(form_of(estimator), MachineRegressor)
    assert_same_bits(estimator, ROWS, PREDICT)
    assert_same_bits(estimator, ROWS[:1], PREDICT)


def test_what_a_form_does_not_do_is_done_by_the_estimator() -> None:
    assert isinstance(form_of(SVC(kernel="precomputed").fit(ROWS @ ROWS.T, TARGETS["two"])), Called)
    assert isinstance(form_of(SVC(kernel=lambda one, other: one @ other.T).fit(ROWS, TARGETS["two"])), Called)
    assert isinstance(form_of(SVC(break_ties=True).fit(ROWS, TARGETS["three"])), Called)
    machines = {PREDICT_PROBA: SVC().fit(ROWS, TARGETS["two"]), DECISION_FUNCTION: SVR().fit(ROWS, NUMBERS)}
    for method, machine in machines.items():
        with pytest.raises(NotLean):
            form_of(machine).answers(ROWS, [method])
    with pytest.raises(NotLean):
        form_of(machines[DECISION_FUNCTION]).answers(csr_array(ROWS), [PREDICT])


def test_a_calibrated_classifier_of_columns_has_no_form() -> None:
    frame = pd.DataFrame(ROWS, columns=[*"abcd"])
    columns = make_pipeline(make_column_transformer((StandardScaler(), ["a", "b"])), LogisticRegression())
    calibrated = CalibratedClassifierCV(columns, cv=2).fit(frame, TARGETS["two"])
    with pytest.raises(NotLean):
        form_of(calibrated)
