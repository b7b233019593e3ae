"""How the cost of a request grows: with rows, fields, models and connections; and latency at a part of capacity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import orjson
import uvloop
from graphql import OperationDefinitionNode, parse, print_ast

from benchmarks.http.client import Address, Measured, Request
from benchmarks.http.contestants import serve
from benchmarks.http.load import open_loop
from benchmarks.http.rounds import CONNECTIONS, Pace, under_load
from benchmarks.http.servers import running
from benchmarks.http.subject import Workload

SHARES: Final = (0.5, 0.75, 1.0)
"""Of capacity, for the open loop."""
_OPEN_CONNECTIONS: Final = 256
_FIELDS_ROWS: Final = 100
_FIELDS: Final = ("label", "probability", "probabilities", "rawLabel", "probabilityVector", "decision", "topClasses")
"""A prediction's fields in the order in which they are added; not `warnings`, which sends no value for usual rows."""

Curve = Mapping[int, Measured]


@dataclass(frozen=True)
class Extent:
    """How far curves go."""

    connections: Sequence[int]
    models: int
    fields: int


@dataclass(frozen=True)
class Growth:
    """What was measured of predictql alone, with all models of the folder in one process."""

    fields: Curve
    """By the number of fields selected of 100 rows, on one connection."""
    models: Curve
    """By the number of models in one operation, on one connection."""
    connections: Curve
    """By the number of connections that send one row each."""
    capacity: float
    """Requests of one row a second, closed loop."""
    open_loop: Mapping[float, Measured]
    """By the share of capacity that is sent."""


def growth(models: Path, workload: Workload, extent: Extent, pace: Pace, core: int | None) -> Growth:
    """Measure predictql, which serves the whole folder."""
    one = workload.predictql(1)
    with running(serve(models), one[0], core) as started:
        address = started.address
        operations = _several_models(address, extent.models)
        fields = _selections(workload, extent.fields)
        capacity = under_load(address, one, CONNECTIONS, pace).rate
        return Growth(
            {
                count: under_load(address, workload.predictql(_FIELDS_ROWS, text), 1, pace)
                for count, text in fields.items()
            },
            {count: under_load(address, [request], 1, pace) for count, request in operations.items()},
            {count: under_load(address, one, count, pace) for count in extent.connections},
            capacity,
            {
                share: uvloop.run(open_loop(address, one, capacity * share, _OPEN_CONNECTIONS, pace.seconds))
                for share in SHARES
            },
        )


def _selections(workload: Workload, most: int) -> Mapping[int, str]:
    below = {
        "probabilities": f"probabilities {{ {' '.join(workload.rival.classes)} }}",
        "topClasses": "topClasses { label probability }",
    }
    fields = [below.get(name, name) for name in _FIELDS if name in workload.fields][:most]
    return {count: " ".join(fields[:count]) for count in range(1, len(fields) + 1)}


def _several_models(address: Address, most: int) -> Mapping[int, Request]:
    """Put the example operations of 1, 2, ... models together into one."""
    known = asked(address, "{ models { exampleQuery exampleVariables } }")["models"][:most]
    examples = [_renamed(model, number) for number, model in enumerate(known)]
    return {
        count: Request.post("/graphql", orjson.dumps(_joined(examples[:count])), has_no_errors)
        for count in range(1, len(examples) + 1)
    }


def _joined(examples: Sequence[tuple[str, str, Mapping[str, Any]]]) -> dict[str, Any]:
    variables = {name: value for _, _, sent in examples for name, value in sent.items()}
    declared = ", ".join(declared for declared, _, _ in examples)
    return {"query": f"query ({declared}) {{ {' '.join(field for _, field, _ in examples)} }}", "variables": variables}


def _renamed(model: Mapping[str, Any], number: int) -> tuple[str, str, Mapping[str, Any]]:
    """Return an example's variables as declared, its fields, and its variables as sent, with names of their own."""
    operation = parse(model["exampleQuery"]).definitions[0]
    if not isinstance(operation, OperationDefinitionNode):
        raise TypeError(f"{model['exampleQuery']!r} is no operation.")
    declared = ", ".join(print_ast(each) for each in operation.variable_definitions or ())
    fields = " ".join(print_ast(each) for each in operation.selection_set.selections)
    sent: Mapping[str, Any] = model["exampleVariables"]
    for name in sent:
        declared, fields = (text.replace(f"${name}", f"${name}{number}") for text in (declared, fields))
    return declared, fields, {f"{name}{number}": value for name, value in sent.items()}


def has_no_errors(body: bytes) -> bool:
    """Tell whether a body answers all that was asked."""
    answer = orjson.loads(body)
    return "errors" not in answer and None not in answer["data"].values()


def asked(address: Address, query: str) -> dict[str, Any]:
    """Return the data of the answer to a query."""
    connection = HTTPConnection(address.host, address.port, timeout=60)
    connection.request("POST", "/graphql", orjson.dumps({"query": query}), {"content-type": "application/json"})
    with connection.getresponse() as response:
        data: dict[str, Any] = orjson.loads(response.read())["data"]
    connection.close()
    return data
