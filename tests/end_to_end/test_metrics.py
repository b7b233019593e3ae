"""A real server counts exactly what clients did, and says it at /metrics."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from server.metrics.families import PREFIX
from server.settings import Settings

if TYPE_CHECKING:
    from tests.end_to_end.conftest import GraphQL

    Serve = Callable[[Settings], GraphQL]

SHOP = 'query Shop { shop(input: {city: "Bonn", minutes: 3}) { label } }'


@pytest.fixture
def server(serve: Serve, awkward_models: Path) -> GraphQL:
    """Serve the awkward models anew, so that nothing is counted yet."""
    return serve(Settings(models=awkward_models, engine="native", max_body_bytes=64 * 1024))


class Scrape:
    """What one request of /metrics showed."""

    def __init__(self, server: GraphQL) -> None:
        response = server.http.get("/metrics")
        assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        self.samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(response.text)
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float | None:
        """Return one sample's value, None where it is not there."""
        return self.samples.get((PREFIX + name, frozenset(labels.items())))

    def model(self, name: str, model: str, **labels: str) -> float | None:
        """Return one sample's value of a model that has one version."""
        return self.value(name, model=model, version="1", **labels)


def test_rows_errors_and_calls_of_several_models_are_counted_exactly(server: GraphQL) -> None:
    for _ in range(3):
        server.data(SHOP)
    server.data("{ fragileBatch(inputs: [{x: 1}, {x: 2000}, {x: 13}, {x: 2}]) { predictions { value } } }")
    server.codes(
        "query Many($rows: [FragileInput!]!) { fragileBatch(inputs: $rows) { count } }", rows=[{"x": 1.0}] * 21
    )
    server.codes("{ hurried(input: {x: 100}) { value } }")
    server.codes("query Typo { shop { label } }")
    seen = Scrape(server)
    assert seen.model("predictions_total", "shop") == 3
    assert seen.model("call_duration_seconds_count", "shop") == 3
    assert seen.model("batch_rows_sum", "shop") == 3
    assert seen.model("batches_total", "shop", reason="idle") == 3
    assert seen.model("predictions_total", "fragile") == 2
    assert seen.model("row_errors_total", "fragile", code="OUT_OF_RANGE") == 1
    assert seen.model("row_errors_total", "fragile", code="PREDICTION_FAILED") == 1
    assert seen.model("row_errors_total", "fragile", code="BATCH_TOO_LARGE") == 21
    assert seen.model("failed_calls_total", "fragile", code="BATCH_TOO_LARGE") == 1
    assert seen.model("failed_calls_total", "fragile", code="OUT_OF_RANGE") is None
    assert seen.model("refused_calls_total", "fragile", reason="too_large") == 1
    assert seen.model("poisoned_row_retries_total", "fragile") == 4  # of 3 rows: 1 and 2, which raise: 1 and 1
    assert seen.model("failed_calls_total", "hurried", code="DEADLINE_EXCEEDED") == 1
    assert seen.model("expired_calls_total", "hurried") == 1
    assert seen.model("predictions_total", "sleepy") == 0


def test_what_each_model_is_stands_beside_its_counts(server: GraphQL) -> None:
    selection = "name status estimator format loadMs task engine { kind speedup }"
    answer = server.data(f"{{ models {{ {selection} }} server {{ version pythonVersion }} }}")
    seen = Scrape(server)
    for model in answer["models"]:
        labels = {
            "default": "true",
            "status": model["status"].lower(),
            "task": model["task"].lower(),
            "estimator": model["estimator"],
            "format": model["format"],
            "engine": model["engine"]["kind"].lower(),
        }
        assert seen.model("model_info", model["name"], **labels) == 1
        assert seen.model("model_load_seconds", model["name"]) == pytest.approx(model["loadMs"] / 1000)
        assert seen.model("model_engine_speedup_ratio", model["name"]) == pytest.approx(model["engine"]["speedup"])
    about = answer["server"]
    assert seen.value("build_info", version=about["version"], python_version=about["pythonVersion"]) == 1


def test_operations_are_counted_by_name_model_and_outcome(server: GraphQL) -> None:
    for _ in range(2):
        server.data(SHOP)
    both = "query Both { fragile(input: {x: 2000}) { value } models { name } }"
    server.codes(both)
    server.codes("query Fails { fragile(input: {x: 2000}) { value } }")
    server.codes("query Typo { shop { label } }")
    server.data("{ models { name } }")
    seen = Scrape(server)

    def count(operation: str, model: str, outcome: str) -> float | None:
        lane = "reference" if model == "none" else "plan"
        return seen.value("operations_total", operation=operation, model=model, lane=lane, outcome=outcome)

    assert count("Shop", "shop", "ok") == 2
    assert count("Both", "fragile", "partial") == 1
    assert count("Fails", "fragile", "failed") == 1
    assert count("other", "none", "refused") == 1
    assert count("anonymous", "none", "ok") == 1
    seconds = {"operation": "Shop", "model": "shop", "lane": "plan"}
    assert seen.value("operation_duration_seconds_count", **seconds) == 2
    assert seen.value("operation_duration_seconds_bucket", **seconds, le="+Inf") == 2


def test_requests_are_counted_by_status_with_their_bytes(server: GraphQL) -> None:
    body = b'{"query": "{ models { name } }"}'
    answer = server.send(body)
    assert server.send(b"[]").status_code == 400
    assert server.http.get("/nowhere").status_code == 404
    too_large = server.send(b" " * (64 * 1024 + 1))
    assert too_large.status_code == 413
    seen = Scrape(server)
    assert seen.value("http_requests_total", status="2xx") == 1
    assert seen.value("http_requests_total", status="4xx") == 3
    assert seen.value("http_requests_in_flight") == 1  # this one
    assert seen.value("http_request_body_bytes_total") == len(body) + 2
    assert (seen.value("http_response_body_bytes_total") or 0) > len(answer.content)


def test_model_live_and_metrics_count_the_same(server: GraphQL) -> None:
    server.data(SHOP)
    live = server.data('{ model(name: "shop") { live { calls predictions batches } } }')["model"]["live"]
    seen = Scrape(server)
    names = ("call_duration_seconds_count", "predictions_total", "batch_rows_count")
    assert list(live.values()) == [seen.model(name, "shop") for name in names] == [1, 1, 1]


def test_openmetrics_is_answered_where_it_is_asked_for(server: GraphQL) -> None:
    accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    response = server.http.get("/metrics", headers={"accept": accept})
    assert response.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    families = {family.name: family for family in read_openmetrics(response.text)}  # type: ignore[no-untyped-call]  # has no types
    assert families[PREFIX + "predictions"].type == "counter"
    assert "process_resident_memory_bytes" in families


def test_metrics_answer_quickly_while_models_work(server: GraphQL) -> None:
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            server.http.post("/graphql", json={"query": SHOP})

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    try:
        taken = []
        for _ in range(10):
            start = time.perf_counter()
            Scrape(server)
            taken.append(time.perf_counter() - start)
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    assert sorted(taken)[5] < 1  # some milliseconds; Prometheus gives up after ten seconds


def test_metrics_can_be_switched_off_and_stand_among_the_documented_addresses(
    serve: Serve, awkward_models: Path, server: GraphQL
) -> None:
    without = serve(Settings(models=awkward_models / "shop", engine="native", metrics=False))
    assert without.http.get("/metrics").status_code == 404
    assert without.data('{ model(name: "shop") { live { calls } } }') == {"model": {"live": {"calls": 0}}}
    assert "/metrics" not in without.http.get("/openapi.json").json()["paths"]
    content = server.http.get("/openapi.json").json()["paths"]["/metrics"]["get"]["responses"]["200"]["content"]
    assert set(content) == {"text/plain", "application/openmetrics-text"}
