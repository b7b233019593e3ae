"""Several versions of a model answer one GraphQL field, so they must take and answer alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from inference.errors import LayoutError
from inference.model import LoadedModel
from inference.outputs.output import Label, ListOf, Record, Scalar, ValueType


def agreed(default: LoadedModel, other: LoadedModel, where: Path) -> LoadedModel:
    """Return a version that can be called with what the default version takes, and answers in its types.

    An output that only one of them has is no disagreement: who asks a version for what it cannot give is told so. The
    same goes for an output that the default's type cannot hold, such as the probabilities of fewer classes: the version
    is returned without it. Raises LayoutError naming the first difference in what it takes or in its main output.
    """
    difference = (
        _input_difference(default, other) or _label_difference(default, other) or _main_difference(default, other)
    )
    if difference:
        raise LayoutError(
            where,
            f"it does not fit version {default.info.version}, which serves by default: {difference}",
            "Give it a model folder of its own, or train it on the same features and classes",
        )
    kept = tuple(
        output
        for output in other.serving.outputs
        if output.key not in default.outputs or _holds(default.outputs[output.key].type, output.type)
    )
    serving = replace(other.serving, outputs=kept)
    info = replace(other.info, serving=serving)
    return replace(other, info=info, serving=serving, outputs={output.key: output for output in kept})


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


def _main_difference(default: LoadedModel, other: LoadedModel) -> str | None:
    main = default.serving.outputs[0]
    if main.key not in other.outputs:
        return f"only the default has the output {main.key}"
    ours, theirs = main.type, other.outputs[main.key].type
    return None if _holds(ours, theirs) else f"its {main.key} is {_said(ours)} there and {_said(theirs)} here"


def _holds(ours: ValueType, theirs: ValueType) -> bool:
    """Tell whether every value of their type is also one of ours."""
    match ours, theirs:
        case Label(), Label():
            same_kind = {type(value) for value in theirs.values} <= {type(value) for value in ours.values}
            return same_kind and (ours.open or set(theirs.values) <= set(ours.values))
        case ListOf(item=our_item), ListOf(item=their_item):
            return _holds(our_item, their_item)
        case Record(members=our_members), Record(members=their_members):
            return [m.source for m in our_members] == [m.source for m in their_members] and all(
                _holds(one.type, another.type) for one, another in zip(our_members, their_members, strict=True)
            )
        case _:
            return ours == theirs


def _said(value: ValueType) -> str:
    match value:
        case Scalar(kind=kind):
            return f"one {kind}"
        case Record(members=members):
            return f"an object of {', '.join(member.source for member in members)}"
        case Label():
            return f"a class such as {value.values[0]!r}"
        case ListOf():
            return "a list"
