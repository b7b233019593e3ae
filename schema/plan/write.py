"""Columns become JSON: a template is text with gaps, and each gap is filled for all rows at once.

Numbers are written by one call for a whole column and cut at the commas; labels are looked up, written once. So no
Python code runs for a single value, except for strings that differ from row to row, and for lists of objects.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import orjson

from inference.outputs.output import Categorical, Categories

Columns = Mapping[Hashable, Sequence[Any]]
"""One value per row, by what the column is of."""

Pieces = Sequence[Sequence[bytes]]
"""Written values: for each gap that a source fills, one per row."""

Encode = Callable[[Sequence[Any]], Pieces]
"""Writes a column: a list, or, of floats, an array, or one of categories."""

INT32 = (-(2**31), 2**31 - 1)


class NotExact(Exception):
    """Something that a plan does not write as the reference lane does: the request is answered there."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the values of some gaps come from."""

    path: tuple[Any, ...]
    """The column, then the member of its rows, and of that, and so on."""
    encode: Encode

    def pieces(self, columns: Columns) -> Pieces:
        """Write the values of all rows. Raises NotExact."""
        column = columns[self.path[0]]
        for place in self.path[1:]:
            column = [row[place] for row in column]
        return self.encode(column)


@dataclass(frozen=True, slots=True)
class Gap:
    """A place in a row's text."""

    source: Source
    place: int = 0
    """Which of the source's pieces."""


class Template:
    """The text of a row, with gaps."""

    def __init__(self, tokens: Sequence[bytes | Gap]) -> None:
        texts, gaps = [b""], []
        for token in tokens:
            if isinstance(token, Gap):
                gaps.append(token)
                texts.append(b"")
            else:
                texts[-1] += token
        self._first, self._last = texts[0], texts[-1]
        # What stands between the last gap of a row and the first of the next belongs to the next.
        self._between = texts[-1] + b"," + texts[0]
        self._row = [part for text in texts[:-1] for part in (text, b"")]
        if gaps:
            self._row[0] = self._between
        self._fills = [
            (source, [(2 * at + 1, gap.place) for at, gap in enumerate(gaps) if gap.source == source])
            for source in dict.fromkeys(gap.source for gap in gaps)
        ]

    def joined(self, columns: Columns, count: int, before: bytes = b"", after: bytes = b"") -> bytes:
        """Write `count` rows with commas between them, and something before and after all of them. Raises NotExact."""
        if not count or not self._fills:
            return before + b",".join([self._first] * count) + after
        parts = self._row * count
        self._fill(parts, columns, count)
        parts[0] = before + self._first
        parts.append(self._last + after)
        return b"".join(parts)

    def rows(self, columns: Columns, count: int) -> list[bytes]:
        """Write `count` rows, each for itself. Raises NotExact."""
        if not count or not self._fills:
            return [self._first] * count
        parts = self._row * count
        self._fill(parts, columns, count)
        width = len(self._row)
        parts[::width] = [self._first] * count
        return [b"".join(parts[start : start + width]) + self._last for start in range(0, count * width, width)]

    def _fill(self, parts: list[bytes], columns: Columns, count: int) -> None:
        width = len(self._row)
        for source, places in self._fills:
            pieces = source.pieces(columns)
            for at, place in places:
                if len(pieces[place]) != count:
                    raise NotExact
                parts[at::width] = pieces[place]


def numbers(column: Sequence[Any]) -> Pieces:
    """Write floats, integers or truth values."""
    return [_dumped(column)[1:-1].split(b",")]


def integers(column: Sequence[Any]) -> Pieces:
    """Write integers. Raises NotExact where one has more than 32 bits."""
    if column and not INT32[0] <= min(column) <= max(column) <= INT32[1]:
        raise NotExact
    return numbers(column)


def number_lists(column: Sequence[Any]) -> Pieces:
    """Write lists of floats or truth values, without their brackets."""
    return [_dumped(column)[2:-2].split(b"],[")]


def number_records(width: int) -> Encode:
    """Return what writes sequences of `width` numbers, each number for itself."""

    def encode(column: Any) -> Pieces:
        if isinstance(column, list):
            written = _dumped(column).translate(None, b"[]").split(b",")
        else:
            written = _dumped(column.reshape(-1))[1:-1].split(b",")
        if len(written) != width * len(column):
            raise NotExact
        return [written[place::width] for place in range(width)]

    return encode


def _dumped(column: Any) -> bytes:
    """Write numbers, which may stand in an array."""
    return orjson.dumps(column, option=orjson.OPT_SERIALIZE_NUMPY)


def strings() -> Encode:
    """Return what writes strings, and nulls between them; each different one once."""

    def encode(column: Sequence[Any]) -> Pieces:
        if len(column) == 1:
            return [[orjson.dumps(column[0])]]
        written = {value: orjson.dumps(value) for value in set(column)}
        return [[written[value] for value in column]]

    return _categorical(orjson.dumps, encode)


def _categorical(encode_one: Callable[[Any], bytes], encode: Encode) -> Encode:
    """Return what writes columns of categories, each of these once for ever, and leaves other columns to `encode`."""
    known: dict[Categories, Any] = {}

    def look_up(column: Any) -> Pieces:
        if not isinstance(column, Categorical):
            return encode(column)
        texts = known.get(column.categories)
        if texts is None:
            texts = known[column.categories] = column.categories.mapped(encode_one)
        return [column.looked_up(texts)]

    return look_up


def known_values(written: Mapping[Any, bytes], encode: Callable[[Any], bytes]) -> Encode:
    """Return what looks values up that were written before, and writes others."""

    def look_up(column: Sequence[Any]) -> Pieces:
        try:
            return [[written[value] for value in column]]
        except KeyError:
            return [[written[value] if value in written else encode(value) for value in column]]

    return _categorical(encode, look_up)


def lists_of(encode: Encode) -> Encode:
    """Return what writes lists, without their brackets, from what writes their items."""

    def encode_lists(column: Sequence[Any]) -> Pieces:
        (written,) = encode(list(chain.from_iterable(column))) if any(column) else ([],)
        return [_grouped(written, column)]

    return encode_lists


def lists_of_records(template: Template) -> Encode:
    """Return what writes lists of objects, without their brackets. The objects are sequences of values."""

    def encode(column: Sequence[Any]) -> Pieces:
        items = list(chain.from_iterable(column))
        if not items:
            return [[b""] * len(column)]
        columns: Columns = dict(enumerate(zip(*items, strict=True)))
        return [_grouped(template.rows(columns, len(items)), column)]

    return encode


def _grouped(written: Sequence[bytes], column: Sequence[Any]) -> list[bytes]:
    """Join the items of each row."""
    rows: list[bytes] = []
    start = 0
    for length in map(len, column):
        rows.append(b",".join(written[start : start + length]))
        start += length
    return rows
