"""Encoders of targets take labels, and only those that they know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import LabelBinarizer, LabelEncoder, MultiLabelBinarizer

from inference.card import FeatureType
from inference.errors import LoadFailed
from inference.signature.checks import check_rows
from inference.signature.feature import Container
from inference.signature.matrix import to_container

if TYPE_CHECKING:
    from tests.inference.conftest import Ask, Load


@pytest.mark.parametrize("encoder", [LabelEncoder(), LabelBinarizer()])
@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (["ash", "birch", "cherry"], FeatureType.CATEGORY),
        ([3, 7], FeatureType.INTEGER),
        ([1.0, 2.0], FeatureType.FLOAT),
        ([False, True], FeatureType.BOOLEAN),
    ],
)
def test_an_encoder_takes_one_of_its_labels(load: Load, encoder: Any, labels: list[Any], kind: FeatureType) -> None:
    (feature,) = load(encoder.fit(labels)).signature.features
    assert (feature.source, feature.type, feature.nullable) == ("label", kind, False)
    assert feature.categories == (() if kind is FeatureType.BOOLEAN else tuple(labels))


def test_another_label_is_refused_for_it_would_change_the_answers_for_all(load: Load) -> None:
    fitted = LabelBinarizer().fit(["no", "yes"])
    assert fitted.transform(["no", "yes"]).shape == (2, 1)
    assert fitted.transform(["no", "yes", "maybe"]).shape == (3, 2)
    signature = load(fitted).signature
    assert [one.message for one in check_rows(signature, [["no", "maybe"]])] == [
        "label is 'maybe', no known category; known are no, yes"
    ]


def test_a_label_that_was_missing_in_training_cannot_be_sent_and_the_others_can(load: Load, ask: Ask) -> None:
    fitted = LabelEncoder().fit(["ash", None, "birch"])
    (feature,) = load(fitted).signature.features
    assert (feature.categories, feature.nullable) == (("ash", "birch"), False)
    assert [*ask(["birch", "ash"], "vector").columns.values()] == [[[1.0], [0.0]]]


def test_the_field_is_named_as_the_column_of_the_sample(load: Load) -> None:
    (feature,) = load(LabelEncoder().fit(["a", "b"]), sample=pd.DataFrame({"tree": ["b"]})).signature.features
    assert (feature.source, feature.example, feature.open) == ("tree", "b", False)


def test_a_binarizer_of_sets_takes_a_truth_value_for_each_label(load: Load) -> None:
    signature = load(MultiLabelBinarizer().fit([[3, 7], [20]])).signature
    assert signature.container is Container.LABEL_SETS
    assert [(one.source, one.type, one.nullable) for one in signature.features] == [
        (label, FeatureType.BOOLEAN, True) for label in ("3", "7", "20")
    ]
    assert to_container(signature, [[True, None], [False, None], [True, None]]) == [(3, 20), ()]


def test_a_sample_of_sets_has_a_column_for_each_label(load: Load) -> None:
    fitted = MultiLabelBinarizer().fit([["ash", "birch"]])
    sample = pd.DataFrame({"birch": [True, False], "ash": [True, True]})
    assert [one.source for one in load(fitted, sample=sample).signature.features] == ["ash", "birch"]
    with pytest.raises(LoadFailed, match="it lacks 'birch'"):
        load(fitted, sample=sample[["ash"]])


@pytest.mark.parametrize(
    ("encoder", "said"),
    [
        (LabelEncoder().fit(np.array(["2024-01-05", "2024-01-06"], dtype="datetime64[D]")), "which is no string"),
        (LabelBinarizer().fit(np.array([[1, 0], [1, 1], [0, 1]])), "takes rows that are binarized already"),
        (MultiLabelBinarizer().fit([[("a", 1), ("b", 2)]]), r"was fitted on \('a', 1\), which is no string"),
        (MultiLabelBinarizer(classes=[1, "1"]).fit([[1]]), "two labels of its MultiLabelBinarizer are written '1'"),
        (MultiLabelBinarizer().fit([range(1001)]), "fitted on 1001 labels, and at most 1000 can be fields"),
    ],
)
def test_labels_that_nobody_could_send_are_refused(load: Load, encoder: Any, said: str) -> None:
    with pytest.raises(LoadFailed, match=said):
        load(encoder)
