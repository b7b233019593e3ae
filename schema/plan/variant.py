"""What a plan comes to once its settings are known: what is asked of which model, and the text around the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graphql import FieldNode, GraphQLField, GraphQLInputObjectType, ValueNode, get_named_type

from resolvers.predict import Rows, Wanted
from schema.plan.metadata import Part
from schema.plan.mixed import MixedRows
from schema.plan.write import NotExact, Template
from schema.types import ModelTypes

ERRORS = "errors"
"""The column of a batch's errors; it has one value, which is a list of them."""


@dataclass(frozen=True, slots=True)
class ModelField:
    """A field of Query that predicts."""

    types: ModelTypes
    many: bool
    core: GraphQLField
    is_numeric: bool
    """None of its features may be a string: in JSON, each of its rows has one opening brace."""

    @property
    def rows_argument(self) -> str:
        """The argument that holds the rows."""
        return "inputs" if self.many else "input"

    def mixed(self, written: ValueNode) -> MixedRows:
        """Return rows that are written out with variables in them. Raises NotExact."""
        kind = get_named_type(self.core.args[self.rows_argument].type)
        if not isinstance(kind, GraphQLInputObjectType):
            raise NotExact
        return MixedRows(written, kind, self.types.input)


@dataclass(frozen=True, slots=True)
class Count:
    """The number of rows of a batch."""


@dataclass(frozen=True, slots=True)
class RowErrors:
    """The errors of a batch."""

    template: Template


BatchField = bytes | Template | RowErrors | Count | Part
"""A field of a batch: its type's name, its predictions, its errors, its count, or its model."""


@dataclass(frozen=True, slots=True)
class Predictive:
    """A field of an operation that predicts: what is asked, and the text of the answer."""

    field: ModelField
    nodes: Sequence[FieldNode]
    rows: Rows | str
    """The rows, or by what they are found: the variable that holds them, or the key of `mixed` in its variant."""
    version: str | None
    partial: bool
    """Whether rows that cannot be predicted leave the others be."""
    wanted: Wanted
    body: Template | Mapping[bytes, BatchField]
    """Of one prediction, or of each field of a batch, by the text of its key and a colon."""
    places: bytes
    """The text of its places in the document, as an error tells them."""

    @property
    def model(self) -> str:
        """The model that is asked."""
        return self.field.types.info.name

    @property
    def parts(self) -> Sequence[Part]:
        """What is asked of the model itself."""
        return [] if isinstance(self.body, Template) else [one for one in self.body.values() if isinstance(one, Part)]

    @property
    def in_part(self) -> bool:
        """Whether its rows are predicted that can be, though others cannot."""
        return self.field.many and self.partial


class Whole(NamedTuple):
    """An answer in which nothing but predictions of one field differs from request to request."""

    before: bytes
    template: Template
    after: bytes


@dataclass(frozen=True, slots=True)
class Variant:
    """An operation whose variables, but for the rows, have certain values."""

    fields: Mapping[str, bytes | Predictive | None]
    """By response key: a constant, a prediction, or None for what is in `metadata`."""
    metadata: Part | None
    asked: Mapping[str, Predictive]
    """The predictions among the fields."""
    openings: Mapping[str, bytes]
    """The text of each response key, and a colon."""
    mixed: Mapping[str, MixedRows]
    """Rows that are written out with variables in them, by what no variable is called."""
    whole: Whole | None
    """The answer where no row has an error; None where more than predictions is to be written."""
