"""The addresses that a person on this machine opens."""

from __future__ import annotations

import pytest

from server.cli.banner import address


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("example", "http://example:8000"),
        ("0.0.0.0", "http://localhost:8000"),  # noqa: S104  # not listened on here
        ("::", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_the_address_can_be_opened_in_a_browser_here(host: str, url: str) -> None:
    assert address(host, 8000) == url
