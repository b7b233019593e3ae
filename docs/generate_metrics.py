"""Write the table of docs/metrics.md from what is counted: python docs/generate_metrics.py."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).parent / "metrics.md"
sys.path.insert(0, str(PAGE.parents[1]))  # the rooms of this checkout, wherever the script is started

from inference.statistics.family import Family, Kind  # noqa: E402  # after the path to it
from inference.statistics.model_families import MODEL_FAMILIES  # noqa: E402  # same
from server.metrics.families import DOOR_FAMILIES, FACT_FAMILIES, PREFIX  # noqa: E402  # same

BEGIN, END = "<!-- made by docs/generate_metrics.py -->", "<!-- end -->"
TABLES = {"Of models": MODEL_FAMILIES, "At the door": DOOR_FAMILIES, "What does not change": FACT_FAMILIES}


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def with_tables(page: str) -> str:
    """Return a page with what stands between its marks replaced by the tables."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    tables = "\n".join(line for title, families in TABLES.items() for line in _table(title, families))
    return f"{before}{BEGIN}\n\n{tables}\n{END}{after}"


def _table(title: str, families: tuple[Family, ...]) -> Iterator[str]:
    yield from (f"### {title}", "", "| Name | Kind | Labels | What it says |", "| --- | --- | --- | --- |")
    for family in families:
        kind = Kind.GAUGE if family.kind is Kind.SINCE else family.kind
        labels = ", ".join(f"`{label}`" for label in family.labels)
        yield f"| `{PREFIX}{family.name}` | {kind.value} | {labels} | {family.help} |"
    yield ""


if __name__ == "__main__":
    main()
