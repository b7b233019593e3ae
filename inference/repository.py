"""From a path to the models and versions below it: which files belong to which. Reads no artifact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from inference.errors import LayoutError, ModelError
from inference.formats.known import artifact_names, format_of, is_artifact
from inference.trust import check_inside

CODE = "code"
"""The folder with a model's own modules."""


@dataclass(frozen=True, slots=True)
class VersionFiles:
    """The files of one version of a model."""

    model: str
    version: str
    artifact: Path
    cards: tuple[Path, ...]
    """The model's card, then the version's own, whose keys win."""
    sample: Path | None
    code: Path | None
    root: Path
    """What was named to be served; nothing outside this folder is followed."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The files of one model: its versions, oldest first."""

    name: str
    versions: tuple[VersionFiles, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a models folder holds."""

    models: tuple[ModelFiles, ...]
    errors: tuple[tuple[str, ModelError], ...]
    """What looks like a model and cannot be one: its name, and why."""


def find_models(path: Path) -> Found:
    """Find the models at a path: a folder of models, one model's folder, or one artifact.

    Raises LayoutError where there is nothing to serve.
    """
    if path.is_file():
        # `model.joblib` is no name: its folder is the model, with the card and the sample that lie there.
        root = path.parent
        return Found((_folder(root, root) if is_artifact(path) else _bare_file(path, root),), ())
    if not path.is_dir():
        raise LayoutError(path, "there is no such folder or artifact", "Name a folder of models, or one artifact")
    entries = [path] if _is_one_model(path) else sorted(_visible(path))
    models: list[ModelFiles] = []
    errors: list[tuple[str, ModelError]] = []
    for entry in entries:
        try:
            if entry.is_dir():
                models.append(_folder(entry, path))
            elif format_of(entry):
                models.append(_bare_file(entry, path))
        except ModelError as error:
            errors.append((entry.name if entry.is_dir() else entry.stem, error))
    models, twice = _first_of_each_name(models)
    errors += twice
    if not models and not errors:
        raise LayoutError(
            path,
            "there is no model in it",
            f"Put one into {path / 'NAME'}/ as one of {artifact_names()}, or run: predictql demo {path}",
        )
    return Found(tuple(models), tuple(errors))


def _bare_file(artifact: Path, root: Path) -> ModelFiles:
    if format_of(artifact) is None:
        suffixes = artifact_names().replace("model", "")
        raise LayoutError(artifact, f"it is no artifact of a known format ({suffixes})", "Save it with joblib.dump")
    if is_artifact(artifact):
        mend = "Name the file as the model, or move it into a folder of that name"
        raise LayoutError(artifact, "its name does not say which model it is", mend)
    return ModelFiles(artifact.stem, (VersionFiles(artifact.stem, "1", artifact, (), None, None, root),))


def _folder(folder: Path, root: Path) -> ModelFiles:
    check_inside(folder, root)
    name = folder.name if folder.name not in {"", ".."} else folder.resolve().name  # `.` and `..` name no model
    artifacts = _artifacts(folder)
    if artifacts:
        _check_no_version_beside(artifacts[0])
        return ModelFiles(name, (_version(folder, name, "1", root),))
    versions = [entry for entry in _visible(folder) if entry.is_dir() and entry.name != CODE]
    if not versions:
        raise _no_artifact(folder)
    _check_version_names(folder, versions)
    for version in versions:
        check_inside(version, root)
    versions.sort(key=lambda entry: int(entry.name))
    return ModelFiles(name, tuple(_version(v, name, v.name, root, shared=folder) for v in versions))


def _version(folder: Path, model: str, version: str, root: Path, *, shared: Path | None = None) -> VersionFiles:
    """Collect one version's files; what `shared`, the model's folder, holds serves all its versions."""
    artifacts = _artifacts(folder)
    if not artifacts:
        raise _no_artifact(folder)
    if len(artifacts) > 1:
        names = " and ".join(artifact.name for artifact in artifacts)
        raise LayoutError(folder, f"it holds {names}, and only one can be served", "Remove the others")
    own_first = [folder] if shared is None else [folder, shared]
    return VersionFiles(
        model=model,
        version=version,
        artifact=artifacts[0],
        cards=tuple(path / "card.yaml" for path in reversed(own_first) if (path / "card.yaml").exists()),
        sample=next(filter(None, map(_sample, own_first)), None),
        code=_first(path / CODE for path in own_first),
        root=root,
    )


def _sample(folder: Path) -> Path | None:
    there = [path for path in (folder / "sample.csv", folder / "sample.parquet") if path.exists()]
    if len(there) > 1:
        raise LayoutError(folder, "it holds sample.csv and sample.parquet", "Remove one of them")
    return there[0] if there else None


def _check_no_version_beside(artifact: Path) -> None:
    versions = sorted(e.name for e in _visible(artifact.parent) if e.is_dir() and e.name.isascii() and e.name.isdigit())
    if versions:
        raise LayoutError(
            artifact.parent,
            f"it holds {artifact.name} beside the version {versions[0]}",
            f"Move {artifact.name} into a version folder of its own, or remove one of them",
        )


def _check_version_names(folder: Path, versions: list[Path]) -> None:
    seen: dict[int, Path] = {}
    for entry in versions:
        if not (entry.name.isascii() and entry.name.isdigit()):
            raise LayoutError(
                entry,
                f"{entry.name!r} is no version, and {folder.name!r} has no artifact of its own",
                f"Name version folders with whole numbers ({folder.name}/1, {folder.name}/2), or put one of"
                f" {artifact_names()} into {folder}",
            )
        if int(entry.name) in seen:
            other = seen[int(entry.name)].name
            raise LayoutError(folder, f"{other!r} and {entry.name!r} are the same version", "Remove one of them")
        seen[int(entry.name)] = entry


def _no_artifact(folder: Path) -> LayoutError:
    misnamed = sorted(entry.name for entry in _visible(folder) if entry.is_file() and format_of(entry))
    if misnamed:
        suffix = Path(misnamed[0]).suffix
        return LayoutError(folder, f"it holds {misnamed[0]}, but no model{suffix}", f"Rename it to model{suffix}")
    unknown = sorted(entry.name for entry in _visible(folder) if entry.stem == "model" and entry.is_file())
    if unknown:
        return LayoutError(
            folder, f"{unknown[0]} is of a format that is not served", f"Save the model as one of {artifact_names()}"
        )
    return LayoutError(folder, "it holds no artifact", f"Put one of {artifact_names()} into it, or remove the folder")


def _artifacts(folder: Path) -> list[Path]:
    artifacts = sorted(entry for entry in _visible(folder) if entry.is_file() and is_artifact(entry))
    # An artifact with a name of its own says itself what belongs to the files beside it.
    return [entry for entry in artifacts if entry.stem != "model"] or artifacts


def _is_one_model(folder: Path) -> bool:
    """Tell a model's own folder, with a card, an artifact or versions, from a folder of models.

    A folder of models may hold a model that is named with a number.
    """
    if (folder / "card.yaml").exists() or any(entry.stem != "model" for entry in _artifacts(folder)):
        return True
    folders = [entry for entry in _visible(folder) if entry.is_dir() and entry.name != CODE]
    if not folders:
        return bool(_artifacts(folder))
    files = [entry for entry in _visible(folder) if format_of(entry)]
    return not files and all(entry.name.isascii() and entry.name.isdigit() for entry in folders)


def _visible(folder: Path) -> Iterator[Path]:
    return (entry for entry in folder.iterdir() if not entry.name.startswith((".", "__")))


def _first(paths: Iterable[Path]) -> Path | None:
    return next((path for path in paths if path.exists()), None)


def _first_of_each_name(models: list[ModelFiles]) -> tuple[list[ModelFiles], list[tuple[str, ModelError]]]:
    """Return the models without those whose name is taken, and an error for each of these."""
    taken: dict[str, ModelFiles] = {}
    errors: list[tuple[str, ModelError]] = []
    for model in models:
        first = taken.setdefault(model.name, model)
        if first is not model:
            where = model.versions[0].artifact
            why = f"the model {model.name!r} is also in {first.versions[0].artifact}"
            errors.append((model.name, LayoutError(where, why, "Rename or remove one of them")))
    return list(taken.values()), errors
