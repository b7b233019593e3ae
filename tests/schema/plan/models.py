"""Small quick models that together have every kind of input and output."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import yaml
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.schema.plan.far import FarGroups

_ROWS = 24


def save_models(folder: Path) -> Path:
    """Fit the models and save them below a folder."""
    random = np.random.default_rng(0)
    numbers = pd.DataFrame(random.normal(size=(_ROWS, 2)), columns=["left side", "right"])
    species = np.array(["setosa", "Ibis ärgert", "from"])[np.arange(_ROWS) % 3]
    limits = {"features": {"right": {"min": -5, "max": 5}}, "classes": {"setosa": {"description": 'a "bristle"'}}}
    for version, seed in (("1", 1), ("2", 2)):
        classifier = LogisticRegression(C=seed).fit(numbers, species)
        _save(folder / "flower" / version, classifier, numbers, limits)
    _save(folder / "sign", LogisticRegression().fit(numbers, numbers["right"] > 0), numbers)
    _save(folder / "digit", GaussianNB().fit(numbers.to_numpy(), np.arange(_ROWS) % 3), None)
    default = {"features": {"right": {"default": 1.5}}}
    _save(folder / "line", LinearRegression().fit(numbers, 3 * numbers["right"]), numbers, default)
    _save(folder / "spots", DecisionTreeRegressor(max_depth=3).fit(numbers.to_numpy(), numbers["right"]), None)
    _save(folder / "plane", LinearRegression().fit(numbers, numbers * 2), numbers)
    _save(folder / "groups", KMeans(3, n_init=1, random_state=0).fit(numbers), numbers)
    _save(folder / "far", FarGroups(3, n_init=1, random_state=0).fit(numbers), numbers)
    _save(folder / "near", NearestNeighbors(n_neighbors=3).fit(numbers), numbers)
    _save(folder / "scaled", StandardScaler().fit(numbers), numbers)
    _save(folder / "echo", StandardScaler(with_mean=False, with_std=False).fit(numbers), numbers)
    labels = np.column_stack([numbers["right"] > 0, numbers["left side"] > 0]).astype(int)
    _save(folder / "tags", DecisionTreeClassifier(max_depth=2).fit(numbers, labels), numbers)
    targets = np.column_stack([species, np.array(["low", "high"])[np.arange(_ROWS) % 2]])
    several = MultiOutputClassifier(DecisionTreeClassifier(max_depth=2)).fit(numbers, targets)
    _save(folder / "pair", several, numbers, {"outputs": [{"name": "kind"}, {"name": "height"}]})
    _save_shops(folder, random)
    words = pd.DataFrame({"text": ["good fine", "bad", "very good", "so bad", "fine", "awful"] * 4})
    opinion = make_pipeline(CountVectorizer(), MultinomialNB()).fit(words["text"], ["+", "-"] * 12)
    _save(folder / "opinion", opinion, words)
    return folder


def _save_shops(folder: Path, random: np.random.Generator) -> None:
    """Save models of categories that are open and closed, of missing values, defaults and whole numbers."""
    visits = pd.DataFrame(
        {
            "city": ["Bonn", "Kiel", "Ulm"] * (_ROWS // 3),
            "minutes": np.arange(_ROWS),
            "member": [True, False] * (_ROWS // 2),
            "spent": random.uniform(0, 50, _ROWS),
        }
    )
    for name, unknown, card in (
        ("shop", "error", {"features": {"minutes": {"default": 7, "min": 0}, "spent": {"default": 2.5}}}),
        ("market", "ignore", {"features": {"city": {"default": "Kiel"}}}),
    ):
        encoder = make_column_transformer((OneHotEncoder(handle_unknown=unknown), ["city"]), remainder="passthrough")
        model = make_pipeline(encoder, DecisionTreeRegressor(max_depth=3)).fit(visits, visits["spent"])
        _save(folder / name, model, visits, card)
    gaps = visits[["minutes", "spent"]].astype(float)
    gaps.loc[3, "spent"] = np.nan
    _save(folder / "gaps", DecisionTreeRegressor(max_depth=3).fit(gaps, gaps["minutes"]), gaps)


def _save(folder: Path, estimator: Any, sample: pd.DataFrame | None, card: dict[str, Any] | None = None) -> None:
    folder.mkdir(parents=True)
    joblib.dump(estimator, folder / "model.joblib")
    if sample is not None:
        sample.to_csv(folder / "sample.csv", index=False)
    if card:
        (folder / "card.yaml").write_text(yaml.safe_dump(card, allow_unicode=True), encoding="utf-8")
