"""Real servers and a real browser for the tests of the door."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect, sync_playwright

from server.assets import BUILD_COMMAND, Assets, find_assets

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

    from tests.conftest import Running

    Serve = Callable[[ASGIApp], str]
    Open = Callable[[str], "Visit"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Long enough for a machine that does other things, too.
_WAIT_MS = 20_000


def _is_foreign(address: str) -> bool:
    return urlsplit(address).hostname not in {"127.0.0.1", None}  # `data:` names no host


@pytest.fixture
def serve(running: Running) -> Iterator[Serve]:
    """Start a server for an app, as often as wanted, and give its address; all are stopped after the test."""
    with contextlib.ExitStack() as stack:
        yield lambda app: stack.enter_context(running(app))


@dataclass
class Visit:
    """A page in the browser, and what it did that nobody sees."""

    page: Page
    foreign: list[str] = field(default_factory=list)
    """Addresses on other hosts that were asked for. None was answered."""
    complaints: list[str] = field(default_factory=list)
    """Errors and warnings on the console: scripts that failed, files missing, policies broken."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a screen.

    Not for the whole session: while Playwright's synchronous face is in use, no test can run an event loop of its own.
    """
    # Where the system has none, Playwright takes its own, and where it has none either, says how to install one.
    chromium = next(filter(None, map(shutil.which, _NAMES)), None)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=[*_FLAGS])
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Make a browser that was never here before."""
    made = browser.new_context(viewport={"width": 1280, "height": 720})
    made.set_default_timeout(_WAIT_MS)
    expect.set_options(timeout=_WAIT_MS)
    yield made
    made.close()


@pytest.fixture
def visit(context: BrowserContext) -> Open:
    """Open an address with every other host out of reach. Visits of one test share what the browser remembers."""

    def open_page(address: str) -> Visit:
        made = Visit(context.new_page())

        def refuse(route: Route) -> None:
            made.foreign.append(route.request.url)
            route.abort()

        def listen(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                made.complaints.append(message.text)

        context.route(_is_foreign, refuse)
        made.page.on("console", listen)
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        made.page.goto(address)
        return made

    return open_page


@pytest.fixture(scope="session")
def assets() -> Assets:
    """Find the built files of the pages."""
    found = find_assets()
    assert found is not None, f"The pages' files are not built: `{BUILD_COMMAND}`."
    return found
