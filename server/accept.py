"""Which media type a client wants."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
_HTML = "text/html"


def media_type(request: Request) -> str | None:
    """Return the media type to answer a GraphQL request with, or None where the client takes none that we have.

    The one with the higher quality wins, then the one named first; who says nothing gets application/json.
    """
    accepted = list(_accepted(request))
    if not accepted:
        return JSON
    offers = {JSON: JSON, GRAPHQL_RESPONSE: GRAPHQL_RESPONSE, "application/*": JSON, "*/*": JSON}
    known = [(quality, offers[name]) for name, quality in accepted if name in offers and quality > 0]
    return max(known, key=lambda offer: offer[0])[1] if known else None


def wants_html(request: Request) -> bool:
    """Tell whether the client is a browser that opens a page: it names text/html."""
    return any(name == _HTML and quality > 0 for name, quality in _accepted(request))


def _accepted(request: Request) -> Iterator[tuple[str, float]]:
    for part in request.headers.get("accept", "").split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name:
            yield name, _quality(parameters)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
