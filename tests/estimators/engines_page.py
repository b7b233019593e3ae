"""The table of docs/estimator-engines.md: `python -m tests.estimators.engines_page` writes it, in some minutes."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.estimators.engines import Engines, engines_of
from tests.estimators.specimens import specimens

PAGE = Path(__file__).parents[2] / "docs" / "estimator-engines.md"
BEGIN, END = "<!-- made by tests/estimators/engines_page.py -->", "<!-- end -->"
_LONGEST = 120
"""What a library says of a graph may be longer."""


def main() -> None:
    """Write the page anew."""
    with tempfile.TemporaryDirectory() as folder:
        found = engines_of(Path(folder), specimens())
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    converted = sum(bool(one.onnx) for one in found.values())
    lean = sum(one.lean != "none" for one in found.values())
    head = f"Of {len(found)}, {lean} have a lean call, and {converted} a graph that was proved.\n"
    table = ["| Estimator | Lean call | ONNX |", "| --- | --- | --- |", *(line(*item) for item in found.items())]
    text = f"{before}{BEGIN}\n\n{head}\n" + "\n".join(table) + f"\n\n{END}{after}"
    PAGE.write_text(text, encoding="utf-8")


def line(name: str, engines: Engines) -> str:
    """Return the line of one specimen."""
    why = engines.reason.replace("|", "&#124;").replace("<", "&lt;")
    if len(why) > _LONGEST:
        why = why[:_LONGEST].rsplit(" ", 1)[0] + " ..."
    return f"| {name} | {engines.lean} | {engines.onnx or f'no: {why}'} |"


def lines(page: str) -> Mapping[str, str]:
    """Return the lines of the table by name."""
    table = page.split(BEGIN)[1].split(END, maxsplit=1)[0]
    rows = [one for one in table.splitlines() if one.startswith("| ") and not one.startswith(("| ---", "| Estimator"))]
    return {one.removeprefix("| ").split(" | ")[0]: one for one in rows}


if __name__ == "__main__":
    main()
