"""The tables of docs/estimators.md: `python -m tests.estimators.page` writes them from a sweep."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.estimators.specimens import specimens
from tests.estimators.sweep import Result, sweep

PAGE = Path(__file__).parents[2] / "docs" / "estimators.md"
BEGIN, END = "<!-- made by tests/estimators/page.py -->", "<!-- end -->"


def main() -> None:
    """Write the page anew."""
    with tempfile.TemporaryDirectory() as folder:
        results = sweep(Path(folder), specimens())
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")


def with_tables(page: str, results: Mapping[str, Result]) -> str:
    """Return the page with what stands between its marks replaced by what the sweep found."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    answered = [(name, result) for name, result in results.items() if result.refusal is None]
    served = [(name, result) for name, result in answered if _is_plain(result)]
    others = [(name, result) for name, result in answered if not _is_plain(result)]
    refused = [(name, result) for name, result in results.items() if result.refusal is not None]
    tables = [
        f"## Served: {len(served)}\n",
        *_table(("Estimator", "Task", "Outputs", "Parity"), (_served(*row) for row in served)),
        f"\n## Compositions, and estimators that answer otherwise: {len(others)}\n",
        *_table(("What", "Task", "Outputs", "Parity"), (_served(*row) for row in others)),
        f"\n## Refused: {len(refused)}\n",
        *_table(("Estimator", "Why"), ((f"`{name}`", str(result.refusal)) for name, result in refused)),
    ]
    return f"{before}{BEGIN}\n\n" + "\n".join(tables) + f"\n\n{END}{after}"


def _is_plain(result: Result) -> bool:
    """Tell whether it is a class of scikit-learn as it stands in its list."""
    return result.specimen.name == type(result.specimen.estimator).__name__


def _served(name: str, result: Result) -> tuple[str, ...]:
    parity = f"differs in {', '.join(result.differing)}" if result.differing else "exact"
    outputs = ", ".join(f"`{field}`" for field in result.answers)
    shown = f"`{name}`" if _is_plain(result) else name
    return shown, str(result.task).lower().replace("_", " "), outputs, parity


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    cells = [head, ("---",) * len(head), *rows]
    return [f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in cells]


if __name__ == "__main__":
    main()
