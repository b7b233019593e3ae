"""The rows of a sample as a caller would send them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.card import FeatureType
from inference.signature.feature import Container
from inference.signature.feature_type import as_type

if TYPE_CHECKING:
    import pandas as pd

    from inference.signature.feature import Signature


def sample_columns(signature: Signature, sample: pd.DataFrame) -> list[list[object]]:
    """Turn a sample that fits the signature into columns of plain values, as `to_container` takes them."""
    if signature.container in {Container.FRAME, Container.DICTIONARIES, Container.LABEL_SETS}:
        sample = sample[list(signature.column_names)]
    if signature.features[0].type is FeatureType.VECTOR:
        return [[*sample.to_numpy(dtype=float).tolist()]]
    return [
        [as_type(value, feature.type) for value in sample.iloc[:, position].tolist()]
        for position, feature in enumerate(signature.features)
    ]
