"""The types that are the same for every model."""

from __future__ import annotations

import datetime as dt
import enum

import strawberry
from strawberry.scalars import JSON

from inference.card import FeatureType, Task
from inference.errors import ErrorCode
from inference.info import ModelStatus
from inference.signature.checks import WarningCode
from schema.live import Live, live_of

strawberry.enum(Task, name="Task", description="What a model answers.")
strawberry.enum(ModelStatus, name="ModelStatus", description="Whether a model can be called.")
strawberry.enum(FeatureType, name="FeatureType", description="What a caller sends for a feature.")
strawberry.enum(WarningCode, name="WarningCode", description="What is unusual about an input.")


@strawberry.enum(description="What to do where some rows of a batch cannot be predicted.")
class OnError(enum.Enum):
    """What to do where some rows of a batch cannot be predicted."""

    PARTIAL = strawberry.enum_value(
        "partial", description="Such a row is null in `predictions`, and `errors` says why; the others are answered."
    )
    FAIL = strawberry.enum_value("fail", description="The whole batch is one GraphQL error.")


@strawberry.type(description="Why one row of a batch has no prediction.")
class InputError:
    """Why one row of a batch has no prediction."""

    index: int = strawberry.field(description="The row's place in `inputs`, from 0.")
    field: str | None = strawberry.field(description="The field to blame, where there is one.")
    code: ErrorCode
    message: str


@strawberry.type(description="What is unusual about an input: the model answers, and may be wrong.")
class InputWarning:
    """What is unusual about an input."""

    field: str
    code: WarningCode
    message: str


@strawberry.type(description="The quartiles of a feature in training.")
class Quantiles:
    """The quartiles of a feature."""

    p25: float = strawberry.field(description="A quarter of the values is less.")
    median: float
    p75: float = strawberry.field(description="A quarter of the values is greater.")


@strawberry.type(description="One thing that a model takes.")
class Feature:
    """One feature of a model."""

    name: str = strawberry.field(description="The name of the input field.")
    source: str = strawberry.field(description="The name in training.")
    type: FeatureType
    required: bool = strawberry.field(description="Whether a value must be sent.")
    min: float | None = strawberry.field(description="The least value seen in training.")
    max: float | None = strawberry.field(description="The greatest value seen in training.")
    mean: float | None = strawberry.field(description="The mean of the values seen in training.")
    quantiles: Quantiles | None = strawberry.field(description="The quartiles of the values seen in training.")
    least_accepted: float | None = strawberry.field(description="Values below are refused.")
    greatest_accepted: float | None = strawberry.field(description="Values above are refused.")
    categories: list[str] = strawberry.field(description="The known values of a category, in the model's order.")
    open: bool = strawberry.field(description="Whether values that are not among the categories are accepted.")
    length: int | None = strawberry.field(description="How many numbers a vector has.")
    gaps: bool = strawberry.field(description="Whether some of a vector's numbers may be missing.")
    unit: str | None
    description: str | None
    default: JSON | None = strawberry.field(description="Taken where no value is sent.")
    example: JSON | None = strawberry.field(description="A value that the model accepts.")
    importance: float | None = strawberry.field(
        description="How much the feature counts: what the card says, else the estimator's own importance, or the mean"
        " size of its coefficients, added up over the columns that a pipeline makes of the feature."
    )


@strawberry.type(description="One class of a classifier.")
class ModelClass:
    """One class of a classifier."""

    name: str = strawberry.field(description="The name of the class.")
    label: str = strawberry.field(description="What `label` holds for the class: an enum value, or the raw label.")
    raw_label: str = strawberry.field(description="The label in training.")
    description: str | None


@strawberry.type(description="One thing that a model answers.")
class Output:
    """One output of a model."""

    name: str = strawberry.field(description="The name of the prediction's field.")
    type: str = strawberry.field(description="Its GraphQL type.")
    description: str


@strawberry.type(description="How good a model was on data that it had not seen, as its card says.")
class Metric:
    """One metric of a model."""

    name: str
    value: float


@strawberry.type(description="One step of a pipeline.")
class Step:
    """One step of a pipeline."""

    name: str
    estimator: str


@strawberry.type(description="One parameter that the estimator was made with.")
class Hyperparameter:
    """One parameter of an estimator."""

    name: str
    value: str = strawberry.field(description="As Python writes it.")
    changed: bool = strawberry.field(description="Whether it differs from the default of its class.")


@strawberry.type(description="A library that the model needs.")
class LibraryVersion:
    """A library that a model needs."""

    name: str
    trained_with: str | None = strawberry.field(description="The version in training, where the artifact says it.")
    running: str = strawberry.field(description="The version that answers.")


@strawberry.enum(description="What computes the predictions.")
class EngineKind(enum.Enum):
    """What computes the predictions."""

    NATIVE = strawberry.enum_value("native", description="The estimator itself.")
    ONNX = strawberry.enum_value("onnx", description="The estimator converted to ONNX, run by ONNX Runtime.")


@strawberry.type(description="What computes the predictions.")
class Engine:
    """What computes the predictions."""

    kind: EngineKind
    parity: str | None = strawberry.field(
        description="How it was shown to answer as the estimator does; null where it is the estimator, plainly called."
    )
    reason: str = strawberry.field(description="Why this engine and no other.")
    rows_probed: int = strawberry.field(description="On how many rows it was compared with the estimator at start-up.")
    largest_difference: float = strawberry.field(
        description="The largest difference of a number on those rows, relative to the estimator's own."
    )
    speedup: float = strawberry.field(
        description="How many times faster it is than the estimator, plainly called: the geometric mean of 1 and 100"
        " rows, measured at start-up."
    )
    call_ms: float = strawberry.field(description="What one call costs, measured at start-up.")
    row_ms: float = strawberry.field(description="What each row adds to it.")
    in_place: bool = strawberry.field(
        description="Whether a call of one row is quick enough for the event loop, by these costs; else it runs in a"
        " thread."
    )


@strawberry.enum(name="ExecutionPlace", description="Where batches run that take too long for the event loop.")
class Place(enum.Enum):
    """Where batches run that take too long for the event loop."""

    THREADS = strawberry.enum_value("threads", description="In threads of the server's own process.")
    PROCESSES = strawberry.enum_value(
        "processes", description="In processes of the model, which share its memory with the server's."
    )


@strawberry.type(description="Where batches run. Those that take less than a millisecond run on the event loop.")
class Execution:
    """Where batches run."""

    place: Place = strawberry.field(description="Where longer batches run.")
    count: int = strawberry.field(description="How many of them run at once, at most, in each process of the server.")
    reason: str = strawberry.field(description="Why there.")
    lock_share: float | None = strawberry.field(
        description="For which part of its time a batch kept the lock of Python's interpreter from all other threads,"
        " from 0 to 1, tried at start-up; null where it was not tried."
    )
    in_place_rows: int = strawberry.field(
        description="Batches of up to so many rows run on the event loop, by the costs measured at start-up."
    )


@strawberry.type(description="How much one call may ask for, and all calls that wait.")
class Limits:
    """How much one call may ask for, and all calls that wait."""

    max_rows: int
    deadline_ms: int
    max_queued_rows: int = strawberry.field(description="More rows than these do not wait: calls are refused instead.")


@strawberry.type(description="One version of a model.")
class Model:
    """One version of a model."""

    name: str
    version: str
    versions: list[str] = strawberry.field(description="All versions of this model, oldest first.")
    default: bool = strawberry.field(description="Whether this version answers where none is named.")
    status: ModelStatus
    error: str | None = strawberry.field(description="Why the model has failed.")
    warnings: list[str] = strawberry.field(description="What an operator should know of this model.")
    field: str | None = strawberry.field(description="The query field that answers for one row.")
    batch_field: str | None = strawberry.field(description="The query field that answers for many rows.")
    task: Task | None
    description: str | None
    tags: list[str]
    owner: str | None
    license: str | None
    trained_at: dt.datetime | None
    training_data: str | None
    framework: str | None = strawberry.field(description="The package that the estimator comes from.")
    estimator: str | None = strawberry.field(description="The class of the estimator that answers.")
    steps: list[Step] = strawberry.field(description="The steps of its pipeline.")
    hyperparameters: list[Hyperparameter]
    libraries: list[LibraryVersion]
    loaded_at: dt.datetime | None
    load_ms: float | None = strawberry.field(description="How long it took to load, check and warm the model.")
    size_bytes: float | None = strawberry.field(description="The size of the artifact.")
    sha256: str | None = strawberry.field(name="sha256", description="The digest of the artifact.")
    format: str | None = strawberry.field(description="The format of the artifact.")
    engine: Engine | None
    execution: Execution | None
    features: list[Feature] = strawberry.field(description="What it takes, in training order.")
    classes: list[ModelClass] = strawberry.field(description="A classifier's classes, in the order of its vectors.")
    outputs: list[Output] = strawberry.field(description="What it answers.")
    metrics: list[Metric]
    limits: Limits | None
    live: Live | None = strawberry.field(
        resolver=live_of, description="What was counted while it served; null where it cannot be called."
    )
    example_query: str | None = strawberry.field(description="A query that works, for `exampleVariables`.")
    example_variables: JSON | None = strawberry.field(description="Variables for `exampleQuery`.")


@strawberry.type(description="This server.")
class Server:
    """This server."""

    name: str
    version: str
    python_version: str
    libraries: list[LibraryVersion] = strawberry.field(description="The libraries that the models need.")
    started_at: dt.datetime
    uptime_seconds: float
    models: int = strawberry.field(description="How many model versions can be called.")
    failed: int = strawberry.field(description="How many model versions cannot.")
