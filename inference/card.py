"""The card: what only a person knows of a model, written in card.yaml beside the artifact."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Task(StrEnum):
    """What a model answers."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"
    CLUSTERING = "clustering"
    OUTLIER_DETECTION = "outlier_detection"
    TRANSFORMATION = "transformation"


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
Text = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value)]


class FeatureCard(_CardModel):
    """What a person says of one feature. What is absent is taken from the sample or the estimator."""

    type: FeatureType | None = None
    description: str | None = None
    unit: str | None = None
    min: float | None = None
    """Values below are refused with OUT_OF_RANGE."""
    max: float | None = None
    """Values above are refused with OUT_OF_RANGE."""
    categories: tuple[Scalar, ...] | None = None
    required: bool | None = None
    default: Scalar | None = None
    example: Scalar | tuple[float, ...] | None = None
    graphql_name: str | None = None


class ClassCard(_CardModel):
    """What a person says of one class of a classifier."""

    name: str | None = None
    description: str | None = None


class OutputCard(_CardModel):
    """What a person says of one target of a regressor, or one column of a transformer."""

    name: str | None = None
    unit: str | None = None
    description: str | None = None


class LimitsCard(_CardModel):
    """How much of this model one call may ask for."""

    max_rows: int | None = Field(default=None, ge=1)
    deadline_ms: int | None = Field(default=None, ge=1)


class Card(_CardModel):
    """All of card.yaml. Every key may be left out."""

    description: str | None = None
    task: Task | None = None
    tags: tuple[str, ...] = ()
    owner: str | None = None
    license: str | None = None
    trained_at: dt.datetime | dt.date | None = None
    training_data: str | None = None
    metrics: dict[str, float] = {}
    features: dict[Text, FeatureCard] = {}
    """By the feature's source name, in any order."""
    classes: dict[Scalar, ClassCard] = {}
    """By the class's raw label."""
    outputs: tuple[OutputCard, ...] = ()
    """In the order of the estimator's targets or columns."""
    limits: LimitsCard = LimitsCard()
    engine: Literal["auto", "native", "onnx"] = "auto"
    open: bool = False
    """The label is a String although its classes would make an enum: later versions may know other classes."""
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    """The artifact is loaded only if its bytes have this digest."""
    graphql_name: str | None = None
    default: Text | None = None
    """The version that serves where a caller names none; else the newest."""
