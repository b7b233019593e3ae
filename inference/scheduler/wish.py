"""What a caller wants of its rows, resolved once for all callers who want the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from inference.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from inference.model import LoadedModel
    from inference.outputs.output import Output, OutputRequest

REMEMBERED = 256
"""How many different wishes are remembered for each model version."""


@dataclass(frozen=True, slots=True)
class WantedOutput:
    """An output that a caller asked for, resolved to what it is made from."""

    request: OutputRequest
    output: Output
    arguments: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """All outputs that a caller asked for."""

    outputs: tuple[WantedOutput, ...]
    methods: frozenset[str]
    """The estimator's methods that they are made from."""


def wishes_of(model: LoadedModel) -> Callable[[tuple[OutputRequest, ...]], Wish]:
    """Return a function from requests to a wish, the same wish for the same requests.

    It raises BadInput for an output that this version cannot give, and for an argument out of its bounds.
    """
    return lru_cache(REMEMBERED)(partial(_wish, model))


def _wish(model: LoadedModel, requests: tuple[OutputRequest, ...]) -> Wish:
    outputs = tuple(_resolved(model, request) for request in dict.fromkeys(requests))
    return Wish(outputs, frozenset(method for one in outputs for method in one.output.calls(one.request)))


def _resolved(model: LoadedModel, request: OutputRequest) -> WantedOutput:
    output = model.outputs.get(request.name)
    if output is None:
        raise BadInput(f"Version {model.info.version} of {model.info.name!r} cannot give {request.name!r}.")
    complete = output.request(dict(request.arguments))
    for argument, (_, value) in zip(output.arguments, complete.arguments, strict=True):
        if value < argument.minimum:
            raise BadInput(f"{argument.name} is {value}, and must be at least {argument.minimum}.")
        if argument.maximum is not None and value > argument.maximum:
            raise BadInput(f"{argument.name} is {value}, and must be at most {argument.maximum}.")
    return WantedOutput(complete, output, dict(complete.arguments))
