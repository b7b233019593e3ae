"""A form: one estimator or step, ready to answer without checking what is known to be right."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from inference.outputs.answers import CLASS_PLACES, PREDICT, TRANSFORM, called


class NotLean(Exception):
    """This estimator has no leaner form than itself."""


class Form(Protocol):
    """Answers rows by methods; several methods share what they have in common."""

    @property
    def takes_columns(self) -> bool:
        """It is given `Rows`, else an array or a list of texts."""

    @property
    def gives_columns(self) -> bool:
        """What it transforms rows to are `Rows`, else an array or a sparse matrix."""

    @property
    def calls(self) -> bool:
        """It calls an estimator's own methods, which must be told to leave out their checks."""

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Return what the estimator's methods would return: an entry per row each; CLASS_PLACES may be among them.

        Raises NotLean for a method that the form does not have.
        """

    def transform(self, rows: Any) -> Any:
        """Return what the estimator would transform rows to. Raises NotLean where it does not transform."""


def labels_at(classes: NDArray[Any], places: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
    """Return the answer to `predict`, given the place of each row's label among the classes; and these places."""
    return {PREDICT: classes.take(places), CLASS_PLACES: places}


class Answering:
    """What forms are that answer arrays and call nobody else."""

    takes_columns = False
    gives_columns = False
    calls = False

    def transform(self, rows: Any) -> Any:
        """Refuse: most estimators that answer do not transform."""
        raise NotLean(f"{type(self).__name__} of {type(rows).__name__} transforms nothing")


class Transforming(ABC):
    """What forms are that only transform, and call nobody else."""

    takes_columns = False
    gives_columns = False
    calls = False

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Answer `transform` alone."""
        if {*methods} != {TRANSFORM}:
            raise NotLean(f"{methods} is more than transform")
        return {TRANSFORM: self.transform(rows)}

    @abstractmethod
    def transform(self, rows: Any) -> Any:
        """Each says how."""


class Called:
    """Any estimator, by its own methods. It must know no names of columns."""

    takes_columns = False
    gives_columns = False
    calls = True

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Call each method."""
        return called(self.estimator, rows, methods)

    def transform(self, rows: Any) -> Any:
        """Call `transform`."""
        return self.estimator.transform(rows)
