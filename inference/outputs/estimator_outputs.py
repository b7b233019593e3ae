"""What the makers of outputs are given: the estimator, its card, and its answers for one example row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.card import Card
from inference.errors import ArtifactError, CardError
from inference.outputs.answers import Answers
from inference.outputs.output import FLOAT, Member, Numbers


@dataclass(frozen=True, slots=True)
class EstimatorOutputs:
    """A fitted estimator as the makers of outputs see it."""

    estimator: Any
    card: Card
    card_path: Path
    trial: Callable[[str], NDArray[Any]]
    """Calls a method with the example row; its result has one row."""
    artifact: Path
    """Is named in errors."""

    def can(self, method: str) -> bool:
        """Tell whether the estimator has a method; scikit-learn hides those that its parts cannot give."""
        return hasattr(self.estimator, method)

    def width(self, method: str) -> int | None:
        """Return how many columns a method answers, None where there is none, or it fails: a chain's may."""
        try:
            answered = self.trial(method) if self.can(method) else None
        except ArtifactError:
            return None
        return None if answered is None else int(answered[0].size)


def floats(array: NDArray[Any]) -> NDArray[np.float64]:
    """Return the array as float64, itself where it is."""
    return array.astype(np.float64, copy=False)


def rows_of(method: str) -> Callable[[Answers, Mapping[str, int]], Numbers]:
    """Return a column maker that hands a method's floats out row by row: a float each, or several."""

    def column(answers: Answers, _: Mapping[str, int]) -> Numbers:
        return floats(answers[method])

    return column


def number_of(method: str) -> Callable[[Answers, Mapping[str, int]], Numbers]:
    """Return a column maker that hands a method's one float for each row out, of which some make a column."""

    def column(answers: Answers, _: Mapping[str, int]) -> Numbers:
        return floats(answers[method]).reshape(-1)

    return column


def members(source: EstimatorOutputs, names: Sequence[str], of_what: str) -> tuple[Member, ...]:
    """Return one float member per name, named and described by the card's outputs where there are any."""
    cards = source.card.outputs
    if not cards:
        return tuple(Member(name, FLOAT) for name in names)
    if len(cards) != len(names):
        raise CardError(
            source.card_path,
            f"outputs: it names {len(cards)}, and the model has {len(names)} {of_what}",
            f"Name all {len(names)} in the model's order, or none",
        )
    return tuple(
        Member(card.name or name, FLOAT, card.description, card.unit) for name, card in zip(names, cards, strict=True)
    )


def distinct_members(source: EstimatorOutputs, names: Sequence[str], of_what: str) -> tuple[Member, ...]:
    """Return the members, of which each must have a name of its own to be told apart."""
    named = members(source, names, of_what)
    known = [member.source for member in named]
    twice = next((name for name in known if known.count(name) > 1), None)
    if twice is not None:
        why = f"outputs: two of the model's {of_what} have the name {twice!r}"
        raise CardError(source.card_path, why, "Give each a name of its own")
    return named
