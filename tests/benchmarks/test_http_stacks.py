"""Sampled stacks are told apart by stage, and drawn."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks.http.plots import drawn
from benchmarks.http.stacks import OTHER, STAGES, flame_graph, read, shares, stage_of

ROOT = "run (uvicorn/server.py:75)"
DOOR = "__call__ (server/graphql.py:99)"
RAW = f"""{ROOT};{DOOR};many (schema/plan/read.py:104) 3
{ROOT};{DOOR};ask (inference/model.py:9);predict_proba (site-packages/sklearn/pipeline.py:800) 6
{ROOT};<listcomp> (unknown) 1
"""


@pytest.mark.parametrize(
    ("frame", "stage"),
    [
        ("serve (/venv/lib/python3.11/site-packages/uvicorn/server.py:75)", "HTTP"),
        ("__call__ (server/graphql.py:99)", "HTTP"),
        ("checked (schema/plan/find.py:66)", "find and read"),
        ("wrong_rows (inference/row_checks.py:30)", "check"),
        ("_cut (inference/scheduler/queue.py:30)", "queue"),
        ("predict (sklearn/linear_model/_base.py:30)", "model"),
        ("column (inference/outputs/classification.py:30)", "columns"),
        ("joined (schema/plan/write.py:30)", "write"),
        ("main (<string>:1)", OTHER),
    ],
)
def test_a_frame_belongs_to_the_stage_of_its_file(frame: str, stage: str) -> None:
    assert stage_of([frame]) == stage


def test_the_innermost_frame_that_has_a_stage_decides() -> None:
    assert stage_of([ROOT, DOOR, "dumps (orjson.so)"]) == "HTTP"
    assert stage_of([ROOT, "many (schema/plan/read.py:104)", "<listcomp> (unknown)"]) == "find and read"


def test_shares_are_of_all_samples() -> None:
    assert shares(read(RAW)) == pytest.approx({"HTTP": 0.1, "find and read": 0.3, "model": 0.6})


def test_every_file_named_by_a_stage_of_ours_is_there(pytestconfig: pytest.Config) -> None:
    ours = [text for texts in STAGES.values() for text in texts if "/" in text]
    assert [text for text in ours if not (pytestconfig.rootpath / text).exists()] == []


def test_a_flame_graph_is_svg_whose_boxes_are_as_wide_as_their_shares() -> None:
    svg = ET.fromstring(flame_graph(read(RAW), "iris & others"))  # noqa: S314  # our own text
    boxes = {
        group.findtext("{*}title"): float(group.find("{*}rect").attrib["width"])  # type: ignore[union-attr]  # each has one
        for group in svg.findall("{*}g")
    }
    assert boxes["run (uvicorn/server.py) 100.0%"] == 1200
    assert boxes["many (schema/plan/read.py) 30.0%"] == 360
    assert boxes["predict_proba (sklearn/pipeline.py) 60.0%"] == 720


def test_growth_is_drawn_with_a_line_for_each_server() -> None:
    curve = {"1": 0.5, "100": 1.5}
    figure = drawn(
        {"rows": {"predictql": curve, "FastAPI": curve}, "fields": curve, "models": curve, "connections": curve}
    )
    rows, *others = figure.axes
    assert [line.get_label() for line in rows.lines] == ["predictql", "FastAPI"]
    assert [np.asarray(axes.lines[0].get_ydata()).tolist() for axes in others] == [[0.5, 1.5]] * 3
