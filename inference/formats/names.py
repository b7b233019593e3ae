"""The names of the formats, for those who must know them without the libraries that read them."""

from __future__ import annotations

from typing import Final

FORMAT_NAMES: Final = ("joblib", "pickle", "skops", "onnx", "mlflow")
"""In the order of `known.FORMATS`."""
