"""What a query selects of a prediction, so that nothing else is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from strawberry.types.info import Info
from strawberry.types.nodes import SelectedField, Selection

from inference.outputs.output import Output, OutputRequest
from resolvers.predict import Wanted
from schema.predictions import WARNINGS, PredictionType


def wanted_of(info: Info[Any, Any], prediction: PredictionType, below: str | None = None) -> Wanted:
    """Return what is selected of a prediction at the field that is resolved, or at its field `below`."""
    fields = list(_fields(info.selected_fields))
    if below is not None:
        fields = [field for parent in fields if parent.name == below for field in _fields([parent])]
    wanted = dict.fromkeys(_requests(fields, prediction.outputs))
    for field in fields:
        if field.name in prediction.targets:
            wanted |= dict.fromkeys(_requests(_fields([field]), prediction.targets[field.name]))
    return Wanted(tuple(wanted), warnings=any(field.name == WARNINGS for field in fields))


def _requests(fields: Iterable[SelectedField], outputs: Mapping[str, Output]) -> Iterator[OutputRequest]:
    for field in fields:
        output = outputs.get(field.name)
        if output is not None:
            yield output.request(_given(output, field))


def _given(output: Output, field: SelectedField) -> dict[str, int]:
    """Return the arguments that a field has; a variable that was left out counts as none.

    A literal is still the text that stood in the document.
    """
    names = (argument.name for argument in output.arguments)
    return {name: int(value) for name in names if (value := field.arguments.get(name)) is not None}


def _fields(parents: Iterable[Selection]) -> Iterator[SelectedField]:
    """Return the fields below some nodes, those in fragments too."""
    for parent in parents:
        for selection in parent.selections:
            if not _included(selection):
                continue
            if isinstance(selection, SelectedField):
                yield selection
            else:
                yield from _fields([selection])


def _included(selection: Selection) -> bool:
    directives: Mapping[str, Mapping[str, Any]] = selection.directives
    skipped = directives.get("skip", {}).get("if", False)
    return not skipped and bool(directives.get("include", {}).get("if", True))
