"""Columns of plain Python values, laid out as the estimator was given its training data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from inference.card import FeatureType
from inference.signature.dates import date_column
from inference.signature.feature import Container, Storage
from inference.signature.strings import STRING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.signature.feature import Feature, Signature


def to_container(signature: Signature, columns: Sequence[Sequence[object]]) -> Any:
    """Lay out `columns[i]`, the values of feature i for all rows, as the signature's container.

    Values are float, int, bool or str, lists of floats for a vector, None where missing; all columns have one length.
    A frame has the dtypes that pandas reads from a CSV file, missing is NaN. Rows must have passed `check_rows`.
    """
    if signature.container in {Container.TEXTS, Container.LABELS}:
        return list(columns[0])
    if signature.container is Container.LABEL_SETS:
        return _label_sets(signature, columns)
    if signature.container is Container.DICTIONARIES:
        return _dictionaries(signature, columns)
    if signature.features[0].type is FeatureType.VECTOR:
        return _vectors(signature, columns[0])
    if signature.container is Container.ARRAY:
        return _array(signature, columns)
    return _frame(signature, columns)


def _dictionaries(signature: Signature, columns: Sequence[Sequence[object]]) -> list[dict[str, object]]:
    keys = signature.column_names
    rows = zip(*columns, strict=True)
    return [{key: value for key, value in zip(keys, row, strict=True) if value is not None} for row in rows]


def _label_sets(signature: Signature, columns: Sequence[Sequence[object]]) -> list[tuple[object, ...]]:
    rows = zip(*columns, strict=True)
    return [tuple(label for label, is_there in zip(signature.labels, row, strict=True) if is_there) for row in rows]


def _vectors(signature: Signature, rows: Sequence[object]) -> Any:
    length = signature.features[0].length or 0
    matrix = np.array(rows, dtype=np.float64).reshape(len(rows), length)
    if signature.container is Container.ARRAY:
        return matrix
    return pd.DataFrame(np.asfortranarray(matrix), columns=list(signature.column_names), copy=False)


def _frame(signature: Signature, columns: Sequence[Sequence[object]]) -> pd.DataFrame:
    names = list(signature.column_names)
    stored = [feature.stored for feature in signature.features]
    if all(storage is Storage.FLOAT for storage in stored):
        # One block for all columns, as in a frame that was read from a file: twice as fast, and the same layout.
        return pd.DataFrame(np.array(columns, dtype=np.float64).T, columns=names, copy=False)
    arrays = {
        feature.source: _categorical(values, feature)
        if feature.stored is Storage.CATEGORY
        else _column(values, feature.stored)
        for values, feature in zip(columns, signature.features, strict=True)
    }
    return pd.DataFrame(arrays, copy=False)


def _column(values: Any, storage: Storage) -> Any:
    if storage is Storage.FLOAT:
        return np.array(values, dtype=np.float64)
    if storage is Storage.DATE:
        return date_column(values)
    if storage is Storage.STRING:
        return pd.array(values, dtype=STRING)
    if None in values:
        return np.array(values, dtype=np.float64) if storage is Storage.INTEGER else _objects(values)
    return np.array(values, dtype=np.int64 if storage is Storage.INTEGER else np.bool_)


def _categorical(values: Sequence[object], feature: Feature) -> pd.Categorical:
    # What was never seen stays itself: what becomes of it is for the model to say.
    present = (value for value in values if value is not None)
    categories = pd.Index([*dict.fromkeys([*feature.categories, *present])], dtype=object)
    strings = all(isinstance(category, str) for category in categories)
    return pd.Categorical(
        _objects(values), categories=categories.astype(STRING) if strings else categories.infer_objects()
    )


def _objects(values: Sequence[object]) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = [np.nan if value is None else value for value in values]
    return column


def _array(signature: Signature, columns: Sequence[Sequence[object]]) -> np.ndarray:
    if any(feature.stored is Storage.STRING for feature in signature.features):
        matrix = np.empty((len(columns[0]), len(columns)), dtype=object)
        for position, values in enumerate(columns):
            matrix[:, position] = _objects(values)
        return matrix
    # Row by row in memory, as arrays are made: sums may differ in their last bit in another order.
    return np.ascontiguousarray(np.array(columns, dtype=np.float64).T)
