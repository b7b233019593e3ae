"""What a proof depends on: another model, rows, library, processor or version of this code may answer otherwise."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any, Final

import pandas as pd
import threadpoolctl

from inference.libraries import PYTHON, running
from inference.signature.feature import Signature

_LIBRARIES: Final = (
    PYTHON, "predictql", "numpy", "scipy", "pandas", "scikit-learn", "lightgbm", "xgboost", "catboost",
    "imbalanced-learn", "onnx", "onnxruntime", "skl2onnx",
)  # fmt: skip
"""All that may take part in an answer, whether installed or not."""


@dataclass(frozen=True)
class Identity:
    """Names what is found out of a model."""

    sha256: str
    """Of the artifact."""
    signature: Signature
    sample: pd.DataFrame | None
    methods: Collection[str]

    def key(self, *parts: object) -> str:
        """Return the name of something that was made of the model; `parts` say what."""
        return hashlib.sha256(repr((*parts, self._model, self._surroundings)).encode()).hexdigest()

    @cached_property
    def _model(self) -> tuple[object, ...]:
        rows = "" if self.sample is None else hashlib.sha256(self.sample.to_csv().encode()).hexdigest()
        return self.sha256, self.signature, sorted(self.methods), rows

    @cached_property
    def _surroundings(self) -> tuple[object, ...]:
        versions = [(name, running(name)) for name in _LIBRARIES]
        return versions, _own_code(), platform.machine(), _kernels()


def _own_code() -> str:
    """Return a digest of this package: what another version of it proved says nothing of this one."""
    digest = hashlib.sha256()
    folders = [files("inference.engines")]
    while folders:
        for entry in sorted(folders.pop().iterdir(), key=lambda one: one.name):
            if entry.is_dir():
                folders.append(entry)
            elif entry.name.endswith(".py"):
                digest.update(entry.read_bytes())
    return digest.hexdigest()


def _kernels() -> list[tuple[Any, ...]]:
    """Return what computes products: which code a library of numbers runs is chosen by the processor, at the start."""
    told = ("internal_api", "version", "architecture", "threading_layer", "num_threads")
    return sorted(tuple(str(one.get(name)) for name in told) for one in threadpoolctl.threadpool_info())
