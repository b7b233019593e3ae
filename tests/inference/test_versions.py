"""Versions of one model answer one GraphQL field: they take and answer alike, or are refused with the difference."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import LinearRegression, LogisticRegression

from inference.errors import BadInput, LayoutError, LoadFailed
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.service import InferenceService

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder

ROWS = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "b": [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]})
TARGET = np.arange(6.0)


def add_two(folder: ModelsFolder, first: Any, second: Any, **options: Any) -> None:
    folder.add("m", first, version="1", **options)
    folder.add("m", second, version="2", **options)


def refusal(folder: ModelsFolder) -> str:
    with pytest.raises(LoadFailed) as raised:
        folder.load()
    (error,) = raised.value.errors
    assert isinstance(error, LayoutError)
    assert error.where == str(folder.path / "m/1/model.joblib")
    assert error.mend == "Give it a model folder of its own, or train it on the same features and classes"
    assert error.why.startswith("it does not fit version 2, which serves by default: ")
    return error.why.partition("default: ")[2]


def predict(folder: ModelsFolder, version: str, columns: list[Any], *outputs: str) -> Predictions:
    service = InferenceService(folder.load(), threads=1)
    requests = tuple(OutputRequest(name) for name in outputs)
    return asyncio.run(service.predict(PredictRequest("m", version, columns, len(columns[0]), requests)))


def test_a_version_with_other_features_is_refused(models_folder: ModelsFolder) -> None:
    add_two(
        models_folder,
        LinearRegression().fit(ROWS.assign(c=1.0), TARGET),
        LinearRegression().fit(ROWS.rename(columns={"b": "d"}), TARGET),
    )
    assert refusal(models_folder) == "only one of them has the features b, c, d"


def test_a_version_with_a_feature_of_another_type_is_refused(models_folder: ModelsFolder) -> None:
    whole = ROWS.astype({"a": int})
    models_folder.add("m", LinearRegression().fit(whole, TARGET), version="1", sample=whole)
    models_folder.add("m", LinearRegression().fit(ROWS + 0.5, TARGET), version="2", sample=ROWS + 0.5)
    assert refusal(models_folder) == "the feature 'a' is float there and integer here"


def test_a_version_for_another_task_is_refused(models_folder: ModelsFolder) -> None:
    add_two(models_folder, LinearRegression().fit(ROWS, TARGET), IsolationForest(n_estimators=2).fit(ROWS))
    assert refusal(models_folder) == "its task is outlier_detection there and regression here"


def test_a_version_with_classes_that_the_default_does_not_have_is_refused(models_folder: ModelsFolder) -> None:
    add_two(
        models_folder,
        LogisticRegression().fit(ROWS, ["x", "z", "y"] * 2),
        LogisticRegression().fit(ROWS, ["x", "y"] * 3),
    )
    assert refusal(models_folder) == "it has classes that are not there: z"


def test_a_version_with_several_targets_where_the_default_has_one_is_refused(models_folder: ModelsFolder) -> None:
    two = np.column_stack([TARGET, -TARGET])
    add_two(models_folder, LinearRegression().fit(ROWS, two), LinearRegression().fit(ROWS, TARGET))
    assert refusal(models_folder) == "its value is one float there and an object of target_0, target_1 here"


def test_a_version_with_other_columns_is_refused(models_folder: ModelsFolder) -> None:
    add_two(models_folder, PCA(1).fit(ROWS), PCA(2).fit(ROWS))
    assert refusal(models_folder) == "its transformed is an object of pca0, pca1 there and an object of pca0 here"


def test_a_version_without_the_defaults_main_output_is_refused(models_folder: ModelsFolder) -> None:
    many = RBFSampler(n_components=40, random_state=0).fit(ROWS)
    add_two(models_folder, many, RBFSampler(n_components=3, random_state=0).fit(ROWS))
    assert refusal(models_folder) == "only the default has the output transformed"


def test_a_version_with_classes_of_another_kind_is_refused_even_if_they_are_open(models_folder: ModelsFolder) -> None:
    add_two(
        models_folder,
        LogisticRegression().fit(ROWS, [3, 4] * 3),
        LogisticRegression().fit(ROWS, ["x", "y"] * 3),
        card="open: true",
    )
    assert refusal(models_folder) == "its label is a class such as 'x' there and a class such as 3 here"


def test_with_open_classes_a_version_may_have_others(models_folder: ModelsFolder) -> None:
    add_two(
        models_folder,
        LogisticRegression().fit(ROWS, ["x", "z"] * 3),
        LogisticRegression().fit(ROWS, ["x", "y"] * 3),
        card="open: true",
    )
    columns = ROWS.to_numpy().T.tolist()
    expected = LogisticRegression().fit(ROWS, ["x", "z"] * 3).predict(ROWS).tolist()
    assert predict(models_folder, "1", columns, "label").columns[OutputRequest("label")] == expected


def test_a_version_with_fewer_classes_answers_all_but_what_has_a_place_for_each_class(
    models_folder: ModelsFolder,
) -> None:
    fewer = LogisticRegression().fit(ROWS, ["x", "z"] * 3)
    add_two(models_folder, fewer, LogisticRegression().fit(ROWS, ["x", "y", "z"] * 2))
    first, second = models_folder.load().loaded
    assert "probabilities" in second.outputs
    assert "probabilities" not in first.outputs
    assert first.info.serving is first.serving
    assert [output.name for output in first.serving.outputs] == list(first.outputs)
    columns = ROWS.to_numpy().T.tolist()
    got = predict(models_folder, "1", columns, "label", "probability").columns
    assert got[OutputRequest("label")] == fewer.predict(ROWS).tolist()
    assert got[OutputRequest("probability")] == fewer.predict_proba(ROWS).max(axis=1).tolist()
    with pytest.raises(BadInput, match="Version 1 of 'm' cannot give 'probabilities'"):
        predict(models_folder, "1", columns, "probabilities")


def test_a_version_with_more_clusters_is_no_disagreement(models_folder: ModelsFolder) -> None:
    three = KMeans(3, random_state=0, n_init=1).fit(ROWS)
    add_two(models_folder, three, KMeans(2, random_state=0, n_init=1).fit(ROWS))
    got = predict(models_folder, "1", ROWS.to_numpy().T.tolist(), "distances").columns[OutputRequest("distances")]
    assert got == three.transform(ROWS).tolist()


def test_a_version_trained_on_the_columns_in_another_order_gets_each_value_in_its_place(
    models_folder: ModelsFolder,
) -> None:
    turned = LinearRegression().fit(ROWS[["b", "a"]], ROWS["a"] * 10 + ROWS["b"])
    add_two(models_folder, turned, LinearRegression().fit(ROWS, TARGET))
    got = predict(models_folder, "1", [[7.0], [3.0]], "value").columns[OutputRequest("value")]
    assert got == pytest.approx([73.0])


def test_who_keeps_going_is_left_with_the_versions_that_agree(models_folder: ModelsFolder) -> None:
    add_two(models_folder, LinearRegression().fit(ROWS.assign(c=1.0), TARGET), LinearRegression().fit(ROWS, TARGET))
    models = models_folder.load(keep_going=True)
    assert [model.info.version for model in models.loaded] == ["2"]
    (failed,) = models.failed
    assert failed.version == "1"
    assert failed.error is not None
    assert "only one of them has the features c" in failed.error
