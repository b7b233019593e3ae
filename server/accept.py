"""Which media type a client wants, by its Accept header."""

from __future__ import annotations

from collections.abc import Iterator

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
_HTML = "text/html"


def media_type(accept: str) -> str | None:
    """Return the media type to answer a GraphQL request with, or None where the client takes none that we have.

    The one with the higher quality wins, then the one named first; who says nothing gets application/json.
    """
    accepted = dict(_accepted(accept)) or {JSON: 1.0}
    places = {name: place for place, name in enumerate(accepted)}
    ranked: list[tuple[float, int, str]] = []
    for offer in (JSON, GRAPHQL_RESPONSE):
        # The most specific range that fits decides: `application/json;q=0, */*` takes all but JSON.
        said = next((name for name in (offer, "application/*", "*/*") if name in accepted), None)
        if said and accepted[said] > 0:
            ranked.append((-accepted[said], places[said], offer))
    return min(ranked, key=lambda rank: rank[:2])[2] if ranked else None


def wants_html(accept: str) -> bool:
    """Tell whether the client is a browser that opens a page: it names text/html."""
    return any(name == _HTML and quality > 0 for name, quality in _accepted(accept))


def _accepted(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
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
