"""Loads one version of one model by its name, and leaves all others alone."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from inference.info import Limits
from inference.loader import Only, load_models
from inference.model import LoadedModel
from inference.trust import TRUST, Trust

_UNLIMITED: Final = Limits(max_rows=sys.maxsize, deadline_seconds=10.0**9)
"""Limits are for callers who share a server."""


def load_one(path: Path, name: str, version: str | None = None, trust: Trust = TRUST) -> LoadedModel:
    """Load one version of a model, the default one where none is named, without limits to a call.

    Raises LoadFailed where it cannot be loaded, and ModelNotFound.
    """
    (loaded,) = load_models(path, _UNLIMITED, only=Only(name, version), trust=trust).loaded
    serving = replace(loaded.serving, limits=_UNLIMITED)
    return replace(loaded, info=replace(loaded.info, serving=serving), serving=serving)
