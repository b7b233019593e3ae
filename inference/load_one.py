"""Loads one version of one model by its name, and leaves all others alone."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from inference.artifact import WarningLog
from inference.errors import LoadFailed, ModelError, ModelNotFound
from inference.info import Limits
from inference.loader import versions_of
from inference.loading import Version, load
from inference.model import LoadedModel
from inference.repository import find_models

_UNLIMITED: Final = Limits(max_rows=sys.maxsize, deadline_seconds=10.0**9)
"""Limits are for callers who share a server."""


def load_one(path: Path, name: str, version: str | None = None) -> LoadedModel:
    """Load one version of a model, the default one where none is named, without limits to a call.

    Raises LoadFailed where it cannot be loaded, and ModelNotFound.
    """
    try:
        chosen = _find(path, name, version)
        log = WarningLog()
        with log.listening():
            loaded = load(chosen, _UNLIMITED, log)
    except ModelError as error:
        raise LoadFailed([error]) from error
    serving = replace(loaded.serving, limits=_UNLIMITED)
    return replace(loaded, info=replace(loaded.info, default=True, serving=serving), serving=serving)


def _find(path: Path, name: str, version: str | None) -> Version:
    found = find_models(path)
    failed = dict(found.errors)
    if name in failed:
        raise failed[name]
    model = next((one for one in found.models if one.name == name), None)
    if model is None:
        raise ModelNotFound(name, [*(one.name for one in found.models), *failed])
    versions = {one.files.version: one for one in versions_of(model)}
    if version is None:
        return next(one for one in versions.values() if one.default)
    if version not in versions:
        raise ModelNotFound(name, versions, version)
    return versions[version]
