"""A clusterer whose numbers of clusters do not always fit GraphQL's Int."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.cluster import KMeans

FAR = (1.0, 5.0)
"""Rows whose first feature is between these belong to clusters of more than 32 bits."""


class FarGroups(KMeans):  # type: ignore[misc]  # scikit-learn ships no types
    """Counts the clusters of far rows from 2**40."""

    def predict(self, x: Any) -> Any:
        """Return the cluster of each row."""
        clusters = super().predict(x).astype(np.int64)
        first = np.asarray(x)[:, 0]
        return clusters + np.where((first > FAR[0]) & (first < FAR[1]), 2**40, 0)
