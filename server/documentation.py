"""The page at /docs: Swagger UI for the HTTP addresses beside /graphql."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from server.page import CdnFile, cdn_page, local_page

if TYPE_CHECKING:
    from fastapi import FastAPI

    from server.assets import Assets

_TITLE = "predictql: HTTP addresses"


def add_documentation(app: FastAPI, assets: Assets | None) -> None:
    """Serve Swagger UI at /docs, for an app made with `docs_url=None, redoc_url=None`.

    Without `assets` the page loads Swagger UI from a content delivery network, and says so.
    """
    html = _page(assets, openapi=(app.openapi_url or "").removeprefix("/"))

    @app.get("/docs", include_in_schema=False, response_class=HTMLResponse)
    async def documentation() -> HTMLResponse:
        # The files that it names are others after the next build.
        return HTMLResponse(html, headers={"cache-control": "no-cache"})


def _page(assets: Assets | None, openapi: str) -> str:
    # Relative to the page, so that the server works under any prefix a proxy gives it.
    data = {"openapi": openapi}
    if assets is None:
        return cdn_page(_TITLE, _CDN_FILES, data, _CDN_SCRIPT)
    without_script = f'<p>Swagger UI needs JavaScript; what it shows is in <a href="{openapi}">{openapi}</a>.</p>'
    return local_page(_TITLE, assets.documentation, data, without_script)


# The version in web/package.json; the hashes are those of the files in the npm package.
_CDN_FILES = (
    CdnFile(
        "https://unpkg.com/swagger-ui-dist@5.35.0/swagger-ui.css",
        "sha384-WlYgdmXYOOBWL5apwjDEZwN+U3HmXSSu5R6V5aGxEcf7z+KuRNwBhoxKVN1i3D5I",
    ),
    CdnFile(
        "https://unpkg.com/swagger-ui-dist@5.35.0/swagger-ui-bundle.js",
        "sha384-gjRm0bEPMeTmMh5jT2cHccIwCUZSTd8YC+j0d0sXw0MdGEfScduGpSyF3ZSSLkX9",
    ),
)

_CDN_SCRIPT = """
if (window.SwaggerUIBundle === undefined) {
  missing("Swagger UI");
} else {
  root.textContent = "";
  SwaggerUIBundle({ url: data.openapi, domNode: root, deepLinking: true, layout: "BaseLayout", validatorUrl: null });
}
"""
