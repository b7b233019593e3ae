"""The page at /graphql, in a real browser, served by a real server."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import strawberry
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.sync_api import Browser, Page, expect
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from strawberry.fastapi import GraphQLRouter

from server.assets import Assets, mount_assets
from server.explorer import ExampleTab, explorer_page

if TYPE_CHECKING:
    from tests.server.conftest import Open, Serve


@strawberry.input
class CircleInput:
    """What a model takes."""

    radius: float


@strawberry.type
class CirclePrediction:
    """What a model answers."""

    label: str
    area: float


def _circle(input: CircleInput) -> CirclePrediction:  # noqa: A002 - the argument's name in the schema
    return CirclePrediction(label="ROUND", area=3 * input.radius**2)


def _greeting(info: strawberry.Info, name: str) -> str:
    return f"{info.context['request'].headers.get('x-greeting', 'Hello')}, {name}"


@strawberry.type
class Query:
    """Two models."""

    circle: CirclePrediction | None = strawberry.field(resolver=_circle)
    greeting: str = strawberry.field(resolver=_greeting)


CIRCLE = ExampleTab(
    "Circle",
    "query Circle($input: CircleInput!) {\n  circle(input: $input) {\n    label\n    area\n  }\n}\n",
    json.dumps({"input": {"radius": 2.5}}, indent=2),
)
GREETING = ExampleTab(
    "Greeting",
    "query Greeting($name: String!) {\n  greeting(name: $name)\n}\n",
    json.dumps({"name": "</script><script>document.title = 'broken'</script><!-- &"}, ensure_ascii=False, indent=2),
)


def make_app(assets: Assets | None, *tabs: ExampleTab) -> FastAPI:
    """Return an app with a small schema at /graphql, and GraphiQL there for browsers."""
    app = FastAPI(docs_url=None, redoc_url=None)
    page = explorer_page(tabs, assets)

    @app.get("/graphql")
    async def explorer() -> HTMLResponse:
        return HTMLResponse(page)

    app.include_router(GraphQLRouter(strawberry.Schema(Query), graphql_ide=None), prefix="/graphql")
    if assets is not None:
        mount_assets(app, assets)
    return app


def query_editor(page: Page) -> str:
    """Return the text of the query editor, when there is some."""
    lines = page.locator(".graphiql-query-editor .view-lines")
    expect(lines).to_contain_text(re.compile(r"\w"))
    return lines.inner_text().replace("\xa0", " ")


def run(page: Page) -> str:
    """Press play, and return the answer that is shown."""
    query_editor(page)
    page.get_by_role("button", name="Execute query").click()
    return answer(page)


def answer(page: Page) -> str:
    """Return the answer that is shown, without the line breaks that the editor makes in long lines."""
    lines = page.locator(".graphiql-response .view-lines")
    expect(lines).to_contain_text("}")
    return " ".join(lines.inner_text().split())


def tab_titles(page: Page) -> list[str]:
    query_editor(page)
    return page.get_by_role("tab").all_inner_texts()


def wait_until_remembered(page: Page, text: str) -> None:
    """Wait until the browser has stored tabs with this text: GraphiQL stores them a moment after a change."""
    for _ in range(200):
        stored = [item for origin in page.context.storage_state()["origins"] for item in origin["localStorage"]]
        if any(item["name"].endswith("tabState") and text in item["value"] for item in stored):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"the browser stored no tabs with {text!r}")


def test_the_page_opens_with_one_tab_per_model_and_asks_no_other_host(
    serve: Serve, visit: Open, assets: Assets
) -> None:
    visited = visit(f"{serve(make_app(assets, CIRCLE, GREETING))}/graphql")
    assert tab_titles(visited.page) == ["Circle", "Greeting"]
    run(visited.page)
    assert visited.page.title() == "predictql"
    assert visited.foreign == []
    assert visited.complaints == []


def test_the_browser_itself_keeps_the_page_from_other_hosts(serve: Serve, visit: Open, assets: Assets) -> None:
    visited = visit(f"{serve(make_app(assets, CIRCLE))}/graphql")
    asked = "fetch('https://elsewhere.example/').then(() => 'answered', () => 'refused')"
    assert visited.page.evaluate(asked) == "refused"
    assert visited.foreign == []
    assert "Content Security Policy" in visited.complaints[0]


def test_the_first_tab_is_answered_when_play_is_pressed(serve: Serve, visit: Open, assets: Assets) -> None:
    page = visit(f"{serve(make_app(assets, CIRCLE, GREETING))}/graphql").page
    assert json.loads(run(page)) == {"data": {"circle": {"label": "ROUND", "area": 18.75}}}


def test_another_tab_is_answered_when_ctrl_enter_is_pressed(serve: Serve, visit: Open, assets: Assets) -> None:
    page = visit(f"{serve(make_app(assets, GREETING, CIRCLE))}/graphql").page
    query_editor(page)
    page.get_by_role("tab", name="Circle").click()
    page.locator(".graphiql-query-editor .view-line", has_text="area").click()
    page.keyboard.press("Control+Enter")
    assert json.loads(answer(page)) == {"data": {"circle": {"label": "ROUND", "area": 18.75}}}


def test_a_tab_that_was_just_opened_is_answered_for_its_own_operation(
    serve: Serve, visit: Open, assets: Assets
) -> None:
    page = visit(f"{serve(make_app(assets, GREETING, CIRCLE))}/graphql").page
    run(page)
    # Both clicks at once: sooner than GraphiQL has looked at the other tab's text.
    with page.expect_request("**/graphql") as sent:
        page.evaluate(
            "() => { document.querySelectorAll('.graphiql-tab-button')[1].click();"
            " document.querySelector('.graphiql-execute-button').click(); }"
        )
    body = json.loads(sent.value.post_data or "")
    assert body["query"] == CIRCLE.query
    assert body.get("operationName") in {None, "Circle"}


def test_text_in_an_example_stays_text(serve: Serve, visit: Open, assets: Assets) -> None:
    visited = visit(f"{serve(make_app(assets, GREETING))}/graphql")
    name = json.loads(GREETING.variables)["name"]
    assert json.loads(run(visited.page)) == {"data": {"greeting": f"Hello, {name}"}}
    assert visited.page.title() == "predictql"


def test_headers_that_a_user_writes_are_sent(serve: Serve, visit: Open, assets: Assets) -> None:
    page = visit(f"{serve(make_app(assets, GREETING))}/graphql").page
    query_editor(page)
    page.get_by_role("button", name="Headers").click()
    page.locator(".graphiql-editor:not(.hidden) .view-lines").nth(1).click()
    page.keyboard.insert_text('{"x-greeting": "Welcome"}')
    assert json.loads(run(page))["data"]["greeting"].startswith("Welcome, ")


def test_fields_of_the_schema_are_offered_while_typing(serve: Serve, visit: Open, assets: Assets) -> None:
    visited = visit(f"{serve(make_app(assets, CIRCLE))}/graphql")
    run(visited.page)  # by then the schema has come, too
    visited.page.locator(".graphiql-query-editor .view-line", has_text="area").click()
    visited.page.keyboard.press("End")
    visited.page.keyboard.type(" __ty")
    expect(visited.page.locator(".suggest-widget")).to_contain_text("__typename")
    assert visited.complaints == []


def test_what_a_user_wrote_is_there_after_a_reload(serve: Serve, visit: Open, assets: Assets) -> None:
    page = visit(f"{serve(make_app(assets, CIRCLE, GREETING))}/graphql").page
    query_editor(page)
    page.locator(".graphiql-query-editor .view-line", has_text="label").dblclick()
    page.keyboard.type("__typename ")
    wait_until_remembered(page, "__typename")
    page.reload()
    assert "__typename" in query_editor(page)
    assert tab_titles(page) == ["Circle", "Greeting"]
    assert json.loads(run(page)) == {"data": {"circle": {"__typename": "CirclePrediction", "area": 18.75}}}


def test_a_tab_that_nobody_touched_is_answered_after_a_reload(serve: Serve, visit: Open, assets: Assets) -> None:
    page = visit(f"{serve(make_app(assets, CIRCLE, GREETING))}/graphql").page
    wait_until_remembered(page, "Circle")
    page.reload()
    assert json.loads(run(page)) == {"data": {"circle": {"label": "ROUND", "area": 18.75}}}


def test_other_models_at_the_same_address_open_their_own_tabs(serve: Serve, visit: Open, assets: Assets) -> None:
    app = make_app(assets, CIRCLE)
    restarted = explorer_page([GREETING], assets)

    @app.get("/restarted")
    async def explorer() -> HTMLResponse:
        return HTMLResponse(restarted)

    address = serve(app)
    page = visit(f"{address}/graphql").page
    query_editor(page)
    page.get_by_role("button", name="New tab").click()
    wait_until_remembered(page, "untitled")
    page.goto(f"{address}/restarted")
    assert tab_titles(page) == ["Greeting"]
    page.goto(f"{address}/graphql")
    expect(page.get_by_role("tab")).to_have_text(["Circle", "<untitled>"], use_inner_text=True)


def test_the_page_works_under_a_prefix(serve: Serve, visit: Open, assets: Assets) -> None:
    outer = FastAPI()
    outer.mount("/some/prefix", make_app(assets, CIRCLE))
    visited = visit(f"{serve(outer)}/some/prefix/graphql")
    assert json.loads(run(visited.page)) == {"data": {"circle": {"label": "ROUND", "area": 18.75}}}
    assert visited.complaints == []


def test_the_colours_follow_the_system(serve: Serve, visit: Open, assets: Assets) -> None:
    page = visit(f"{serve(make_app(assets, CIRCLE))}/graphql").page
    query_editor(page)
    background = "getComputedStyle(document.querySelector('.graphiql-container')).backgroundColor"
    page.emulate_media(color_scheme="light")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(background) == "rgb(33, 42, 59)"


def test_a_server_that_went_away_is_named_in_the_answer(serve: Serve, visit: Open, assets: Assets) -> None:
    page = visit(f"{serve(make_app(assets, CIRCLE))}/graphql").page
    query_editor(page)
    page.route("**/graphql", lambda route: route.abort())
    message = json.loads(run(page))["errors"][0]["message"]
    assert message.startswith("No answer from graphql (")
    assert message.endswith("Is the server still running?")


def test_an_answer_that_is_not_json_is_shown_as_it_came(serve: Serve, visit: Open, assets: Assets) -> None:
    app = make_app(assets, CIRCLE)

    @app.middleware("http")
    async def gateway(request: Request, call_next: RequestResponseEndpoint) -> Response:
        if request.method == "POST":
            return HTMLResponse("<h1>the gateway is tired</h1>", status_code=502)
        return await call_next(request)

    page = visit(f"{serve(app)}/graphql").page
    message = json.loads(run(page))["errors"][0]["message"]
    assert message == "502 Bad Gateway from graphql, and not JSON: <h1>the gateway is tired</h1>"


def test_a_browser_without_javascript_shows_the_operations(serve: Serve, browser: Browser, assets: Assets) -> None:
    address = serve(make_app(assets, CIRCLE, GREETING))
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{address}/graphql")
    text = page.locator("body").inner_text()
    page.close()
    assert CIRCLE.query.strip() in text
    assert json.loads(GREETING.variables)["name"] in text


def test_without_built_files_the_page_names_the_network_it_loads_and_the_command_that_builds_them(
    serve: Serve, visit: Open
) -> None:
    visited = visit(f"{serve(make_app(None, CIRCLE, GREETING))}/graphql")
    expect(visited.page.get_by_role("note")).to_contain_text("comes from unpkg.com")
    expect(visited.page.get_by_role("note")).to_contain_text("make web")
    expect(visited.page.locator("#root")).to_contain_text("GraphiQL did not come")
    assert len(visited.foreign) == 4
    assert all(re.match(r"https://unpkg\.com/[a-z-]+@\d+\.\d+\.\d+/", address) for address in visited.foreign)
    examples = json.loads(visited.page.locator("#page-data").text_content() or "")["examples"]
    assert [ExampleTab(**example) for example in examples] == [CIRCLE, GREETING]


def test_the_page_is_the_same_whenever_it_is_made(assets: Assets) -> None:
    assert explorer_page([CIRCLE, GREETING], assets) == explorer_page([CIRCLE, GREETING], assets)
