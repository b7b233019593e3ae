"""The page at /docs, in a real browser, served by a real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import FastAPI
from playwright.sync_api import Route, expect

from server.assets import BUILD_COMMAND, Assets, mount_assets
from server.documentation import add_documentation

if TYPE_CHECKING:
    from tests.server.conftest import Open, Serve

NPM_PACKAGE = Path(__file__).parents[2] / "web" / "node_modules" / "swagger-ui-dist"


def make_app(assets: Assets | None) -> FastAPI:
    """Return an app with one address and its documentation."""
    app = FastAPI(title="small", docs_url=None, redoc_url=None)

    @app.get("/readyz", summary="Whether all models are loaded")
    async def readyz() -> dict[str, str]:
        return {"status": "all is well"}

    add_documentation(app, assets)
    if assets is not None:
        mount_assets(app, assets)
    return app


def test_the_page_lists_the_addresses_and_asks_no_other_host(serve: Serve, visit: Open, assets: Assets) -> None:
    visited = visit(f"{serve(make_app(assets))}/docs")
    expect(visited.page.locator(".opblock")).to_have_count(1)
    expect(visited.page.locator(".opblock")).to_contain_text("Whether all models are loaded")
    assert visited.foreign == []
    assert visited.complaints == []


def test_an_address_can_be_tried_from_the_page(serve: Serve, visit: Open, assets: Assets) -> None:
    visited = visit(f"{serve(make_app(assets))}/docs")
    visited.page.get_by_text("Whether all models are loaded").click()
    visited.page.get_by_role("button", name="Try it out").click()
    visited.page.get_by_role("button", name="Execute").click()
    expect(visited.page.locator(".live-responses-table")).to_contain_text("all is well")
    assert visited.foreign == []
    assert visited.complaints == []


def test_the_page_works_under_a_prefix(serve: Serve, visit: Open, assets: Assets) -> None:
    outer = FastAPI()
    outer.mount("/some/prefix", make_app(assets))
    visited = visit(f"{serve(outer)}/some/prefix/docs")
    expect(visited.page.locator(".opblock")).to_have_count(1)


def test_the_page_is_not_in_the_description_of_the_addresses() -> None:
    assert set(make_app(None).openapi()["paths"]) == {"/readyz"}


def test_without_built_files_the_page_names_the_network_it_loads(serve: Serve, visit: Open) -> None:
    visited = visit(f"{serve(make_app(None))}/docs")
    expect(visited.page.get_by_role("note")).to_contain_text("comes from unpkg.com")
    expect(visited.page.locator("#root")).to_contain_text("Swagger UI did not come")
    assert len(visited.foreign) == 2


def test_the_files_on_the_network_are_those_of_the_npm_package(serve: Serve, visit: Open) -> None:
    assert NPM_PACKAGE.is_dir(), f"The pages' packages are not installed: `{BUILD_COMMAND}`."
    version = json.loads((NPM_PACKAGE / "package.json").read_text())["version"]
    visited = visit("about:blank")

    def network(route: Route) -> None:
        path = urlsplit(route.request.url).path
        package = f"/swagger-ui-dist@{version}/"
        assert path.startswith(package)
        route.fulfill(path=NPM_PACKAGE / path.removeprefix(package), headers={"access-control-allow-origin": "*"})

    visited.page.route("https://unpkg.com/**", network)
    visited.page.goto(f"{serve(make_app(None))}/docs")
    expect(visited.page.locator(".opblock")).to_have_count(1)
    assert visited.complaints == []
