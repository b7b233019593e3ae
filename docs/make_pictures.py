"""Make the pictures of the documentation from a running server.

    python docs/make_pictures.py http://127.0.0.1:8000 docs/images/

It needs Chromium (`apt-get install -y chromium`), and shows what a tab of GraphiQL answers: the first, or that which
`--tab Iris` names.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

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
_WIDTH, _HEIGHT = 1280, 720
_SCALE = 1.5
_MAX_BYTES = 300_000


def main() -> None:
    """Read the command line and make all pictures."""
    parser = argparse.ArgumentParser(description="Make the pictures of the documentation from a running server.")
    parser.add_argument("server", help="its address, such as http://127.0.0.1:8000")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--tab", help="the tab to show, such as Iris; otherwise the first")
    arguments = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, _NAMES)), None)
    if chromium is None:
        sys.exit("There is no chromium here: `apt-get install -y chromium`.")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*_FLAGS])
        page = browser.new_page(
            viewport={"width": _WIDTH, "height": _HEIGHT}, device_scale_factor=_SCALE, color_scheme="light"
        )
        take_explorer(page, arguments.server.rstrip("/"), arguments.folder / "graphiql.png", arguments.tab)
        browser.close()


def take_explorer(page: Page, server: str, picture: Path, tab: str | None) -> None:
    """Take GraphiQL with one tab answered; exit where there is no good answer."""
    page.goto(f"{server}/graphql")
    expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("query")
    if tab is not None:
        page.get_by_role("tab", name=tab).click()
        expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text(f"query {tab}", use_inner_text=True)
    page.get_by_role("button", name="Execute query").click()
    answer = page.locator(".graphiql-response .view-lines")
    expect(answer).to_contain_text("}")
    if '"errors"' in answer.inner_text():
        sys.exit(f"{server} answers this tab with an error:\n{answer.inner_text()}")
    # No tooltip, and every letter in its own font.
    page.mouse.move(_WIDTH - 1, _HEIGHT - 1)
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(500)
    page.screenshot(path=picture)
    if (size := picture.stat().st_size) > _MAX_BYTES:
        sys.exit(f"{picture} has {size} bytes, and a page should not carry more than {_MAX_BYTES}.")


if __name__ == "__main__":
    main()
