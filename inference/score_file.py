"""Scores a file into another, chunk by chunk, with a side file about the rows that have no prediction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from inference.errors import RowError, TableError, nearest
from inference.outputs.output import ScalarKind
from inference.scoring import Scorer
from inference.signature.feature import Signature
from inference.tables.csv_writer import CsvWriter
from inference.tables.inputs import find_inputs
from inference.tables.known import table_format
from inference.tables.new_file import finished
from inference.tables.table import ABSENT, Chunk, NewColumn, Table, TableWriter

_ERROR_TEXTS: Final = tuple(NewColumn(name, ScalarKind.STRING) for name in ("column", "code", "message"))


@dataclass(frozen=True, slots=True)
class LineError:
    """Why a row of a file has no prediction."""

    line: int
    """Its number, from 1, where the format has no lines."""
    error: RowError


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be scored, and where it is to be written."""

    rows: Path
    target: Path | IO[str]
    """A file of rows, or a stream that gets CSV."""
    keep: Sequence[str] | None = ()
    """Columns of `rows` that stand before the predictions; None for all."""

    @property
    def errors(self) -> Path | None:
        """The side file, `out.errors.csv` beside `out.csv`; None where the target is no file."""
        if not isinstance(self.target, Path) or (self.target.exists() and not self.target.is_file()):
            return None
        return self.target.with_name(f"{self.target.stem}.errors.csv")


@dataclass(slots=True)
class Progress:
    """How far a job is."""

    rows: int = 0
    failed: int = 0
    done: float = 0.0
    """How much of the file has been read, from 0 to 1."""
    absent: tuple[str, ...] = ()
    """Features that the file has no column for: they are missing in all rows, or have their default."""


def score_file(
    job: Job, scorer: Scorer, signature: Signature, report: Callable[[Progress, Sequence[LineError]], None]
) -> Progress:
    """Score all rows of a file. `report` is told of each chunk, with why some of its rows have no prediction.

    A row without a prediction has a row in the target all the same, with nothing in it but what is kept.
    Raises TableError, OSError and PredictionFailed; files that were there are then as they were.
    """
    progress = Progress()
    with ExitStack() as stack:
        table = stack.enter_context(table_format(job.rows).read(job.rows))
        inputs = find_inputs(signature, table, job.rows)
        kept = _kept(job, table, [column.name for column in scorer.columns])
        progress.absent = inputs.absent
        # Ended in the opposite order: the target gets its name last.
        target = _begin(job.target, [*kept, *(NewColumn(one.name, one.kind) for one in scorer.columns)], stack)
        of_errors = [NewColumn(table_format(job.rows).place, ScalarKind.INTEGER), *_ERROR_TEXTS]
        errors = _begin(job.errors, of_errors, stack) if job.errors else None
        for chunk in table.chunks(tuple(dict.fromkeys([*inputs.names, *(column.name for column in kept)]))):
            scores = scorer.score(chunk, inputs)
            target.write([*(_kept_values(chunk, column.name) for column in kept), *scores.columns])
            wrong = [LineError(chunk.lines[error.index], error) for error in scores.errors]
            if errors:
                errors.write([*zip(*map(_cells, wrong), strict=True)] or [()] * len(of_errors))
            progress.rows += chunk.count
            progress.failed += len(wrong)
            progress.done = table.done()
            report(progress, wrong)
    if job.errors and not progress.failed:
        job.errors.unlink()
    return progress


def _begin(target: Path | IO[str], columns: Sequence[NewColumn], stack: ExitStack) -> TableWriter:
    if not isinstance(target, Path):
        return CsvWriter(target, columns, ",")
    unfinished = stack.enter_context(finished(target))
    return stack.enter_context(table_format(target).write(unfinished, columns))


def _kept(job: Job, table: Table, taken: Sequence[str]) -> list[NewColumn]:
    names = list(dict.fromkeys(table.names if job.keep is None else job.keep))
    for name in names:
        if name not in table.names:
            why = f"there is no column {name!r} to keep{nearest(name, table.names)}"
            raise TableError(job.rows, why, "Correct it, or leave it out")
        if name in taken:
            why = f"the column {name!r} is to be kept, and the model's output has that name, too"
            raise TableError(job.rows, why, "Rename the column, or leave it out")
    return [NewColumn(name, ScalarKind.STRING if table.texts else None, table.type_of(name)) for name in names]


def _kept_values(chunk: Chunk, name: str) -> Sequence[Any]:
    values = chunk.columns[name]
    return [None if value is ABSENT else value for value in values] if ABSENT in values else values


def _cells(wrong: LineError) -> tuple[int, str | None, str, str]:
    return wrong.line, wrong.error.field, wrong.error.code.value, wrong.error.message
