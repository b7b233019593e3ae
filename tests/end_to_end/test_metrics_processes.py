"""Servers of several processes say the same at /metrics, whichever of them is asked, and forget nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from server.app import create_app
from server.settings import Settings

if TYPE_CHECKING:
    from tests.conftest import Running

    Serve = Callable[[Settings], object]

ROOT = Path(__file__).parents[2]
SHOP = {"query": 'query Shop { shop(input: {city: "Bonn", minutes: 3}) { label } }'}
PROCESS = """
import socket, sys
from pathlib import Path
import uvicorn
from server.app import create_app
from server.settings import Settings

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()  # from now on, who connects is answered when the models are loaded
print(listener.getsockname()[1], flush=True)
app = create_app(Settings(models=Path(sys.argv[1]), engine="native"), metrics_dir=Path(sys.argv[2]))
uvicorn.Server(uvicorn.Config(app, log_config=None)).run([listener])
"""


def shown(address: str) -> dict[str, float]:
    """Return what the shop counted, as one process shows it, without labels but those that tell series apart."""
    text = httpx2.get(f"{address}/metrics", timeout=60).text
    return {
        sample.name.removeprefix("predictql_"): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.labels.get("model") == "shop" and not {"le", "reason"} & sample.labels.keys()
    }


def live_calls(address: str) -> float:
    query = {"query": '{ model(name: "shop") { live { calls predictions } } }'}
    live = httpx2.post(f"{address}/graphql", json=query, timeout=60).json()["data"]["model"]["live"]
    assert live["calls"] == live["predictions"]
    return float(live["calls"])


def test_all_processes_show_the_sum_and_what_a_killed_one_counted_stays(
    awkward_models: Path, running: Running, tmp_path: Path
) -> None:
    models = awkward_models / "shop"
    with ExitStack() as stack:
        other = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", PROCESS, str(models), str(tmp_path)],
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        stack.callback(other.kill)
        assert other.stdout is not None
        theirs = f"http://127.0.0.1:{int(other.stdout.readline())}"
        ours = stack.enter_context(running(create_app(Settings(models=models, engine="native"), metrics_dir=tmp_path)))
        for address, times in ((ours, 2), (theirs, 3)):
            for _ in range(times):
                assert "errors" not in httpx2.post(f"{address}/graphql", json=SHOP, timeout=60).json()
        assert shown(ours)["predictions_total"] == shown(theirs)["predictions_total"] == 5
        assert shown(ours)["operations_total"] == shown(theirs)["operations_total"] == 5
        assert live_calls(ours) == live_calls(theirs) == 5
        other.kill()
        other.wait()
        after = shown(ours)
        assert (after["predictions_total"], after["call_duration_seconds_count"], after["queued_rows"]) == (5, 5, 0)
        assert live_calls(ours) == 5
