"""From a request's text to the one operation that is meant: parsed, validated, and chosen by its name."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension

from inference.errors import ErrorCode, nearest
from schema.documents import Documents


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
        checked = self._documents.checked(context.query or "")
        # `operation_name` itself falls back to the first operation's.
        fault = choice_fault(checked.document, context._provided_operation_name)  # noqa: SLF001
        if fault:
            raise GraphQLError(fault, extensions={"code": ErrorCode.BAD_USER_INPUT.value})
        # A list of errors, be it empty, says that validation is done.
        context.graphql_document, context.pre_execution_errors = checked.document, list(checked.errors)
        yield


def choice_fault(document: DocumentNode, name: str | None) -> str | None:
    """Say why no operation of a document can be chosen, None where one can. `name` is what the request says."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    names = [node.name.value for node in operations if node.name]
    if not operations:
        return "The document holds no operation. Write one, such as { models { name } }."
    if name is not None:
        return None if name in names else f"The document has no operation {name!r}{nearest(name, names)}."
    if len(operations) > 1 and len(names) == len(operations):
        return f"The document has the operations {', '.join(names)}. Say which one is meant with operationName."
    return None  # the only one, or several that validation refuses
