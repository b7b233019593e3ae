"""Several versions of a model answer one GraphQL field, so they must take and answer alike."""

from __future__ import annotations

from pathlib import Path

from inference.errors import LayoutError
from inference.model import LoadedModel
from inference.outputs.output import Label


def check_agreement(default: LoadedModel, other: LoadedModel, where: Path) -> None:
    """Check that a version can be called with what the default version takes, and answers in its types.

    Outputs that only one of them has are no disagreement: who asks a version for what it cannot give is told so.
    Raises LayoutError naming the first difference.
    """
    difference = _input_difference(default, other) or _label_difference(default, other)
    if difference:
        raise LayoutError(
            where,
            f"it does not fit version {default.info.version}, which serves by default: {difference}",
            "Give it a model folder of its own, or train it on the same features and classes",
        )


def _input_difference(default: LoadedModel, other: LoadedModel) -> str | None:
    ours = {feature.source: feature for feature in default.signature.features}
    theirs = {feature.source: feature for feature in other.signature.features}
    if ours.keys() != theirs.keys():
        names = ", ".join(sorted(ours.keys() ^ theirs.keys()))
        return f"only one of them has the features {names}"
    for name, feature in ours.items():
        if (feature.type, feature.length) != (theirs[name].type, theirs[name].length):
            return f"the feature {name!r} is {feature.type} there and {theirs[name].type} here"
    return None


def _label_difference(default: LoadedModel, other: LoadedModel) -> str | None:
    if default.serving.task != other.serving.task:
        return f"its task is {default.serving.task} there and {other.serving.task} here"
    ours, theirs = default.serving.label, other.serving.label
    if not isinstance(ours, Label) or not isinstance(theirs, Label) or ours.open:
        return None
    unknown = set(theirs.values) - set(ours.values)
    return f"it has classes that are not there: {', '.join(map(str, sorted(unknown, key=str)))}" if unknown else None
