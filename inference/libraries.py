"""The libraries that a model needs: which versions run, which it was trained with, and a warning where they differ."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import metadata
from typing import Any, Final

from inference.info import LibraryVersion

PYTHON: Final = "python"
_ALWAYS: Final = (PYTHON, "numpy", "pandas", "scikit-learn")
_NOT_THERE: Final = "not installed"


def with_training(libraries: Sequence[LibraryVersion], said: Mapping[str, str]) -> tuple[LibraryVersion, ...]:
    """Complete what an artifact says of its libraries with what its card says; the artifact's own word is first."""
    known = {one.name: replace(one, trained_with=one.trained_with or said.get(one.name)) for one in libraries}
    others = {name: LibraryVersion(name, running(name), version) for name, version in said.items() if name not in known}
    return (*known.values(), *others.values())


def running(name: str) -> str:
    """Return the version of a package that is installed here."""
    if name == PYTHON:
        return platform.python_version()
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return _NOT_THERE


def mismatches(libraries: Sequence[LibraryVersion]) -> Iterator[str]:
    """Warn of libraries that run in another version than in training; only scikit-learn's last number counts."""
    for one in libraries:
        if one.trained_with and _release(one.name, one.trained_with) != _release(one.name, one.running):
            yield (
                f"it was trained with {one.name} {one.trained_with}, and {one.running} is running: its answers may"
                f" differ. Train it again, or install {one.name} {one.trained_with}."
            )


def _release(name: str, version: str) -> str:
    return version if name == "scikit-learn" else ".".join(version.split(".")[:2])


def installed_for(estimator: Any, trained_with: Sequence[LibraryVersion]) -> dict[str, str]:
    """Return the versions that a card is to record: those that run, or that the artifact itself says."""
    versions = {name: running(name) for name in (*_ALWAYS, *sorted(_packages(estimator)))}
    own = {one.name: one.trained_with for one in trained_with if one.trained_with}
    return {name: version for name, version in (versions | own).items() if version != _NOT_THERE}


def _packages(estimator: Any) -> set[str]:
    """Return the packages that an estimator and its steps come from."""
    steps = estimator.get_params(deep=True).values() if hasattr(estimator, "get_params") else ()
    tops = {type(one).__module__.partition(".")[0] for one in (estimator, *steps) if hasattr(one, "get_params")}
    by_module = metadata.packages_distributions()
    return {by_module[top][0] for top in tops if top in by_module}
