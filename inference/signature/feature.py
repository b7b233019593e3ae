"""A signature: what a model takes, feature by feature, in training order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from inference.card import FeatureType

Category = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Distribution:
    """How a numeric feature was distributed in the sample."""

    min: float
    max: float
    mean: float
    quartiles: tuple[float, float, float]
    """The 25 %, 50 % and 75 % quantiles."""


class Storage(StrEnum):
    """How a column of the matrix is stored, as pandas reads it from a CSV file."""

    FLOAT = "float64"
    INTEGER = "int64"
    """Becomes float64 in a call where a value is missing."""
    BOOLEAN = "bool"
    """Becomes object in a call where a value is missing."""
    STRING = "str"
    CATEGORY = "category"
    """A pandas categorical of the feature's categories, and of others that a call brings."""
    DATE = "datetime64"
    """Pandas' own dates, of the strings that a caller sends."""


_STORAGE = {
    FeatureType.FLOAT: Storage.FLOAT,
    FeatureType.INTEGER: Storage.INTEGER,
    FeatureType.BOOLEAN: Storage.BOOLEAN,
    FeatureType.CATEGORY: Storage.STRING,
    FeatureType.TEXT: Storage.STRING,
    FeatureType.VECTOR: Storage.FLOAT,
}


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing that a caller sends for a row."""

    source: str
    """The name in training, as it was."""
    type: FeatureType
    nullable: bool = False
    """The model answers where this feature is missing."""
    never_missing: bool = False
    """There is a sample, and this feature is missing in none of its rows."""
    min: float | None = None
    """Below is refused: a person's limit, from the card."""
    max: float | None = None
    distribution: Distribution | None = None
    """As seen in the sample; for a vector, over all its elements."""
    categories: tuple[Category, ...] = ()
    """The known values, in the encoder's order, else sorted."""
    open: bool = True
    """Values that are not among the categories are accepted by the model."""
    length: int | None = None
    """How many floats a vector has."""
    gaps: bool = False
    """The model answers where some of a vector's floats are missing."""
    example: Category | tuple[float, ...] | None = None
    """A value that the model accepts."""
    default: Category | None = None
    """Taken where a caller leaves the feature out."""
    unit: str | None = None
    description: str | None = None
    graphql_name: str | None = None
    """A name chosen by a person in the card, else made from the source."""
    storage: Storage | None = None
    """How the column stood in the sample, where that differs from what the type says."""

    @property
    def stored(self) -> Storage:
        """How the column stands in the matrix."""
        return self.storage or _STORAGE[self.type]

    @property
    def required(self) -> bool:
        """Whether a caller must send a value that is not null."""
        return not self.nullable and self.default is None


class Container(StrEnum):
    """What the estimator's methods are given."""

    FRAME = "frame"
    """A pandas DataFrame with the training names."""
    ARRAY = "array"
    """A 2-d NumPy array: of float64, or of objects where a feature is no number."""
    TEXTS = "texts"
    """A list of strings, as text vectorizers take."""
    DICTIONARIES = "dictionaries"
    """A list of dictionaries without the keys that are missing, as vectorizers of dictionaries take."""
    LABELS = "labels"
    """A list of labels, as encoders of targets take."""
    LABEL_SETS = "sets of labels"
    """A list of tuples of labels: of those whose feature is true."""


@dataclass(frozen=True, slots=True)
class Signature:
    """All that a model takes."""

    features: tuple[Feature, ...]
    container: Container
    columns: tuple[str, ...] = ()
    """The training names, where one vector stands for all columns of a frame; else the features are the columns."""
    labels: tuple[Category, ...] = ()
    """Which label each feature says to be there or not, where the container is sets of labels."""

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the frame's columns, in training order."""
        return self.columns or tuple(feature.source for feature in self.features)

    @property
    def example_row(self) -> tuple[object, ...]:
        """One value per feature that the model accepts, in order."""
        return tuple(feature.example for feature in self.features)
