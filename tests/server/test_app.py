"""The whole server, as it is put together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from starlette.types import ASGIApp

from server.app import create_app
from server.settings import Settings

Serve = Callable[[ASGIApp], str]
PAGE = "https://shop.example"


def ask_leave(address: str, origin: str) -> httpx2.Response:
    """Ask as a browser does before a page of another origin may POST JSON."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    return httpx2.options(f"{address}/graphql", headers=headers)


@pytest.fixture
def address_of(demo_models: Path, serve: Serve) -> Callable[[str], str]:
    """Serve one example model to pages of some origins, and give the server's address."""
    return lambda origins: serve(
        create_app(Settings(models=demo_models / "iris", engine="native", cors_origins=origins))
    )


def test_a_page_of_a_named_origin_may_call(address_of: Callable[[str], str]) -> None:
    address = address_of(f"https://other.example, {PAGE}/")
    assert ask_leave(address, PAGE).headers["access-control-allow-origin"] == PAGE
    answer = httpx2.post(f"{address}/graphql", json={"query": "{ models { name } }"}, headers={"Origin": PAGE})
    assert answer.json() == {"data": {"models": [{"name": "iris"}]}}
    assert answer.headers["access-control-allow-origin"] == PAGE


def test_a_page_of_another_origin_may_not(address_of: Callable[[str], str]) -> None:
    assert "access-control-allow-origin" not in ask_leave(address_of(PAGE), "https://evil.example").headers


def test_without_the_setting_no_other_origin_may(address_of: Callable[[str], str]) -> None:
    assert "access-control-allow-origin" not in ask_leave(address_of(""), PAGE).headers


def test_a_star_lets_every_origin_in(address_of: Callable[[str], str]) -> None:
    assert ask_leave(address_of("*"), PAGE).headers["access-control-allow-origin"] == "*"


def test_the_root_leads_to_the_explorer(address_of: Callable[[str], str]) -> None:
    answer = httpx2.get(address_of(""), headers={"Accept": "text/html"}, follow_redirects=True)
    assert answer.url.path == "/graphql"
    assert "<title>predictql</title>" in answer.text


def test_what_a_document_may_ask_for_is_a_setting(demo_models: Path, serve: Serve) -> None:
    settings = Settings(models=demo_models / "iris", engine="native", max_tokens=20, max_depth=2, max_fields=3)
    address = serve(create_app(settings.model_copy(update={"max_root_fields": 2})))

    def codes(query: str) -> list[str]:
        errors = httpx2.post(f"{address}/graphql", json={"query": query}).json().get("errors", [])
        return [error["extensions"]["code"] for error in errors]

    assert codes("{ models { name task } }") == []
    for dear in ("{ a: __typename b: __typename c: __typename }", "{ models { name task } server { name } }"):
        assert codes(dear) == ["OPERATION_TOO_EXPENSIVE"]
    for dear in ("{ models { engine { kind } } }", "{ server { " + "name " * 20 + "} }"):
        assert codes(dear) == ["OPERATION_TOO_EXPENSIVE"]
