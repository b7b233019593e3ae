"""Scores tables: a model is asked for chunk after chunk through the service, as by any caller."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from inference.errors import BadInput, ErrorCode, RowError, nearest
from inference.loader import Models
from inference.model import LoadedModel
from inference.outputs.flat import FlatColumn, can_be_flat, flat_columns, flatten
from inference.outputs.output import Column, Label, ListOf, Output
from inference.predictions import PredictRequest
from inference.service import InferenceService
from inference.tables.inputs import Inputs
from inference.tables.table import Chunk

_RAW_LABEL: Final = "raw_label"


@dataclass(frozen=True, slots=True)
class Scores:
    """What a model answered for a chunk."""

    columns: list[Sequence[Any]]
    """As `Scorer.columns` says: one value per row of the chunk, None where the row has no prediction."""
    errors: tuple[RowError, ...]
    """Why rows have none; `index` is the place in the chunk."""


class Scorer:
    """One model, and what is wanted of it for every row."""

    def __init__(
        self, model: LoadedModel, service: InferenceService, loop: asyncio.AbstractEventLoop, names: Sequence[str]
    ) -> None:
        self._model = model
        self._service = service
        self._loop = loop
        self._outputs = [(output, _length(model, output)) for output in _chosen(model, names)]
        self.columns: tuple[FlatColumn, ...] = tuple(
            column for output, length in self._outputs for column in flat_columns(output, length)
        )

    def score(self, chunk: Chunk, inputs: Inputs) -> Scores:
        """Predict a chunk. Raises PredictionFailed; a row that cannot be predicted raises nothing."""
        values = inputs.read(chunk)
        answers, errors = self._ask(values, chunk.count)
        self._ask_again(values, answers, errors)
        errors |= {place: RowError(place, ErrorCode.BAD_USER_INPUT, why) for place, why in chunk.broken.items()}
        columns: list[Sequence[Any]] = []
        for (output, length), column in zip(self._outputs, answers, strict=True):
            for place in errors:
                column[place] = None
            columns += flatten(output, length, column)
        return Scores(columns, tuple(errors[place] for place in sorted(errors)))

    def _ask(self, values: Sequence[Sequence[Any]], count: int) -> tuple[list[Column], dict[int, RowError]]:
        """Return a column for each output, and by row why there is no answer."""
        requests = tuple(output.request({}) for output, _ in self._outputs)
        asked = PredictRequest(self._model.info.name, None, values, count, requests)
        given = self._loop.run_until_complete(self._service.predict(asked))
        return [list(given.columns[request]) for request in requests], {error.index: error for error in given.errors}

    def _ask_again(
        self, values: Sequence[Sequence[Any]], answers: Sequence[Column], errors: dict[int, RowError]
    ) -> None:
        """Find which rows of a call that raised are to blame: the service gives the search up early, for its others.

        What the model raised is said, for here its caller is its owner.
        """
        places = sorted(place for place, error in errors.items() if error.code is ErrorCode.PREDICTION_FAILED)
        if not places:
            return
        errors |= (blamed := self._to_blame(values, places))
        good = [place for place in places if place not in blamed]
        answered, failed = self._ask([[column[place] for place in good] for column in values], len(good))
        for at, place in enumerate(good):
            del errors[place]
            if at in failed:
                errors[place] = replace(failed[at], index=place)
            for column, answer in zip(answers, answered, strict=True):
                column[place] = answer[at]

    def _to_blame(self, values: Sequence[Sequence[Any]], places: Sequence[int]) -> dict[int, RowError]:
        """Halve the rows until those on which the model raises are alone."""
        methods = {method for output, _ in self._outputs for method in output.calls(output.request({}))}
        try:
            self._model.ask([[column[place] for place in places] for column in values], len(places), methods)
        except Exception as error:  # noqa: BLE001  # a model may raise anything
            if len(places) == 1:
                why = f"the model raised {type(error).__name__}: {' '.join(str(error).split())}"
                return {places[0]: RowError(places[0], ErrorCode.PREDICTION_FAILED, why)}
            half = len(places) // 2
            return self._to_blame(values, places[:half]) | self._to_blame(values, places[half:])
        return {}


@contextmanager
def scoring(model: LoadedModel, outputs: Sequence[str] = ()) -> Iterator[Scorer]:
    """Give a scorer for some outputs of a model; all that are no lists where none is named. Raises BadInput."""
    service = InferenceService(Models((model,), ()), threads=1)
    try:
        with _event_loop() as loop:
            yield Scorer(model, service, loop, outputs)
    finally:
        service.close()


@contextmanager
def _event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Give a loop that Ctrl+C ends at once: asyncio.Runner's can be lost on a call that is just being answered."""
    loop = asyncio.new_event_loop()
    try:
        yield loop
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left))
        loop.close()


def _chosen(model: LoadedModel, names: Sequence[str]) -> list[Output]:
    """Return the outputs that are named, by name or, of one target among several, by key."""
    flat = [output for output in model.serving.outputs if can_be_flat(output)]
    if not flat:
        raise BadInput(f"{model.info.name} has no output for a table; ask it over GraphQL.")
    if not names:
        # Lists repeat what a record or a label says, if there is one.
        plain = [one for one in flat if not _is_list(one) and one.name != _RAW_LABEL]
        return plain or flat[:1]
    known = {word for output in flat for word in (output.name, output.key)}
    for name in names:
        if name not in known:
            raise BadInput(f"{model.info.name} has no output {name!r} for a table{nearest(name, sorted(known))}.")
    return list({one.key: one for name in names for one in flat if name in {one.name, one.key}}.values())


def _is_list(output: Output) -> bool:
    return isinstance(output.type, ListOf) and not isinstance(output.type.item, Label)


def _length(model: LoadedModel, output: Output) -> int:
    """Return how long an output's lists are, found with the example row where the type does not say it."""
    if not isinstance(output.type, ListOf):
        return 0
    if output.type.length is not None:
        return output.type.length
    columns = [[value] for value in model.signature.example_row]
    return len(output.column(model.ask(columns, 1, output.calls(output.request({}))), {})[0])
