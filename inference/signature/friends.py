"""What LightGBM, XGBoost and CatBoost keep of the columns that they were fitted on. None of them is imported here."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from inference.signature.from_sample import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inference.signature.feature import Category


def declared(estimator: Any, attribute: str) -> Any:
    """Return what an estimator says under a name of scikit-learn's, None where it says nothing."""
    if _library(estimator) != "catboost":
        return getattr(estimator, attribute, None)
    names = list(estimator.feature_names_ or ())
    if attribute == "n_features_in_":  # its own is 0
        return len(names) or None
    were_given = names != [str(position) for position in range(len(names))]
    return names if attribute == "feature_names_in_" and names and were_given else None


def pandas_categories(estimator: Any) -> Mapping[int, tuple[Category, ...]]:
    """Return the categories of each column that was a pandas categorical in training, by its position.

    None are returned for a column whose categories cannot be told.
    """
    booster = _booster(estimator)
    library = _library(booster)
    if library == "lightgbm":
        found = _lightgbm(booster)
    elif library == "xgboost":
        found = _xgboost(booster)
    else:
        return {}
    return {place: tuple(value for value in map(plain, values) if value is not None) for place, values in found.items()}


def untold_categories(estimator: Any) -> Sequence[int]:
    """Return the positions of the columns whose categories CatBoost takes and does not tell: it keeps hashes of them.

    It takes a whole number as the string that it is written as.
    """
    return estimator.get_cat_feature_indices() if _library(estimator) == "catboost" else ()


def texts(estimator: Any) -> Sequence[int]:
    """Return the positions of the columns that CatBoost splits into words by itself."""
    return estimator.get_text_feature_indices() if _library(estimator) == "catboost" else ()


def is_ranker(estimator: Any) -> bool:
    """Tell whether an estimator of these libraries scores rows to be ranked by; not all of them say what they are."""
    return _library(estimator) in {"lightgbm", "xgboost", "catboost"} and type(estimator).__name__.endswith("Ranker")


def _library(estimator: Any) -> str:
    return type(estimator).__module__.partition(".")[0]


def _booster(estimator: Any) -> Any:
    """Return the booster of LightGBM or XGBoost that answers, None where there is none."""
    library = _library(estimator)
    if library == "lightgbm":
        return getattr(estimator, "booster_", None)
    if library == "xgboost":
        return estimator.get_booster() if hasattr(estimator, "get_booster") else None
    return getattr(getattr(estimator, "booster", None), "raw", None)  # one that came without an estimator


def _lightgbm(booster: Any) -> Mapping[int, list[Any]]:
    categories = getattr(booster, "pandas_categorical", None) or []
    # It has another name once a file was read.
    places = booster.params.get("categorical_column") or booster.params.get("categorical_feature") or []
    # Columns of codes, which are named by the parameter categorical_feature, are not told apart from the others then.
    return dict(zip(places, categories, strict=True)) if len(places) == len(categories) else {}


def _xgboost(booster: Any) -> Mapping[int, list[Any]]:
    places = [place for place, kind in enumerate(booster.feature_types or ()) if kind == "c"]
    if not places:
        return {}
    model = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]
    encodings = model.get("model", model.get("gbtree", {}).get("model", {})).get("cats", {}).get("enc", [])
    return {place: _decoded(encodings[place]) if place < len(encodings) else [] for place in places}


def _decoded(encoding: Mapping[str, list[int]]) -> list[Any]:
    """Return a column's categories: numbers stand as they are, strings as bytes behind each other."""
    if "offsets" not in encoding:
        return list(encoding.get("values", ()))
    offsets, text = encoding["offsets"], bytes(byte % 256 for byte in encoding["values"])
    if not text.isascii():  # offsets are counted in characters then, and cut strings off
        return []
    return [text[start:stop].decode() for start, stop in pairwise(offsets)]
