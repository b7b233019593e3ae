"""Documents are parsed and validated once, and never more of them kept than there is room for."""

from __future__ import annotations

import pytest
from graphql import GraphQLSyntaxError, build_schema

from schema.plan.find import LONGEST, MOST_CHARACTERS, Documents
from schema.plan.limits import OperationLimits

SCHEMA = build_schema("type Query { a: Int }")


def _documents() -> Documents:
    return Documents(SCHEMA, {}, lambda _document, _operation: None, OperationLimits())


def test_a_document_that_was_checked_before_is_the_same_one() -> None:
    documents = _documents()
    first = documents.checked("{ a }", None)
    assert documents.checked("{ a }", None) is first
    assert documents.checked("{ a  }", None) is not first
    assert first.errors == ()


def test_what_is_wrong_with_a_document_is_remembered_with_it() -> None:
    documents = _documents()
    for _ in range(2):
        (error,) = documents.checked("{ b }", None).errors
        assert error.message == "Cannot query field 'b' on type 'Query'. Did you mean 'a'?"


def test_a_text_that_is_no_document_is_refused_each_time() -> None:
    documents = _documents()
    for _ in range(2):
        with pytest.raises(GraphQLSyntaxError):
            documents.checked("{ a", None)


def test_what_was_asked_for_least_lately_is_forgotten_first() -> None:
    documents = _documents()
    texts = [f"{{ a }} # {number}".ljust(LONGEST) for number in range(MOST_CHARACTERS // LONGEST)]
    checked = [documents.checked(text, None) for text in texts]
    assert documents.checked(texts[0], None) is checked[0]
    documents.checked("{ a }", None)
    assert documents.checked(texts[0], None) is checked[0]
    assert documents.checked(texts[2], None) is checked[2]
    assert documents.checked(texts[1], None) is not checked[1]


def test_a_very_long_document_is_not_remembered_and_pushes_out_no_other() -> None:
    documents = _documents()
    short, long = "{ a }", "{ a }".ljust(LONGEST + 1)
    first = documents.checked(short, None)
    assert documents.checked(long, None) is not documents.checked(long, None)
    assert documents.checked(short, None) is first


@pytest.mark.parametrize(
    ("text", "name", "fault"),
    [
        ("{ a }", None, None),
        ("query A { a }", None, None),
        ("query A { a }", "A", None),
        ("query A { a } query B { a }", "B", None),
        ("query A { a } query B { a }", None, "The document has the operations A, B. Say which one"),
        ("query Flowers { a }", "Flower", "no operation 'Flower'; the nearest known is 'Flowers'"),
        ("{ a }", "A", "no operation 'A'."),
        ("fragment F on Query { a }", None, "holds no operation"),
        ("fragment F on Query { a }", "F", "holds no operation"),
    ],
)
def test_an_operation_is_chosen_by_its_name_or_by_being_the_only_one(
    text: str, name: str | None, fault: str | None
) -> None:
    said = _documents().checked(text, name).fault
    assert (said is None) == (fault is None)
    assert (fault or "") in (said or "")
