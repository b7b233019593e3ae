"""What can be said of a model: plain values, for doors to show."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from inference.card import Card, Task
from inference.cost import Cost
from inference.limits import MOST_QUEUED_ROWS
from inference.outputs.output import Label, Output
from inference.signature.feature import Signature


class ModelStatus(StrEnum):
    """Whether a model can be called."""

    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a pipeline."""

    name: str
    estimator: str


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """One parameter that the estimator was made with."""

    name: str
    value: str
    """As Python writes it."""
    changed: bool = True
    """It is not the default of its class."""


@dataclass(frozen=True, slots=True)
class LibraryVersion:
    """A library that the model needs."""

    name: str
    running: str
    trained_with: str | None
    """None where the artifact does not say."""


@dataclass(frozen=True, slots=True)
class ArtifactInfo:
    """The file that a model came from."""

    format: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class EstimatorInfo:
    """What the estimator says of itself."""

    framework: str
    """The package that it comes from."""
    name: str
    """The class of the estimator that answers: the last step of a pipeline."""
    steps: tuple[Step, ...]
    hyperparameters: tuple[Hyperparameter, ...]
    libraries: tuple[LibraryVersion, ...]
    importances: tuple[float | None, ...] | None
    """One per feature, in order, where the card or the estimator gives them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one call may ask for, and all that wait."""

    max_rows: int
    deadline_seconds: float
    max_queued_rows: int = MOST_QUEUED_ROWS


class EngineKind(StrEnum):
    """What computes the predictions."""

    NATIVE = "native"
    """The estimator itself."""
    ONNX = "onnx"
    """The estimator converted, run by ONNX Runtime."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What computes a model's predictions, and how that was shown to be right."""

    kind: EngineKind
    reason: str
    """Why this engine and no other, as a sentence."""
    rows_probed: int
    """On how many rows it was compared with the plain call of the estimator; 0 where it is that call."""
    largest_difference: float
    """Among the numbers of those rows, relative to the plain call's; 0 for the same bits."""
    speedup: float
    """How many times faster than the plain call, the geometric mean of calls of 1 and 100 rows."""


class Place(StrEnum):
    """Where batches run that take too long for the event loop."""

    THREADS = "threads"
    """In threads of the server's own process."""
    PROCESSES = "processes"
    """In processes of the model, which share its memory with the server's."""


@dataclass(frozen=True, slots=True)
class ExecutionInfo:
    """Where a model's batches run that take too long for the event loop."""

    place: Place
    count: int
    """How many run at once, at most."""
    reason: str
    """Why there, as a sentence."""
    lock_share: float | None = None
    """For which part of its time a batch kept the interpreter's lock from others; None where it was not tried."""
    fewest_rows: int = 1
    """Batches of fewer rows are computed in a thread of the server though there are processes."""


UNTRIED: Final = ExecutionInfo(Place.THREADS, 1, "Nothing else was tried.")
"""Of a model that serves one caller."""


@dataclass(frozen=True, slots=True)
class ServingInfo:
    """What is known of a model that can be called."""

    task: Task
    signature: Signature
    outputs: tuple[Output, ...]
    label: Label | None
    """A classifier's classes."""
    estimator: EstimatorInfo
    artifact: ArtifactInfo
    engine: EngineInfo
    limits: Limits
    cost: Cost
    loaded_at: dt.datetime
    load_seconds: float
    warnings: tuple[str, ...]
    """What an operator should know and may leave as it is."""
    execution: ExecutionInfo = UNTRIED


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One version of a model."""

    name: str
    version: str
    versions: tuple[str, ...]
    """All versions of this model, oldest first."""
    default: bool
    """Answers where a caller names no version."""
    card: Card
    serving: ServingInfo | None
    """None where the model has failed."""
    error: str | None

    @property
    def status(self) -> ModelStatus:
        """Whether this version can be called."""
        return ModelStatus.FAILED if self.serving is None else ModelStatus.READY
