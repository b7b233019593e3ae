"""An operation is counted for its name and for the model that it predicts with."""

from __future__ import annotations

import pytest
from graphql import parse

from schema.asked import UNKNOWN, Asked, asked_of

MODELS = {"iris": "iris", "irisBatch": "iris", "wine": "red wine"}
NAMED = "query A { iris { label } } query B { wine { label } }"


@pytest.mark.parametrize(
    ("document", "name", "asked"),
    [
        ("{ iris { label } }", None, ("anonymous", "iris")),
        ("query Q { a: iris { label } b: irisBatch { count } models { name } }", None, ("Q", "iris")),
        ("query Q { iris { label } wine { label } }", "Q", ("Q", "several")),
        ("{ models { name } __typename }", None, ("anonymous", "none")),
        (NAMED, "A", ("A", "iris")),
        (NAMED, "B", ("B", "red wine")),
        ("{ ...F } fragment F on Query { ... { ... on Query { wine { label } } } }", None, ("anonymous", "red wine")),
        ("{ ...F } fragment F on Query { ...F iris { label } }", None, ("anonymous", "iris")),
        ("{ ...Nowhere }", None, ("anonymous", "none")),
    ],
)
def test_an_operation_asks_for_one_model_or_several_or_none(document: str, name: str | None, asked: Asked) -> None:
    assert asked_of(parse(document), name, MODELS) == asked


def test_an_operation_that_is_not_there_is_not_known() -> None:
    assert asked_of(parse(NAMED), "C", MODELS) is UNKNOWN
    assert asked_of(parse("fragment F on Query { iris { label } }"), None, MODELS) is UNKNOWN
