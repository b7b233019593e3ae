"""A signature becomes an input type: one field per feature, in training order."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry

from inference.card import FeatureType
from inference.signature.feature import Feature, Signature
from schema.claims import Claims, TypeNames
from schema.class_making import FieldOfClass, make_class
from schema.labels import EnumValue, enum_of
from schema.names import field_name

_SCALARS: Mapping[FeatureType, Any] = {
    FeatureType.FLOAT: float,
    FeatureType.INTEGER: int,
    FeatureType.BOOLEAN: bool,
    FeatureType.CATEGORY: str,
    FeatureType.TEXT: str,
    FeatureType.VECTOR: list[float],
}


@dataclass(frozen=True, slots=True)
class InputType:
    """The input type of a model, and the names of its fields."""

    cls: type
    """For Strawberry."""
    names: Mapping[str, str]
    """From a feature's source to its GraphQL name, in training order."""
    enums: Mapping[str, type[enum.Enum]]
    """From a feature's source to its enum, where it has one."""
    read: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    """From a coerced input object to a row: plain values, one per feature."""


def input_type(names: TypeNames, signature: Signature) -> InputType:
    """Make the input type of a model. Raises NameClash where two features meet in one name.

    A row arrives at the resolver as a tuple of plain values, one per feature.
    """
    fields = feature_names(names.model, signature)
    enums = {f.source: made for f in signature.features if (made := _category_enum(names, fields[f.source], f))}
    made = strawberry.input(
        make_class(
            name := names.take("Input"),
            [_field(f, fields[f.source], enums.get(f.source), i) for i, f in enumerate(signature.features)],
        ),
        name=name,
        description=f"What {names.model} takes for one row.",
    )
    read = _row_reader(signature, fields, enums)
    # Strawberry calls it instead of building a dataclass.
    made.__strawberry_definition__.from_input = lambda _type, row, _context: read(row)  # type: ignore[attr-defined]  # set by strawberry.input
    return InputType(made, fields, enums, read)


def feature_names(model: str, signature: Signature) -> dict[str, str]:
    """Return each feature's GraphQL name. Raises NameClash."""
    claims = Claims(f"{model}, features")
    return {
        feature.source: claims.claim(
            feature.graphql_name or field_name(feature.source),
            repr(feature.source),
            f"Give one of them a graphql_name in card.yaml, under features.{feature.source}",
        )
        for feature in signature.features
    }


def _category_enum(names: TypeNames, field: str, feature: Feature) -> type[enum.Enum] | None:
    """Make an enum where the model refuses unknown values; else a String takes what may come."""
    if feature.type is not FeatureType.CATEGORY or feature.open:
        return None
    values = [EnumValue(str(category)) for category in feature.categories]
    suffix = f"{field[0].upper()}{field[1:]}Input"
    what = f"the known values of {feature.source!r}"
    return enum_of(lambda: names.take(suffix, what), values, f"The known values of {feature.source}.")


def _field(feature: Feature, name: str, enum_: type[enum.Enum] | None, place: int) -> FieldOfClass:
    annotation = enum_ or (list[float | None] if feature.gaps else _SCALARS[feature.type])
    options: dict[str, Any] = {"name": name, "description": describe(feature)}
    if feature.nullable:
        annotation |= None
        options["default"] = strawberry.UNSET
    if feature.default is not None:
        options["default"] = enum_(feature.default) if enum_ else feature.default
    return FieldOfClass(f"feature_{place}", annotation, strawberry.field(**options))


def describe(feature: Feature) -> str:
    """Say of a feature what a caller should know: `sepal length (cm) · in cm · seen 4.3 to 7.9, median 5.8`."""
    seen = feature.distribution
    parts = [
        feature.source,
        feature.description,
        f"in {feature.unit}" if feature.unit else None,
        _length(feature),
        _accepted(feature),
        f"seen {seen.min:g} to {seen.max:g}, median {seen.quartiles[1]:g}" if seen else None,
        _known_values(feature),
        "may be missing" if feature.nullable else None,
    ]
    return " · ".join(part for part in parts if part)


def _length(feature: Feature) -> str | None:
    if not feature.length:
        return None
    return f"{feature.length} numbers" + (", some of which may be missing" if feature.gaps else "")


def _accepted(feature: Feature) -> str | None:
    if feature.min is not None and feature.max is not None:
        return f"from {feature.min:g} to {feature.max:g}"
    if feature.min is not None:
        return f"at least {feature.min:g}"
    return None if feature.max is None else f"at most {feature.max:g}"


def _known_values(feature: Feature) -> str | None:
    most_shown = 12
    if not feature.categories:
        return None
    shown = ", ".join(str(category) for category in feature.categories[:most_shown])
    more = f" and {len(feature.categories) - most_shown} more" if len(feature.categories) > most_shown else ""
    return f"{'known are' if feature.open else 'one of'} {shown}{more}"


def _row_reader(
    signature: Signature, names: Mapping[str, str], enums: Mapping[str, type[enum.Enum]]
) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Make the function that reads a coerced input object."""
    places = [(names[f.source], f.default if not f.nullable else None) for f in signature.features]
    if not enums:
        return lambda row: tuple([row.get(name, default) for name, default in places])

    def read(row: Mapping[str, Any]) -> tuple[Any, ...]:
        values = (row.get(name, default) for name, default in places)
        return tuple([value.value if isinstance(value, enum.Enum) else value for value in values])

    return read
