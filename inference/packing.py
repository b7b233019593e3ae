"""Makes a model folder of an artifact and a sample: in a staging folder first, moved to its place when it is proved."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from inference.card import Task
from inference.errors import ArtifactError, LayoutError, LoadFailed, ModelError, TableError
from inference.formats.known import artifact_names, format_of
from inference.formats.mlflow import MLFLOW
from inference.load_one import load_one
from inference.measuring import Measured, measure, read_targets
from inference.model import LoadedModel
from inference.pack_card import version_card, whole_card
from inference.packed_sample import write_sample
from inference.repository import CODE
from inference.trust import TRUST, Trust

SAMPLE, CARD = "sample.csv", "card.yaml"
_IGNORED: Final = (".", "__")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackJob:
    """What is to be packed, and where."""

    artifact: Path
    name: str
    out: Path
    """The folder of models."""
    sample: Path | None = None
    target_columns: tuple[str, ...] = ()
    """The columns of the sample that are targets, in the order of training."""
    targets: Path | None = None
    """A file with the targets for each row of the sample, in their place."""
    code: Path | None = None
    task: Task | None = None
    trusted: tuple[str, ...] = ()
    """What a skops file may be made of besides what skops itself trusts."""
    version: str | None = None
    """The version that is added; None for a model without versions."""
    force: bool = False
    trust: Trust = TRUST

    @property
    def whole_folder(self) -> Path | None:
        """The folder that is all the artifact, where it is no single file: an MLflow folder."""
        return self.artifact.parent if format_of(self.artifact) is MLFLOW else None

    @property
    def folder(self) -> Path:
        """Where the model will be."""
        return self.out / self.name / (self.version or "")


@dataclass(frozen=True, slots=True)
class Packed:
    """A model folder that is complete, and not yet in its place."""

    folder: Path
    """The model's folder in the staging folder, with all its versions."""
    own: Path
    """What is new of it."""
    model: LoadedModel


@contextmanager
def packing(job: PackJob) -> Iterator[Packed]:
    """Pack a model and load it. At the end of the block, if that is reached, it is moved to its place.

    Raises LayoutError where it cannot be put there, ArtifactError, TableError, and LoadFailed where the result cannot
    be loaded: they name the files that were given, not their copies. Nothing is left of what was begun.
    """
    _check(job)
    job.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".packing-", dir=job.out) as staging:
        folder = Path(staging) / job.name
        own = folder / (job.version or "")
        try:
            _copy(job, folder, own)
            model = load_one(folder, job.name, job.version, job.trust)
            shared = job.version is not None and (folder / CARD).exists()
            measured = _measured(job, model)
            text = version_card(model, job.task, measured) if shared else whole_card(model, measured)
            (own / CARD).write_text(text, encoding="utf-8")
            model = load_one(folder, job.name, job.version, job.trust)
            yield Packed(folder, own, model)
        except LoadFailed as error:
            raise LoadFailed([_of_given(one, own, job, staging) for one in error.errors]) from error
        _move(own, job.folder, Path(staging))


def _check(job: PackJob) -> None:
    if Path(job.name).name != job.name or job.name.startswith(_IGNORED):
        raise LayoutError(
            job.out, f"{job.name!r} cannot be the name of a model", "Choose one without / and . before it"
        )
    if job.version is not None and not (job.version.isascii() and job.version.isdigit()):
        raise LayoutError(job.out / job.name, f"{job.version!r} is no version", "Take a whole number")
    if not job.artifact.is_file():
        raise ArtifactError(
            job.artifact, "there is no such file", "Name the file that joblib.dump wrote, or MLflow's folder"
        )
    if format_of(job.artifact) is None:
        raise ArtifactError(job.artifact, "its format is not served", f"Save it as one of {artifact_names()}")
    if job.folder.exists() and not job.force:
        raise LayoutError(job.folder, "it is there already", "Replace it, with its card, with --force")
    model = job.out / job.name
    beside = sorted(path.name for path in model.glob("model.*")) if job.version else []
    if beside:
        mend = f"Move {beside[0]} into {model / '1'}/ first, with its sample.csv"
        raise LayoutError(model, f"it holds {beside[0]}, so it has no versions", mend)


def _copy(job: PackJob, folder: Path, own: Path) -> None:
    """Put all but the card into the staging folder; other versions as hard links, which cost nothing."""
    if job.version and (job.out / job.name).is_dir():
        shutil.copytree(job.out / job.name, folder, copy_function=os.link, ignore=shutil.ignore_patterns(job.version))
    own.mkdir(parents=True, exist_ok=True)
    if job.whole_folder:
        shutil.copytree(job.whole_folder, own, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(job.artifact, own / f"model{job.artifact.suffix}")
    if job.sample:
        write_sample(job.sample, own / SAMPLE, job.target_columns)
    if job.code:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(job.code, own / CODE, ignore=ignored, dirs_exist_ok=bool(job.whole_folder))
    # A shared card may have the digest of another version.
    draft = {"sha256": _digest(job.artifact), "trusted": list(job.trusted), "task": job.task and str(job.task)}
    (own / CARD).write_text(yaml.safe_dump({key: value for key, value in draft.items() if value}), encoding="utf-8")


def _digest(artifact: Path) -> str:
    """Return the digest of the file that will be loaded."""
    format_ = format_of(artifact)
    path = format_.locate(artifact).path if format_ else artifact
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ArtifactError(path, f"it cannot be opened: {error.strerror}", "Make it a readable file") from error


def _measured(job: PackJob, model: LoadedModel) -> Measured | None:
    if job.sample is None or not (job.target_columns or job.targets):
        return None
    targets = read_targets(job.targets or job.sample, job.target_columns)
    try:
        return measure(model, job.sample, targets)
    except TableError:
        raise
    except Exception as error:  # a model may raise anything
        why = f"the model raised {type(error).__name__} when it was measured on it: {' '.join(str(error).split())}"
        raise TableError(
            job.sample, why, "Take out the rows that it cannot predict, or leave the targets out"
        ) from error


def _of_given(error: ModelError, own: Path, job: PackJob, staging: str) -> ModelError:
    """Return an error about the files that were given."""
    given = {str(own / f"model{job.artifact.suffix}"): str(job.artifact), str(own / SAMPLE): str(job.sample)}
    if job.whole_folder:
        given |= {str(own / CARD): str(job.folder / CARD), str(own): str(job.whole_folder)}
    given[staging] = str(job.out)
    where, why, mend = error.where, error.why, error.mend
    for copy, original in given.items():
        where, why, mend = (text.replace(copy, original) for text in (where, why, mend))
    return type(error)(where, why, mend)


def _move(own: Path, place: Path, staging: Path) -> None:
    place.parent.mkdir(exist_ok=True)
    if place.exists():
        place.rename(staging / "replaced")
    own.rename(place)
