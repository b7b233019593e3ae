"""A call that has no room is refused before its rows are read, with the answer that it would have had after."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from inference.errors import Overloaded
from inference.info import Limits
from inference.loader import load_models
from inference.outputs.output import OutputRequest
from inference.predictions import PredictRequest
from inference.service import InferenceService
from tests.schema.plan.lanes import Answer, Lanes, ask, lanes_over
from tests.schema.plan.models import save_models

if TYPE_CHECKING:
    from inference.statistics.live import LiveStatistics

MOST = 100_000
"""So many rows may wait, and do: they are checked in slices, and others come meanwhile."""
SINGLE = "query ($row: FlowerInput!) { __typename a: flower(input: $row) { rawLabel } }"
BATCH = "query ($rows: [FlowerInput!]!, $version: String) {\n  b: flowerBatch(inputs: $rows, version: $version)"
BATCH += " { count predictions { rawLabel } } }"
ROW = {"leftSide": 1, "right": 2}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lanes]:
    """Serve the models, with less room in their queues."""
    models = load_models(save_models(tmp_path_factory.mktemp("full") / "models"), Limits(MOST, 30, MOST))
    made = lanes_over(InferenceService(models, threads=1))
    yield made
    made.service.close()


def answers_of_a_full_queue(
    lanes: Lanes, query: str, *, known: bool = False, model: str = "flower", **variables: Any
) -> tuple[Answer, Answer]:
    """Return what both doors answer while the queue of a model's default version is full.

    `known` says whether such a request was answered before.
    """
    body = orjson.dumps({"query": query, "variables": variables})
    if known:
        assert asyncio.run(ask(lanes.both, body)).status == 200
    row: list[Any] = ["fine"] if model == "opinion" else [1.0, 1.0]
    rows = PredictRequest(model, None, [[value] * MOST for value in row], MOST, (OutputRequest("label"),))

    async def asked() -> tuple[Answer, Answer]:
        filling = asyncio.create_task(lanes.service.predict(rows))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):  # from now on, others are expected to be refused
            await lanes.service.predict(replace(rows, columns=[[value] for value in row], count=1))
        ours, theirs = await ask(lanes.both, body), await ask(lanes.reference, body)
        assert not filling.done()
        filling.cancel()
        return ours, theirs

    return asyncio.run(asked())


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (SINGLE, {"row": ROW}),
        (BATCH, {"rows": [ROW] * 3}),
        (BATCH, {"rows": [ROW], "version": "2"}),
        ("{ flowerBatch(inputs: [{leftSide: 1, right: 2}], onError: FAIL) { predictions { label } } }", {}),
        (SINGLE.replace("__typename", "models { name }"), {"row": ROW}),
        (SINGLE.replace("__typename", "again: flower(input: $row) { rawLabel }"), {"row": ROW}),
        (BATCH.replace("predictions { rawLabel }", ""), {"rows": [ROW]}),
    ],
)
def test_both_lanes_refuse_with_one_answer(full: Lanes, query: str, variables: dict[str, Any], known: bool) -> None:  # noqa: FBT001  # of a table
    ours, theirs = answers_of_a_full_queue(full, query, known=known, **variables)
    assert (ours.lane, theirs.lane) == ("plan", "reference")
    assert not ours.differs(theirs)


@pytest.mark.parametrize(
    ("model", "rows"),
    [
        ("flower", [{"nobody": "knows"}, {"leftSide": None}, {}]),
        ("opinion", [{"text": 'such {"{ things'}, {"text": "}{"}, 2]),
    ],
)
def test_rows_that_are_refused_are_not_read_and_are_counted(full: Lanes, model: str, rows: list[Any]) -> None:
    def live() -> LiveStatistics:
        (info,) = (info for info in full.service.models() if info.name == model and info.default)
        counted = full.service.live(info)
        assert counted is not None
        return counted

    before = live()
    query = BATCH.replace("flower", model).replace("Flower", model.title())
    ours, theirs = answers_of_a_full_queue(full, query, model=model, rows=rows)
    after = live()
    assert ours.status == 503
    assert b'"code":"OVERLOADED"' in ours.body
    assert b"BAD_USER_INPUT" in theirs.body
    refused = [sum(one.calls for one in each.refused) for each in (before, after)]
    counts = [sum(one.rows for one in each.errors) for each in (before, after)]
    assert refused[1] - refused[0] == 2
    assert counts[1] - counts[0] == 1 + len(rows)


@pytest.mark.parametrize("rows", [5, None, []])
def test_what_is_no_list_of_rows_is_not_refused(full: Lanes, rows: object) -> None:
    ours, theirs = answers_of_a_full_queue(full, BATCH, rows=rows)
    assert not ours.differs(theirs)
    assert b"OVERLOADED" not in ours.body


def test_where_there_is_room_nothing_is_refused(full: Lanes) -> None:
    body = orjson.dumps({"query": BATCH, "variables": {"rows": [ROW]}})
    lane, difference = asyncio.run(full.difference(body))
    assert (lane, difference) == ("plan", None)
