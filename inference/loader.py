"""Loads all models below a path, side by side."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from inference.artifact import WarningLog
from inference.card import Card
from inference.cards import read_card
from inference.engines.options import NATIVE, EngineOptions
from inference.errors import ArtifactError, CardError, LoadFailed, ModelError, ModelNotFound
from inference.info import Limits, ModelInfo
from inference.loading import Version, card_path, load
from inference.model import LoadedModel, ModelKey
from inference.repository import Found, ModelFiles, find_models
from inference.side_by_side import side_by_side
from inference.trust import TRUST, Trust, check_files
from inference.versions import agreed

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Models:
    """All that was found below a path."""

    loaded: tuple[LoadedModel, ...]
    """Every version that can be called, by model name, oldest version first."""
    failed: tuple[ModelInfo, ...]
    """Every version that cannot, with its error."""


@dataclass(frozen=True, slots=True)
class Only:
    """The one version that is to be loaded."""

    name: str
    version: str | None = None
    """None for the default one."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """A model or version that cannot be served."""

    name: str
    version: Version | None
    error: ModelError

    def info(self, served: Container[str]) -> ModelInfo:
        """Say what is known of it. `served` are the models of which another version answers by default."""
        if self.version is not None:
            info = self.version.info(None, str(self.error))
            return replace(info, default=info.default and self.name not in served)
        default = self.name not in served
        return ModelInfo(self.name, "", (), default=default, card=Card(), serving=None, error=str(self.error))


def load_models(  # noqa: PLR0913  # each is one thing that an operator says
    path: Path,
    limits: Limits,
    *,
    keep_going: bool = False,
    only: Only | None = None,
    trust: Trust = TRUST,
    engines: EngineOptions = NATIVE,
) -> Models:
    """Load every version of every model below a path, or only one version of one.

    What is kept of engines and was not used for long is removed then.

    Raises LoadFailed, with the error of each model that cannot be served; with `keep_going` only where none can.
    Raises ModelNotFound where the only one that is wanted is not there.
    """
    try:
        found = find_models(path)
    except ModelError as error:
        raise LoadFailed([error]) from error
    if only:
        found = _with_name(found, only.name)
    failures = [_Failure(name, None, error) for name, error in found.errors]
    versions = list(_versions(found.models, trust, failures))
    if only and versions:
        versions = [_chosen(versions, only)]
    log = WarningLog()
    with log.listening():
        loaded = _load_all(
            versions, lambda version: load(version, _limits(version.card, limits), trust, log, engines), failures
        )
    if engines.cache:
        engines.cache.prune()
    loaded = _agreeing(_with_defaults(loaded), versions, failures)
    if failures and not (keep_going and loaded):
        raise LoadFailed([failure.error for failure in failures])
    served = {model.info.name for model in loaded}
    return Models(tuple(loaded), tuple(failure.info(served) for failure in failures))


def _with_name(found: Found, name: str) -> Found:
    models = tuple(model for model in found.models if model.name == name)
    errors = tuple((failed, error) for failed, error in found.errors if failed == name)
    if not models and not errors:
        raise ModelNotFound(name, [*(model.name for model in found.models), *(failed for failed, _ in found.errors)])
    return Found(models, errors)


def _chosen(versions: Sequence[Version], only: Only) -> Version:
    wanted = (one for one in versions if (one.default if only.version is None else one.files.version == only.version))
    chosen = next(wanted, None)
    if chosen is None:
        raise ModelNotFound(only.name, [one.files.version for one in versions], only.version)
    return chosen


def _versions(models: Iterable[ModelFiles], trust: Trust, failures: list[_Failure]) -> Iterator[Version]:
    for model in models:
        try:
            yield from _versions_of(model, trust)
        except ModelError as error:
            failures.append(_Failure(model.name, None, error))


def _versions_of(model: ModelFiles, trust: Trust) -> Iterator[Version]:
    for files in model.versions:
        check_files(files.cards, files.root, trust)
    cards = [read_card(files.cards) for files in model.versions]
    names = tuple(files.version for files in model.versions)
    default = _default(cards[-1], names, card_path(model.versions[-1]))
    for files, card in zip(model.versions, cards, strict=True):
        yield Version(files, card, names, default=files.version == default)


def _default(card: Card, names: tuple[str, ...], path: Path) -> str:
    if card.default is None:
        return names[-1]
    if card.default not in names:
        raise CardError(path, f"default: there is no version {card.default}", f"Its versions are {', '.join(names)}")
    return card.default


def _load_all(
    versions: list[Version], load_version: Callable[[Version], LoadedModel], failures: list[_Failure]
) -> list[LoadedModel]:
    """Load side by side; those with a code folder change the import path, and so go one after the other.

    None is loaded in this thread, to which the threads of OpenMP would belong ever after.
    """

    def attempt(version: Version) -> LoadedModel | _Failure:
        try:
            return load_version(version)
        except ModelError as error:
            return _Failure(version.files.model, version, error)
        except Exception as error:  # noqa: BLE001  # whatever a model does while it loads, the others are served
            return _Failure(version.files.model, version, _unforeseen(error, version.files.artifact))

    results: dict[ModelKey, LoadedModel | _Failure] = {}
    for own_code, most in ((True, 1), (False, os.cpu_count())):
        chosen = [version for version in versions if bool(version.files.code) == own_code]
        attempts = side_by_side(attempt, chosen, most or 1, "load")
        results |= zip((version.key for version in chosen), attempts, strict=True)
    in_order = [results[version.key] for version in versions]
    failures += [result for result in in_order if isinstance(result, _Failure)]
    return [result for result in in_order if isinstance(result, LoadedModel)]


def _limits(card: Card, limits: Limits) -> Limits:
    """Return the card's limits, and the server's where the card sets none."""
    own = card.limits
    return Limits(
        max_rows=own.max_rows or limits.max_rows,
        deadline_seconds=own.deadline_ms / 1000 if own.deadline_ms else limits.deadline_seconds,
        max_queued_rows=own.max_queued_rows or limits.max_queued_rows,
    )


def _unforeseen(error: Exception, artifact: Path) -> ModelError:
    logger.debug("%s: raised while it was loaded", artifact, exc_info=error)
    return ArtifactError(
        artifact,
        f"it raised {type(error).__name__} while it was loaded: {error}",
        "Start with --log-level debug to see where",
    )


def _with_defaults(loaded: list[LoadedModel]) -> list[LoadedModel]:
    """Let a model's newest version that could be loaded serve by default where the chosen one could not."""
    have = {model.info.name for model in loaded if model.info.default}
    newest = {model.info.name: model for model in loaded if model.info.name not in have}
    return [
        replace(model, info=replace(model.info, default=True)) if model is newest.get(model.info.name) else model
        for model in loaded
    ]


def _agreeing(loaded: list[LoadedModel], versions: list[Version], failures: list[_Failure]) -> list[LoadedModel]:
    """Set apart the versions that do not fit their model's default."""
    defaults = {model.info.name: model for model in loaded if model.info.default}
    by_key = {version.key: version for version in versions}
    fitting: list[LoadedModel] = []
    for model in loaded:
        version = by_key[model.key]
        try:
            fitting.append(agreed(defaults[model.info.name], model, version.files.artifact))
        except ModelError as error:
            failures.append(_Failure(model.info.name, version, error))
    return fitting
