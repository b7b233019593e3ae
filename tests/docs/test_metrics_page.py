"""The page of metrics lists what is counted, and asks for nothing else."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from inference.statistics.recent import RELATIVE_ERROR, SLICE_SECONDS, SLICES
from server.metrics.families import FAMILIES, PREFIX
from server.metrics.operations import MOST_NAMES, Lane

DOCS = Path(__file__).parents[2] / "docs"


def test_its_tables_are_made_from_the_code() -> None:
    spec = importlib.util.spec_from_file_location("generate_metrics", DOCS / "generate_metrics.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    assert generate.with_tables(page) == page
    assert set(re.findall(rf"^\| `{PREFIX}(\w+)`", page, re.MULTILINE)) == {f.name for f in FAMILIES}


def test_it_names_no_metric_that_is_not_there() -> None:
    named = set(re.findall(rf"\b{PREFIX}\w+", (DOCS / "metrics.md").read_text(encoding="utf-8")))
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in named} <= {
        PREFIX + family.name for family in FAMILIES
    }


def test_the_numbers_that_it_states_are_the_codes() -> None:
    page = " ".join((DOCS / "metrics.md").read_text(encoding="utf-8").split())
    assert f"at most {RELATIVE_ERROR:.1%} of itself".replace("%", " %") in page
    assert f"the last five minutes, in slices of {SLICE_SECONDS} seconds" in page
    assert SLICES * SLICE_SECONDS == 5 * 60
    assert f"the first {MOST_NAMES} that were executed" in page
    assert all(f"`{lane.value}` is" in page for lane in Lane)
