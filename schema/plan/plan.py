"""The plan of an operation: what its variables are for, and a variant for each combination of its settings.

Variables that hold rows, or values of rows, are read anew for each request. The others stand in directives and in
arguments such as `version` or `k`: they are few and seldom change, so the selection is compiled once for each
combination of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import msgspec
import orjson
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    get_variable_values,
)

from schema.plan.compile import Compiler, Scope
from schema.plan.read import Given, RowReader
from schema.plan.variables import predictions_of, variables_of
from schema.plan.variant import Variant
from schema.plan.write import NotExact

MOST_VARIANTS = 1024
"""Of all plans together. One takes some 30 KB."""
LONGEST_SETTINGS = 1024
"""In bytes: other variables than rows that are larger than this together are not worth a variant."""


Settings = tuple[bytes | None, ...]
"""What a request sends in each of the variables that hold no rows; None where it sends nothing."""


class Variants:
    """The variants of all plans. Those that were asked for least lately are forgotten first."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[Plan, Settings], Variant | None] = OrderedDict()

    def of(self, plan: Plan, settings: Settings) -> Variant | None:
        """Return a variant, compiled now or before; None where the reference lane is to answer."""
        key = (plan, settings)
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        variant = self._known[key] = plan.compiled(settings)
        if len(self._known) > MOST_VARIANTS:
            self._known.popitem(last=False)
        return variant


class Plan:
    """One operation of a document."""

    def __init__(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        compiler: Compiler,
        readers: Mapping[str, RowReader],
        variants: Variants,
    ) -> None:
        """`readers` are those of the input types, by name.

        Raises NotExact where the operation is left to the reference lane, whatever it is sent with.
        """
        self._operation = operation
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._compiler = compiler
        rows = [
            argument
            for node in predictions_of(operation.selection_set, self._fragments, compiler.models)
            for argument in node.arguments or ()
            if argument.name.value == compiler.models[node.name.value].rows_argument
        ]
        if not rows:
            raise NotExact
        variables = variables_of(operation, rows, self._fragments, readers, compiler.schema)
        cells = variables.cells
        self._rows = {**variables.rows, **{name: cell.read for name, cell in cells.items() if cell.required}}
        self._optional = [(name, cell.read, cell.absent) for name, cell in cells.items() if not cell.required]
        self._settings = variables.settings
        self._names = [node.variable.name.value for node in self._settings]
        self._declared = {*self._rows, *cells, *self._names}
        self._variants = variants
        self.only_rows = next(iter(variables.rows.items())) if len(variables.rows) == 1 and not cells else None
        """The one variable that differs from request to request, and what reads its rows; None where there are more."""

    def rows(self, given: Given) -> dict[str, Any] | None:
        """Read the variables that hold rows, or values of rows; None where the reference lane is to do that."""
        if not self._declared.issuperset(given):
            return None
        try:
            read = {name: read(given[name]) for name, read in self._rows.items()}
            for name, read_one, absent in self._optional:
                read[name] = read_one(given[name]) if name in given else absent
        except (KeyError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        return read

    def variant(self, given: Given) -> Variant | None:
        """Return the variant for the variables that hold no rows, None where the reference lane is to answer."""
        settings = tuple([bytes(given[name]) if name in given else None for name in self._names])
        if sum(len(value) for value in settings if value) > LONGEST_SETTINGS:
            return None
        return self._variants.of(self, settings)

    def compiled(self, settings: Settings) -> Variant | None:
        """Compile the variant for some settings; None where the reference lane is to answer."""
        try:
            sent: dict[str, Any] = {
                name: orjson.loads(value)
                for name, value in zip(self._names, settings, strict=True)
                if value is not None
            }
            values = get_variable_values(self._compiler.schema, self._settings, sent)
            if isinstance(values, list):
                return None
            scope = Scope(self._operation, self._fragments, self._settings, sent, values)
            return self._compiler.variant(scope)
        except (orjson.JSONDecodeError, GraphQLError, NotExact):
            return None
