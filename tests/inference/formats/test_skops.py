"""Skops files: read where all that they are made of is trusted, refused with what is not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import skops.io
import yaml
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from inference.card import Card
from inference.errors import ArtifactError, LoadFailed, NotTrusted
from inference.formats.format import Artifact
from inference.formats.skops import SKOPS
from inference.own_code import importable

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from tests.conftest import ModelsFolder

TREES = ["sklearn.tree._tree.Tree"]
"""What skops itself does not trust of scikit-learn."""
ROWS = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [0.0, 1.0, 0.0, 1.0]})
SCALER = """
from pathlib import Path
from sklearn.base import BaseEstimator, TransformerMixin
Path(__file__).with_name("trace").touch()
class Twice(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.feature_names_in_ = X.columns.to_numpy(dtype=object)
        return self
    def transform(self, X):
        return X * 2
def thrice(X):
    return X * 3
"""


def read(content: bytes, **card: Any) -> Any:
    return SKOPS.load(Artifact(Path("m/model.skops"), content, Card(**card))).estimator


def load(folder: ModelsFolder, content: bytes, **card: Any) -> LoadedModel:
    (folder.path / "m").mkdir(exist_ok=True)
    (folder.path / "m/model.skops").write_bytes(content)
    (folder.path / "m/card.yaml").write_text(yaml.safe_dump(card))
    (model,) = folder.load().loaded
    return model


def with_own_code(folder: ModelsFolder) -> bytes:
    """Save a pipeline of a user's own transformer and function, which only a model's code folder has."""
    code = folder.path / "m/code"
    code.mkdir(parents=True)
    (code / "owncode.py").write_text(SCALER)
    with importable(code):
        own = __import__("owncode")
        steps = own.Twice(), FunctionTransformer(own.thrice, feature_names_out="one-to-one")
        content: bytes = skops.io.dumps(make_pipeline(*steps, LinearRegression()).fit(ROWS, [1.0, 2.0, 3.0, 4.0]))
    (code / "trace").unlink()
    return content


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(FunctionTransformer(np.log1p), StandardScaler(), LogisticRegression()),
        RandomForestClassifier(n_estimators=5, random_state=0),
        make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression()),
    ],
    ids=["pipeline", "forest", "encoder"],
)
def test_an_estimator_of_scikit_learn_is_read_as_it_was(estimator: Any) -> None:
    fitted = estimator.fit(ROWS, ["x", "y", "x", "y"])
    loaded = read(skops.io.dumps(fitted), trusted=TREES)
    assert loaded.predict_proba(ROWS).tolist() == fitted.predict_proba(ROWS).tolist()
    assert loaded.feature_names_in_.tolist() == ["a", "b"]


def test_a_skops_file_in_a_models_folder_is_served(models_folder: ModelsFolder) -> None:
    model = load(models_folder, skops.io.dumps(LogisticRegression().fit(ROWS, ["x", "y", "x", "y"])))
    assert model.serving.artifact.format == "skops"
    assert [feature.source for feature in model.signature.features] == ["a", "b"]
    assert {"label", "probability"} <= model.outputs.keys()


def test_types_that_nobody_trusts_are_named_and_nothing_of_them_is_imported(models_folder: ModelsFolder) -> None:
    content = with_own_code(models_folder)
    with pytest.raises(LoadFailed) as raised:
        load(models_folder, content)
    assert str(raised.value) == (
        f"{models_folder.path / 'm/model.skops'}: it holds types that nobody has said to trust: owncode.Twice,"
        " owncode.thrice. If you know what they do, add them to card.yaml: `trusted: [owncode.Twice, owncode.thrice]`."
    )
    assert not (models_folder.path / "m/code/trace").exists()


def test_what_the_card_trusts_is_read(models_folder: ModelsFolder) -> None:
    model = load(models_folder, with_own_code(models_folder), trusted=["owncode.Twice", "owncode.thrice"])
    assert model.estimator[:-1].transform(ROWS)["a"].tolist() == [6, 12, 18, 24]
    assert "owncode" not in sys.modules


def test_only_what_the_card_does_not_trust_is_named(models_folder: ModelsFolder) -> None:
    content = with_own_code(models_folder)
    with pytest.raises(NotTrusted, match=r"nobody has said to trust: owncode\.thrice\."):
        read(content, trusted=["owncode.Twice", "another.Thing"])


def test_a_trusted_type_that_cannot_be_imported_is_named(models_folder: ModelsFolder) -> None:
    content = with_own_code(models_folder)
    with pytest.raises(ArtifactError, match="it needs the module 'owncode', which cannot be imported"):
        read(content, trusted=["owncode.Twice", "owncode.thrice"])


class Dangerous(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Would do harm where it is made from a file."""

    def __setstate__(self, state: Any) -> None:  # noqa: D105  # the class says it
        raise AssertionError("it was made")


def test_an_untrusted_type_of_a_module_that_is_there_is_not_made() -> None:
    with pytest.raises(NotTrusted, match="Dangerous"):
        read(skops.io.dumps(Dangerous()))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a file of skops"])
def test_a_file_of_something_else_is_refused(content: bytes) -> None:
    with pytest.raises(ArtifactError, match=r"it cannot be read: .*no skops file: save it again with skops\.io\.dump"):
        read(content)


def test_a_file_that_was_cut_is_refused() -> None:
    whole = skops.io.dumps(LinearRegression().fit(ROWS, [1.0, 2.0, 3.0, 4.0]))
    for share in (0.1, 0.5, 0.9, 0.999):
        with pytest.raises(ArtifactError, match="it cannot be read: "):
            read(whole[: int(share * len(whole))])


def test_without_skops_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skops", None)
    monkeypatch.delitem(sys.modules, "skops.io")
    with pytest.raises(ArtifactError) as raised:
        read(b"")
    assert str(raised.value) == (
        "m/model.skops: skops is needed to read it, and is not installed. Run where the server runs: pip install skops."
    )
