"""The reference lane takes documents from those that are known, and executes the operation that is meant."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from inference.errors import ErrorCode
from schema.plan.find import Documents


class Preparation(SchemaExtension):
    """Takes the document from those known, and refuses a request that does not say which operation is meant.

    Strawberry alone takes the first of several, and raises past its own error handling where it finds none.
    """

    def __init__(self, documents: Documents) -> None:
        super().__init__()
        self._documents = documents

    def on_parse(self) -> Iterator[None]:
        """Give Strawberry the document before it parses one. Raises GraphQLError."""
        context = self.execution_context
        # `operation_name` itself falls back to the first operation's.
        checked = self._documents.checked(context.query or "", context._provided_operation_name)  # noqa: SLF001
        if checked.fault:
            raise GraphQLError(checked.fault, extensions={"code": ErrorCode.BAD_USER_INPUT.value})
        # A list of errors, be it empty, says that validation is done.
        context.graphql_document, context.pre_execution_errors = checked.document, list(checked.errors)
        yield
