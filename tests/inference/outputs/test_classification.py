"""What a classifier answers is what the estimator answers, whatever its labels are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from inference.errors import BadInput, LoadFailed
from inference.outputs.answers import Answers
from inference.outputs.classification import ClassPlaces
from inference.outputs.output import FLOAT, ClassLabel, Label, ListOf, Output, OutputRequest, Record
from inference.predictions import Predictions

if TYPE_CHECKING:
    from inference.model import LoadedModel

Load = Callable[..., "LoadedModel"]
Ask = Callable[..., Predictions]

LABELS: dict[str, list[Any]] = {
    "strings": ["setosa", "versicolor", "virginica"],
    "two strings": ["no", "yes"],
    "words of odd letters": ["größer", "", "日本", "a b"],
    "integers": [0, 1, 2],
    "negative integers": [-10, -1, 5],
    "large integers": [0, 2**40],
    "booleans": [False, True],
    "floats": [-1.0, 0.0, 2.0],
}
ESTIMATORS = [
    LogisticRegression(),
    DecisionTreeClassifier(max_depth=3, random_state=0),
    RidgeClassifier(),
    GaussianNB(),
]


def three_ways(rows: pd.DataFrame, labels: list[Any]) -> np.ndarray:
    """Give each row one of the labels, by what is in it."""
    place = (rows["a"] * 7 + rows["b"]).round().astype(int).to_numpy() % len(labels)
    return np.array(labels)[place]


def column(predictions: Predictions, name: str, **arguments: int) -> list[Any]:
    assert predictions.errors == ()
    return predictions.columns[OutputRequest(name, tuple(arguments.items()))]


def label_values(model: LoadedModel) -> tuple[Any, ...]:
    label = model.serving.label
    assert isinstance(label, Label)
    return label.values  # noqa: PD011  # no frame


def output(model: LoadedModel, name: str) -> Output:
    return model.outputs[name]


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: type(estimator).__name__)
def test_every_output_is_the_estimators_own(
    load: Load, ask: Ask, rows: pd.DataFrame, estimator: Any, labels: list[Any]
) -> None:
    fitted = estimator.fit(rows, three_ways(rows, labels))
    model = load(fitted, sample=rows)
    got = ask(rows, *model.outputs)
    assert column(got, "label") == fitted.predict(rows).tolist()
    assert column(got, "raw_label") == [str(label) for label in fitted.predict(rows).tolist()]
    assert label_values(model) == tuple(fitted.classes_.tolist()) == tuple(sorted(labels))
    if hasattr(fitted, "predict_proba"):
        probabilities = fitted.predict_proba(rows)
        assert column(got, "probabilities") == probabilities.tolist()
        assert column(got, "probability_vector") == probabilities.tolist()
        chosen = np.searchsorted(fitted.classes_, fitted.predict(rows))
        assert column(got, "probability") == probabilities[np.arange(len(rows)), chosen].tolist()
    if hasattr(fitted, "decision_function"):
        decision = fitted.decision_function(rows).reshape(len(rows), -1)
        assert column(got, "decision") == decision.tolist()


@pytest.mark.parametrize(
    ("estimator", "names"),
    [
        (
            LogisticRegression(),
            "label raw_label probability probabilities top_classes probability_vector decision",
        ),
        (GaussianNB(), "label raw_label probability probabilities top_classes probability_vector"),
        (LinearSVC(), "label raw_label decision"),
        (RidgeClassifier(), "label raw_label decision"),
        (
            KNeighborsClassifier(),
            "label raw_label probability probabilities top_classes probability_vector neighbors",
        ),
        (make_pipeline(StandardScaler(), SVC()), "label raw_label decision"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_output_is_there_only_if_the_estimator_can_give_it(
    load: Load, rows: pd.DataFrame, estimator: Any, names: str
) -> None:
    model = load(estimator.fit(rows, three_ways(rows, ["x", "y"])))
    assert " ".join(model.outputs) == names


def test_the_most_probable_classes_come_best_first_and_ties_in_the_order_of_the_classes(
    load: Load, ask: Ask, rows: pd.DataFrame
) -> None:
    labels = ["a", "b", "c", "d"]
    neighbours = KNeighborsClassifier(4).fit(rows, three_ways(rows, labels))
    load(neighbours, sample=rows)
    probabilities = neighbours.predict_proba(rows)
    assert (np.diff(np.sort(probabilities, axis=1)) == 0).any()
    requests = [OutputRequest("top_classes", (("k", k),)) for k in (1, 2, 4, 99)] + [OutputRequest("top_classes")]
    got = ask(rows, *requests)
    for k, most in ((1, 1), (2, 2), (4, 4), (99, 4), (3, 3)):
        expected = [
            [(labels[place], labels[place], row[place]) for place in sorted(range(4), key=lambda p: -row[p])[:most]]
            for row in probabilities.tolist()
        ]
        assert column(got, "top_classes", k=k) == expected


@pytest.mark.parametrize("k", [0, -1, -(2**31)])
def test_fewer_than_one_most_probable_class_makes_no_sense(load: Load, ask: Ask, rows: pd.DataFrame, k: int) -> None:
    load(GaussianNB().fit(rows, three_ways(rows, ["x", "y"])))
    with pytest.raises(BadInput, match=f"k is {k}, and must be at least 1"):
        ask(rows, OutputRequest("top_classes", (("k", k),)))


@pytest.mark.parametrize(("classes", "has_object"), [(64, True), (65, False)])
def test_more_than_64_classes_have_no_object_with_a_field_each(
    load: Load, ask: Ask, rows: pd.DataFrame, classes: int, *, has_object: bool
) -> None:
    target = [f"class {place % classes}" for place in range(len(rows))]
    fitted = GaussianNB(var_smoothing=1).fit(rows, target)
    model = load(fitted, sample=rows)
    assert ("probabilities" in model.outputs) is has_object
    got = ask(rows, "label", "probability_vector", "top_classes")
    assert column(got, "label") == fitted.predict(rows).tolist()
    assert column(got, "probability_vector") == fitted.predict_proba(rows).tolist()
    assert output(model, "probability_vector").type == ListOf(FLOAT, classes)


def test_classes_are_named_and_described_by_the_card(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    fitted = GaussianNB().fit(rows, three_ways(rows, [0, 1, 2]))
    card = "classes: {0: {name: cat, description: It purrs}, '1': {name: dog}}"
    model = load(fitted, sample=rows, card=card)
    assert label_values(model) == ("cat", "dog", "2")
    assert model.serving.label is not None
    assert [item.raw for item in model.serving.label.classes] == [0, 1, 2]
    assert model.serving.label.classes[0].description == "It purrs"
    probabilities = output(model, "probabilities").type
    assert isinstance(probabilities, Record)
    assert [member.source for member in probabilities.members] == ["cat", "dog", "2"]
    got = ask(rows, "label", "raw_label", OutputRequest("top_classes", (("k", 1),)))
    names = ["cat", "dog", "2"]
    assert column(got, "label") == [names[label] for label in fitted.predict(rows)]
    assert column(got, "raw_label") == [str(label) for label in fitted.predict(rows)]
    best = fitted.predict_proba(rows).argmax(axis=1)
    assert [(row[0][0], row[0][1]) for row in column(got, "top_classes", k=1)] == [
        (names[place], str(place)) for place in best
    ]


@pytest.mark.parametrize(("labels", "key"), [([False, True], "true"), (["no", "yes"], "yes"), (["1", "2"], "2")])
def test_a_card_finds_a_class_however_yaml_reads_its_label(
    load: Load, rows: pd.DataFrame, labels: list[Any], key: str
) -> None:
    model = load(GaussianNB().fit(rows, three_ways(rows, labels)), card=f"classes: {{{key}: {{name: found}}}}")
    assert label_values(model)[1] == "found"


def test_a_card_that_only_describes_integer_classes_leaves_them_integers(load: Load, rows: pd.DataFrame) -> None:
    model = load(GaussianNB().fit(rows, three_ways(rows, [0, 1])), card="classes: {1: {description: One}}")
    assert label_values(model) == (0, 1)


def test_a_class_in_the_card_that_the_model_lacks_is_refused(load: Load, rows: pd.DataFrame) -> None:
    with pytest.raises(LoadFailed) as raised:
        load(GaussianNB().fit(rows, three_ways(rows, ["x", "y"])), card="classes: {z: {name: last}}")
    (error,) = raised.value.errors
    assert error.where.endswith("m/card.yaml")
    assert error.why == "classes.z: the model has no such class"
    assert error.mend == "Its classes are: x, y"


class Column(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Answers a column of labels, as some libraries do."""

    def fit(self, rows: pd.DataFrame, target: Any) -> Column:
        """Note the classes."""
        self.n_features_in_ = rows.shape[1]
        self.classes_ = np.unique(target)
        return self

    def predict(self, rows: np.ndarray) -> Any:
        """Answer by the sign of the first value."""
        return self.classes_[(rows[:, :1] > 0).astype(int)]


@pytest.mark.parametrize("labels", [["x", "y"], [0.5, 1.5]])
def test_labels_in_a_column_are_labels(load: Load, ask: Ask, rows: pd.DataFrame, labels: list[Any]) -> None:
    load(Column().fit(rows, labels))
    got = ask(rows.to_numpy(), "label")
    assert column(got, "label") == [labels[int(value > 0)] for value in rows["a"]]


def test_a_calibrated_classifier_is_asked_as_a_whole(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    fitted = CalibratedClassifierCV(LinearSVC(), cv=2).fit(rows, three_ways(rows, ["x", "y"]))
    load(fitted, sample=rows)
    assert column(ask(rows, "probability_vector"), "probability_vector") == fitted.predict_proba(rows).tolist()


def test_an_output_says_what_it_is_made_from(load: Load, rows: pd.DataFrame) -> None:
    model = load(LogisticRegression().fit(rows, three_ways(rows, [1, 2])))
    methods = {name: output(model, name).methods for name in model.outputs}
    assert methods["label"] == methods["raw_label"] == ("predict",)
    assert methods["probability"] == ("predict", "predict_proba")
    assert methods["probabilities"] == methods["top_classes"] == methods["probability_vector"] == ("predict_proba",)
    assert methods["decision"] == ("decision_function",)
    assert isinstance(output(model, "label").type, Label)
    assert all(item.description.endswith(".") for item in model.outputs.values())


def test_an_output_that_the_model_does_not_have_is_refused(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    load(LinearSVC().fit(rows, three_ways(rows, ["x", "y"])))
    with pytest.raises(BadInput, match="Version 1 of 'm' cannot give 'probability'"):
        ask(rows, "label", "probability")


@pytest.mark.parametrize("raw", [["no", "yes", "é"], [3, -1, 20], [False, True], [0.5, 2.0]])
def test_labels_of_any_kind_are_found_at_their_places_among_the_classes(raw: list[Any]) -> None:
    label = Label(tuple(ClassLabel(one, str(one)) for one in raw), named=False, open=False)
    places = ClassPlaces(label)
    for labels in (np.array(raw), np.array(raw, dtype=object), np.array(raw)[:, np.newaxis]):
        answers = Answers({"predict": labels})
        assert places.of(answers).tolist() == list(range(len(raw)))
        assert places.of(answers) is places.of(answers)
    unknown = Answers({"predict": np.array([7] if raw[0] != "no" else ["maybe"])})
    with pytest.raises(ValueError, match="not among the estimator's classes_"):
        places.of(unknown)
