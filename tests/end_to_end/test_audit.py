"""The suite of the GraphQL-over-HTTP specification finds nothing on either lane."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import GraphQL

WEB = Path(__file__).parents[2] / "web"
AUDITS = 61
FIELD = "iris(input: {sepalLengthCm: 5, sepalWidthCm: 3, petalLengthCm: 1, petalWidthCm: 0.2}) { label }"
NODE = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))


def audited(url: str, *more: str) -> dict[str, Any]:
    """Run the audits; `more` is a field to select besides."""
    assert NODE
    done = subprocess.run(
        [NODE, str(WEB / "audit.mjs"), f"{url}/graphql", *more],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed; `make test` installs it.")
@pytest.mark.parametrize(("more", "lane"), [((), "reference"), ((FIELD,), "plan")])
def test_every_audit_is_passed(demo: GraphQL, more: tuple[str, ...], lane: str) -> None:
    result = audited(demo.url, *more)
    assert [audit for audit in result["audits"] if audit["status"] != "ok"] == []
    assert len(result["audits"]) == AUDITS
    assert result["lanes"][lane] > AUDITS / 4
    assert result["lanes"].keys() <= {"plan", "reference"}
