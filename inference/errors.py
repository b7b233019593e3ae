"""Everything that can go wrong with a model or a prediction.

InferenceError
├── ModelError                 an operator's mistake: stops the start, names the file and the mend
│   ├── CardError              card.yaml cannot be used
│   ├── SampleError            a sample cannot be used, or does not fit the model
│   ├── ArtifactError          the artifact cannot be read, or holds no fitted estimator
│   ├── LayoutError            folders and files are not laid out as a models folder
│   ├── NotTrusted             a file may not be loaded, whatever is in it
│   └── NameClash              two things meet in one name
├── LoadFailed                 some models cannot be served; carries their ModelErrors
├── TableError                 a file of rows that cannot be read or written
└── RequestError               a caller's call that cannot be answered; carries a code
    ├── BadInput               BAD_USER_INPUT
    ├── InvalidRows            the code of its first row error; carries all of them
    ├── ModelNotFound          MODEL_NOT_FOUND
    ├── ModelUnavailable       MODEL_UNAVAILABLE
    ├── BatchTooLarge          BATCH_TOO_LARGE
    ├── PredictionFailed       PREDICTION_FAILED
    ├── Overloaded             OVERLOADED; carries when to try again
    └── DeadlineExceeded       DEADLINE_EXCEEDED

An error builds its own sentence. No HTTP status and no GraphQL word stands here.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, TypeVar


class ErrorCode(StrEnum):
    """What kind of thing went wrong, for programs; the message says it to people."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    UNKNOWN_CATEGORY = "UNKNOWN_CATEGORY"
    WRONG_LENGTH = "WRONG_LENGTH"
    MODEL_NOT_FOUND = "MODEL_NOT_FOUND"
    MODEL_UNAVAILABLE = "MODEL_UNAVAILABLE"
    PREDICTION_FAILED = "PREDICTION_FAILED"
    NON_FINITE_OUTPUT = "NON_FINITE_OUTPUT"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    OVERLOADED = "OVERLOADED"
    BATCH_TOO_LARGE = "BATCH_TOO_LARGE"


class RefusalReason(StrEnum):
    """Why a call was refused before anything was computed for it."""

    TOO_LARGE = "too_large"
    """It has more rows than one call may have."""
    QUEUE_FULL = "queue_full"
    """As many rows wait as may."""
    TOO_LATE = "too_late"
    """It could not be answered by its deadline."""
    STOPPING = "stopping"
    """The server lets no call in any more."""


class InferenceError(Exception):
    """The root of this hierarchy."""


class ModelError(InferenceError):
    """A model that cannot be served: where, why, and what to do about it."""

    def __init__(self, where: Path | str, why: str, mend: str) -> None:
        super().__init__(f"{where}: {why}. {mend}.")
        self.where = str(where)
        self.why = why
        self.mend = mend


class CardError(ModelError):
    """A card.yaml that cannot be used."""


class SampleError(ModelError):
    """A sample that cannot be used, or does not fit the model."""


class ArtifactError(ModelError):
    """An artifact that cannot be read, or holds no fitted estimator."""


class LayoutError(ModelError):
    """Folders and files that are not laid out as a models folder."""


class NotTrusted(ModelError):
    """A file that may not be loaded: outside the models folder, open to all, or of a format that is not allowed."""


class NameClash(ModelError):
    """Two sources that meet in one name, or a name that cannot be one."""


class LoadFailed(InferenceError):
    """Some models cannot be served. One line for each of them."""

    def __init__(self, errors: Sequence[ModelError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = tuple(errors)


class TableError(InferenceError):
    """A file of rows that cannot be read or written: where, why, and what to do about it."""

    def __init__(self, where: Path | str, why: str, mend: str) -> None:
        super().__init__(f"{where}: {why}. {mend}.")
        self.where = str(where)
        self.why = why
        self.mend = mend


@dataclass(frozen=True, slots=True)
class RowError:
    """Why one row of a call has no prediction."""

    index: int
    """The row's place in the call, from 0."""
    code: ErrorCode
    message: str
    field: str | None = None
    """The feature's source name, where one feature is to blame."""


class RequestError(InferenceError):
    """A call that cannot be answered."""

    code: ClassVar[ErrorCode]
    refusal: RefusalReason | None = None
    """Set where the call was refused."""


class BadInput(RequestError):
    """An argument that makes no sense for this model."""

    code = ErrorCode.BAD_USER_INPUT


class InvalidRows(RequestError):
    """Rows that cannot be predicted, where the caller wanted all or nothing."""

    def __init__(self, errors: Sequence[RowError], count: int) -> None:
        first = errors[0]
        more = f" ({len(errors)} of {count} rows cannot be predicted)" if count > 1 else ""
        place = f"Row {first.index}: " if count > 1 else ""
        super().__init__(f"{place}{first.message}{more}")
        self.errors = tuple(errors)

    @property
    def code(self) -> ErrorCode:  # type: ignore[override]  # known only per instance here
        """The code of the first row that cannot be predicted."""
        return self.errors[0].code


class ModelNotFound(RequestError):
    """No model, or no version of it, has this name."""

    code = ErrorCode.MODEL_NOT_FOUND

    def __init__(self, name: str, known: Iterable[str], version: str | None = None) -> None:
        if version is None:
            sentence = f"There is no model {name!r}{nearest(name, sorted(known))}."
        else:
            others = ", ".join(known)
            sentence = f"Model {name!r} has no version {version!r}{others and f'; it has {others}'}."
        super().__init__(sentence)


class ModelUnavailable(RequestError):
    """The model is known, and cannot be called."""

    code = ErrorCode.MODEL_UNAVAILABLE


class BatchTooLarge(RequestError):
    """More rows in one call than the model accepts."""

    code = ErrorCode.BATCH_TOO_LARGE
    refusal = RefusalReason.TOO_LARGE

    def __init__(self, rows: int, limit: int) -> None:
        super().__init__(f"{rows} rows in one call; at most {limit} are accepted. Send them in several calls.")


class PredictionFailed(RequestError):
    """The estimator raised, or answered something that cannot be an answer."""

    code = ErrorCode.PREDICTION_FAILED


class Overloaded(RequestError):
    """The model has so much to do that this call is better sent later."""

    code = ErrorCode.OVERLOADED

    def __init__(self, why: str, room_in: float, refusal: RefusalReason, turn_in: float = 0.0) -> None:
        """Say why, in how many seconds there is room for one such call, and in how many it is this one's turn."""
        self._said = why, refusal
        self.refusal = refusal
        self.room_in = room_in
        """In how many seconds there is room for it, if nobody else comes."""
        self.retry_after_ms = max(1, math.ceil(max(room_in, turn_in) * 1000))
        """After how many milliseconds there should be room for it, though others who were refused come again."""
        super().__init__(f"The model has no room for this call: {why}. Try again in {self.retry_after_ms} ms.")

    def put_off(self, turn_in: float) -> Overloaded:
        """Return the same with another turn."""
        why, refusal = self._said
        return Overloaded(why, self.room_in, refusal, turn_in)


class DeadlineExceeded(RequestError):
    """The answer was not ready when its deadline passed."""

    code = ErrorCode.DEADLINE_EXCEEDED

    def __init__(self, seconds: float) -> None:
        super().__init__(f"No answer within {seconds * 1000:.0f} ms.")


Kept = TypeVar("Kept", bound=Exception)


def kept(error: Kept) -> Kept:
    """Return an error that is handed on as a value. A foreseen one loses its traceback, which nobody reads.

    The frames of a traceback refer to what they hold, the error among it: a cycle for the garbage collector.
    """
    return error.with_traceback(None) if isinstance(error, RequestError) else error


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a clause that names the nearest known word, else all that are known."""
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f"; the nearest known is {near[0]!r}"
    return f"; known are {', '.join(known)}" if known else ""
