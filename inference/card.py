"""The card: what only a person knows of a model, written in card.yaml beside the artifact."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError


class Task(StrEnum):
    """What a model answers, and the noun for a model that does."""

    noun: str

    def __new__(cls, value: str, noun: str) -> Self:
        """Make a task that is equal to its value."""
        task = str.__new__(cls, value)
        task._value_ = value
        task.noun = noun
        return task

    CLASSIFICATION = "classification", "classifier"
    REGRESSION = "regression", "regressor"
    CLUSTERING = "clustering", "clusterer"
    OUTLIER_DETECTION = "outlier_detection", "outlier detector"
    TRANSFORMATION = "transformation", "transformer"
    DENSITY_ESTIMATION = "density_estimation", "density estimator"
    NEIGHBORS = "neighbors", "neighbor search"


class FeatureType(StrEnum):
    """What a caller sends for a feature."""

    FLOAT = "float"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CATEGORY = "category"
    """One of some strings."""
    TEXT = "text"
    """Free text."""
    VECTOR = "vector"
    """A list of floats of one length: all the features of a model whose features have no names."""


class _CardModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# YAML reads `1` and `yes` as a number and a truth value; a label or a version stays what a person wrote.
Scalar = str | bool | int | float
_NAME = "^_?[A-Za-z][A-Za-z0-9_]*$"
"""What GraphQL takes for a name; two underscores at the start are its own."""

_MOST = 2**31 - 1
"""The greatest whole number that GraphQL's Int can hold: limits are shown to clients."""

CONTRADICTION: Final = "contradiction"
"""The type of error of a key that does not go with another one."""

Text = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value)]


class FeatureCard(_CardModel):
    """What a person says of one feature. What is absent is taken from the sample or the estimator."""

    type: FeatureType | None = Field(
        default=None,
        description="What a caller sends, where the sample or the estimator suggests something else.",
        examples=["float"],
    )
    description: str | None = Field(
        default=None,
        description="What the feature is; stands at its input field.",
        examples=["Charges of the last month"],
    )
    unit: str | None = Field(default=None, description="In which unit its numbers are.", examples=["CHF"])
    min: float | None = Field(
        default=None,
        description="Values below are refused with `OUT_OF_RANGE`; in a vector, every number.",
        examples=[0],
    )
    max: float | None = Field(
        default=None,
        description="Values above are refused with `OUT_OF_RANGE`; in a vector, every number.",
        examples=[500],
    )
    categories: tuple[Scalar, ...] | None = Field(
        default=None,
        description="The known values, in the order to show. Where the estimator refuses unknown values, some or all of"
        " those that it knows: the others are then refused too. Elsewhere, another value gets a warning.",
        examples=[["basic", "plus", "pro"]],
    )
    required: bool | None = Field(
        default=None,
        description="`true`: a value must be sent although the model could answer without. `false` is an error where it"
        " could not and there is no default.",
        examples=[True],
    )
    default: Scalar | None = Field(
        default=None, description="Taken where a caller leaves the feature out.", examples=["basic"]
    )
    example: Scalar | tuple[float, ...] | None = Field(
        default=None,
        description="A value for example queries, and for the calls that try the model at start-up; else one from the"
        " sample.",
        examples=[49.9],
    )
    graphql_name: str | None = Field(
        default=None, pattern=_NAME, description="The name of the input field, as it stands.", examples=["charges"]
    )


class ClassCard(_CardModel):
    """What a person says of one class of a classifier."""

    name: str | None = Field(
        default=None, description="The name of the class in place of its label in training.", examples=["stays"]
    )
    description: str | None = Field(
        default=None,
        description="What the class means; stands at its value of the enum.",
        examples=["Is still a customer after 90 days"],
    )


class OutputCard(_CardModel):
    """What a person says of one target of a model with several, one label of many, or one column of a transformer."""

    name: str | None = Field(
        default=None,
        description="With several targets, labels or columns, the field is named so; the one `value` of a single target"
        " is described so.",
        examples=["monthly_revenue"],
    )
    unit: str | None = Field(default=None, description="In which unit it is.", examples=["CHF"])
    description: str | None = Field(default=None, description="What it is.", examples=["Revenue of the next month"])


class LimitsCard(_CardModel):
    """How much of this model one call may ask for, and all calls that wait."""

    max_rows: int | None = Field(
        default=None,
        ge=1,
        le=_MOST,
        description="The most rows in one call, in place of the server's limit.",
        examples=[10_000],
    )
    deadline_ms: int | None = Field(
        default=None,
        ge=1,
        le=_MOST,
        description="How long a call may take, in milliseconds, in place of the server's limit.",
        examples=[2000],
    )
    max_queued_rows: int | None = Field(
        default=None,
        ge=1,
        le=_MOST,
        description="The most rows that may wait for the model, in place of the server's limit.",
        examples=[50_000],
    )


class Card(_CardModel):
    """All of card.yaml. Every key may be left out."""

    description: str | None = Field(
        default=None,
        description="What the model answers; stands at its fields in the schema.",
        examples=["Whether a customer leaves within 90 days"],
    )
    task: Task | None = Field(
        default=None,
        description="What kind of answers it gives, where the estimator does not say it or could do several.",
        examples=["classification"],
    )
    tags: tuple[str, ...] = Field(
        default=(), description='Words to find models by: `models(tag: "sales")`.', examples=[["sales", "weekly"]]
    )
    owner: str | None = Field(default=None, description="Who answers for it.", examples=["Customer analytics"])
    license: str | None = Field(
        default=None, description="Under which licence it may be used.", examples=["proprietary"]
    )
    trained_at: dt.datetime | dt.date | None = Field(
        default=None,
        description="When it was trained; a day alone counts as its first moment in UTC.",
        examples=["2026-11-03"],
    )
    training_data: str | None = Field(
        default=None, description="On what it was trained.", examples=["All contracts of 2024 and 2025"]
    )
    metrics: dict[str, FiniteFloat] = Field(
        default={},
        description="How good it was on data that it had not seen, by name; stands in the schema.",
        examples=[{"accuracy": 0.91}],
    )
    importances: dict[Text, FiniteFloat] = Field(
        default={},
        description="How much each feature counts, by its name in training, in place of what the estimator says. That"
        " of `predictql pack` is by how much the score falls where the feature's values are exchanged among rows.",
        examples=[{"age": 0.12}],
    )
    libraries: dict[str, Text] = Field(
        default={},
        description="The versions of the libraries that it was trained with, by package; `python` is Python itself."
        " Where another version runs, the start warns.",
        examples=[{"scikit-learn": "1.8.0"}],
    )
    features: dict[Text, FeatureCard] = Field(
        default={}, description="What there is to say of features, by their names in training, in any order."
    )
    classes: dict[Scalar, ClassCard] = Field(
        default={}, description="What there is to say of a classifier's classes, by their labels in training."
    )
    outputs: tuple[OutputCard, ...] = Field(
        default=(),
        description="What there is to say of the targets, of the labels that a row may have or not, or of a"
        " transformer's columns: all, in their order.",
    )
    limits: LimitsCard = Field(default=LimitsCard(), description="How much one call may ask for, and all that wait.")
    engine: Literal["auto", "native", "onnx"] | None = Field(
        default=None,
        description="What computes the predictions: `native` is the estimator itself, `onnx` its conversion, which must"
        " answer the same, and `auto` is `onnx` where that is proved and faster. Stands above the server's setting.",
        examples=["native"],
    )
    threads: int | None = Field(
        default=None,
        ge=1,
        le=256,
        description="How many batches of it may run at once, each in a thread, in place of the server's setting; it is"
        " not tried then whether processes suit it better.",
        examples=[2],
    )
    processes: int | None = Field(
        default=None,
        ge=1,
        le=256,
        description="How many batches of it may run at once, each in a process of its own; it is not tried then whether"
        " threads suit it better. Not together with `threads`.",
        examples=[2],
    )
    open: bool = Field(
        default=False,
        description="Let `label` be a `String` although its classes would make an enum, so that later versions may know"
        " other classes.",
        examples=[True],
    )
    sha256: str | None = Field(
        default=None,
        pattern="^[0-9a-f]{64}$",
        description="The digest of the artifact, in hexadecimal digits. An artifact with another one is not loaded.",
    )
    trusted: tuple[Text, ...] = Field(
        default=(),
        description="Types and functions that a skops file may be made of besides those that skops itself trusts, by"
        " their full names.",
        examples=[["cleaning.Clipper"]],
    )
    graphql_name: str | None = Field(
        default=None,
        pattern=_NAME,
        description="The name of the query field, as it stands; the model's types are named after it.",
        examples=["churnRisk"],
    )
    default: Text | None = Field(
        default=None,
        description="The version that answers where a caller names none; else the newest.",
        examples=["2"],
    )

    @field_validator("processes")
    @classmethod
    def _without_threads(cls, processes: int | None, info: ValidationInfo) -> int | None:
        if processes and info.data.get("threads"):
            raise PydanticCustomError(CONTRADICTION, "a model runs in threads or in processes, and both are given")
        return processes
