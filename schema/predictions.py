"""A model's outputs become its prediction type, and the service's columns become the rows that it is read from."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import strawberry

from inference.outputs.output import (
    Argument,
    Label,
    ListOf,
    Member,
    Output,
    OutputRequest,
    Record,
    Scalar,
    ScalarKind,
    ValueType,
)
from inference.predictions import Predictions
from schema.claims import Claims, TypeNames
from schema.class_making import FieldOfClass, make_class
from schema.labels import EnumValue, enum_of
from schema.metadata import InputWarning
from schema.names import field_name, type_name

Row = dict[Any, Any]
"""A prediction: values by Python field name, or by OutputRequest for outputs with arguments."""

Dress = Callable[[Any], Any] | None
"""Turns one plain value into what the executor reads; None where it is that already."""

WARNINGS = "warnings"


@dataclass(frozen=True, slots=True)
class ValueInGraphQL:
    """How values of one type stand in the schema."""

    annotation: Any
    """For Strawberry."""
    text: str
    """As SDL writes it, without the mark of non-null."""
    dress: Dress = None


_SCALARS: Mapping[ScalarKind, ValueInGraphQL] = {
    ScalarKind.FLOAT: ValueInGraphQL(float, "Float"),
    ScalarKind.INTEGER: ValueInGraphQL(int, "Int"),
    ScalarKind.BOOLEAN: ValueInGraphQL(bool, "Boolean"),
    ScalarKind.STRING: ValueInGraphQL(str, "String"),
}


@dataclass(frozen=True, slots=True)
class PredictionType:
    """The prediction type of a model, and how its rows are made."""

    cls: type
    """For Strawberry."""
    outputs: Mapping[str, Output]
    """By GraphQL field name, those of targets aside."""
    targets: Mapping[str, Mapping[str, Output]]
    """The outputs of each target that has an object of its own, by GraphQL field names."""
    values: Mapping[str, ValueInGraphQL]
    """By the outputs' keys."""
    label_is_enum: bool

    @property
    def all_outputs(self) -> Mapping[str, Output]:
        """All outputs, by what stands in a query for them: `label`, or `colour.label` for that of a target."""
        below = {f"{target}.{name}": output for target, own in self.targets.items() for name, output in own.items()}
        return {**self.outputs, **below}


def prediction_type(names: TypeNames, outputs: Iterable[Output]) -> PredictionType:
    """Make the prediction type of a model. Raises NameClash where two of a record's members meet in one name."""
    outputs = list(outputs)
    types = _Types(names)
    by_field = {field_name(output.name): output for output in outputs if output.target is None}
    values = {output.key: types.of(output.type) for output in by_field.values()}
    fields = [_field(name, values[output.key].annotation, output) for name, output in by_field.items()]
    targets = _targets(names, outputs, reserved=[*by_field, WARNINGS])
    for name, own in targets.items():
        fields.append(_target_field(names, name, own, values))
    sentence = "What is unusual about the input: the model answers, and may be wrong."
    fields.append(FieldOfClass(WARNINGS, list[InputWarning], strawberry.field(description=sentence)))
    made = _object_type(names.take("Prediction"), fields, f"What {names.model} answers for one row.")
    return PredictionType(made, by_field, targets, values, types.label_is_enum)


def _targets(names: TypeNames, outputs: list[Output], reserved: Iterable[str]) -> dict[str, dict[str, Output]]:
    """Name the targets that have objects of their own, and sort the outputs by them."""
    claims = Claims(f"{names.model}, targets")
    claims.reserve(reserved, "a field of every prediction")
    fields: dict[str, str] = {}
    targets: dict[str, dict[str, Output]] = {}
    for output in outputs:
        if output.target is None:
            continue
        source = output.target.source
        if source not in fields:
            mend = "Give it another name in card.yaml: the name in outputs"
            fields[source] = claims.claim(field_name(source), repr(source), mend)
        targets.setdefault(fields[source], {})[field_name(output.name)] = output
    return targets


def _target_field(
    names: TypeNames, name: str, outputs: Mapping[str, Output], values: dict[str, ValueInGraphQL]
) -> FieldOfClass:
    """Make the object of one target; note how its outputs' values stand in the schema."""
    member = next(output.target for output in outputs.values() if output.target)
    own = TypeNames(names.model, f"{names.prefix}{type_name(name)}", names.taken)
    types = _Types(own)
    values.update({output.key: types.of(output.type) for output in outputs.values()})
    fields = [_field(field, values[output.key].annotation, output) for field, output in outputs.items()]
    made = _object_type(own.take("Prediction"), fields, f"What {names.model} answers of {member.source}.")
    return FieldOfClass(python_name(name), made, strawberry.field(name=name, description=_described(member)))


def _field(name: str, annotation: Any, output: Output) -> FieldOfClass:
    if not output.arguments:
        return FieldOfClass(python_name(name), annotation, strawberry.field(name=name, description=output.description))
    field = strawberry.field(resolver=_reader(output, annotation), name=name, description=output.description)
    return FieldOfClass(python_name(name), annotation, field)


def _reader(output: Output, annotation: Any) -> Callable[..., Any]:
    """Make the resolver of an output with one argument: it reads the value that was computed for it."""
    (argument,) = output.arguments

    def read(root: Row, argument_value: int) -> Any:
        return root[output.request({argument.name: argument_value})]

    read.__annotations__ = {"argument_value": _argument(argument), "return": annotation}
    read.__defaults__ = (argument.default,)
    return read


def _argument(argument: Argument) -> Any:
    return Annotated[int, strawberry.argument(name=argument.name, description=argument.description)]


def python_name(name: str) -> str:
    """Return an attribute name for a GraphQL name, which may be a key word of Python."""
    return f"{name}_" if keyword.iskeyword(name) else name


def _object_type(name: str, fields: list[FieldOfClass], description: str) -> type:
    return strawberry.type(make_class(name, fields), name=name, description=description)


class _Types:
    """Makes the GraphQL types of one model's values, each once."""

    def __init__(self, names: TypeNames) -> None:
        self._names = names
        self._made: dict[ValueType, ValueInGraphQL] = {}
        self.label_is_enum = False
        """Whether a class, of those met so far, is a value of an enum."""

    def of(self, value: ValueType) -> ValueInGraphQL:
        """Return how values of a type stand in the schema."""
        if value not in self._made:
            self._made[value] = self._make(value)
        return self._made[value]

    def _make(self, value: ValueType) -> ValueInGraphQL:
        match value:
            case Scalar(kind):
                return _SCALARS[kind]
            case Label():
                return self._label(value)
            case ListOf(item):
                return self._list(item)
            case Record():
                return self._record(value)

    def _label(self, label: Label) -> ValueInGraphQL:
        if not label.named:
            return _plain_label(label)
        values = [EnumValue(item.name, item.description) for item in label.classes]
        sentence = f"The classes of {self._names.model}."
        made = None if label.open else enum_of(lambda: self._names.take("Label"), values, sentence)
        self.label_is_enum = made is not None
        return ValueInGraphQL(made, made.__name__) if made else _SCALARS[ScalarKind.STRING]

    def _list(self, item: ValueType) -> ValueInGraphQL:
        made = self.of(item)
        dress = made.dress
        return ValueInGraphQL(
            list[made.annotation],  # type: ignore[name-defined]  # made at run time
            f"[{made.text}!]",
            dress and (lambda values: [dress(value) for value in values]),
        )

    def _record(self, record: Record) -> ValueInGraphQL:
        claims = Claims(f"{self._names.model}, {record.name}")
        mend = "Give one of them another name in card.yaml: classes.<label>.name, or the name in outputs"
        names = [claims.claim(field_name(m.source), repr(m.source), mend) for m in record.members]
        values = [self.of(member.type) for member in record.members]
        fields = [
            FieldOfClass(
                python_name(name), value.annotation, strawberry.field(name=name, description=_described(member))
            )
            for name, value, member in zip(names, values, record.members, strict=True)
        ]
        made = _object_type(self._names.take(type_name(record.name)), fields, record.description)
        dress = _record_dress([python_name(name) for name in names], [value.dress for value in values])
        return ValueInGraphQL(made, made.__name__, dress)


def _described(member: Member) -> str:
    return " · ".join(filter(None, [member.source, member.description, member.unit]))


def _plain_label(label: Label) -> ValueInGraphQL:
    """Return the type of labels without names: numbers and truth values stay what they are."""
    kinds = {type(item.raw) for item in label.classes}
    if kinds == {bool}:
        return _SCALARS[ScalarKind.BOOLEAN]
    if kinds == {int} and all(-(2**31) <= int(item.raw) < 2**31 for item in label.classes):
        return _SCALARS[ScalarKind.INTEGER]
    return _SCALARS[ScalarKind.FLOAT if kinds == {float} else ScalarKind.STRING]


def _record_dress(names: list[str], dresses: list[Dress]) -> Dress:
    if not any(dresses):
        return lambda values: dict(zip(names, values, strict=True))
    return lambda values: {
        name: dress(value) if dress else value for name, dress, value in zip(names, dresses, values, strict=True)
    }


def dressed_rows(prediction: PredictionType, predictions: Predictions, names: Mapping[str, str]) -> list[Row | None]:
    """Return one row per input row, None where it has an error. `names` are the features' GraphQL names."""
    dressed = {
        request: _dressed(column, prediction.values[request.name].dress)
        for request, column in predictions.columns.items()
    }
    columns = _by_field(prediction.outputs, dressed)
    for target, outputs in prediction.targets.items():
        columns[python_name(target)] = _rows(_by_field(outputs, dressed), predictions.count)
    if predictions.warnings is not None:
        columns[WARNINGS] = [
            [InputWarning(field=names[w.field], code=w.code, message=w.message) for w in warnings]
            for warnings in predictions.warnings
        ]
    failed = predictions.failed_rows
    return [None if place in failed else row for place, row in enumerate(_rows(columns, predictions.count))]


def _dressed(column: list[Any], dress: Dress) -> list[Any]:
    return [None if value is None else dress(value) for value in column] if dress else column


def _by_field(outputs: Mapping[str, Output], columns: Mapping[OutputRequest, list[Any]]) -> dict[Any, list[Any]]:
    """Pick the columns of some outputs, each by what a row is read by."""
    fields = {output.key: python_name(field) for field, output in outputs.items()}
    return {
        request if request.arguments else fields[request.name]: column
        for request, column in columns.items()
        if request.name in fields
    }


def _rows(columns: Mapping[Any, list[Any]], count: int) -> list[Row]:
    if not columns:
        return [{} for _ in range(count)]
    keys = list(columns)
    return [dict(zip(keys, values, strict=True)) for values in zip(*columns.values(), strict=True)]
