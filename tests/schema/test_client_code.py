"""Code for clients can be generated from the schema and the example queries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from strawberry.codegen import QueryCodegen
from strawberry.codegen.plugins.python import PythonPlugin
from strawberry.codegen.plugins.typescript import TypeScriptPlugin

if TYPE_CHECKING:
    from tests.schema.conftest import Served

MODELS = ["diabetes", "digits", "iris", "language", "penguins", "wine_outliers"]


@pytest.mark.parametrize("model", MODELS)
def test_the_classes_for_an_example_query_are_good_python(demo: Served, model: str) -> None:
    (example,) = [example for example in demo.schema.examples if example.model == model]
    generated = QueryCodegen(demo.schema, plugins=[PythonPlugin(Path("query.graphql"))]).run(example.query)
    made: dict[str, object] = {}
    exec(compile(generated.to_string(), "generated.py", "exec"), made)  # noqa: S102  # the code that was generated here
    assert {f"{example.operation}Result", f"{example.operation}Input"} <= made.keys()


def test_the_types_for_an_example_query_say_what_the_schema_says(demo: Served) -> None:
    (example,) = [example for example in demo.schema.examples if example.model == "penguins"]
    generated = QueryCodegen(demo.schema, plugins=[TypeScriptPlugin(Path("query.graphql"))]).run(example.query)
    lines = [line.strip() for line in generated.to_string().splitlines()]
    for line in (
        'GENTOO = "GENTOO",',
        "island: PenguinsIslandInput",
        "billLengthMm: number | undefined",
        "year: number",
    ):
        assert line in lines
