"""The files that the pages name."""

from __future__ import annotations

import gzip
from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

from server.assets import Assets, find_assets, mount_assets


def client(assets: Assets) -> TestClient:
    app = Starlette()
    mount_assets(app, assets)
    return TestClient(app)


def test_every_file_that_a_page_names_is_served_to_be_cached_for_ever(assets: Assets) -> None:
    for entry in (assets.explorer, assets.documentation):
        for address in (entry.script, *entry.styles, *entry.preloads):
            response = client(assets).get(f"/{address}")
            assert response.status_code == 200
            assert "immutable" in response.headers["cache-control"]
            kind = "text/css" if address.endswith(".css") else "text/javascript"
            assert response.headers["content-type"].startswith(kind)


def test_a_file_is_sent_compressed_only_to_who_can_read_it(assets: Assets) -> None:
    script = f"/{assets.explorer.script}"
    plain = client(assets).get(script, headers={"accept-encoding": "identity"})
    packed = client(assets).get(script, headers={"accept-encoding": "gzip, br"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.content == plain.content == (assets.directory.parent / assets.explorer.script).read_bytes()


def test_a_compressed_file_holds_what_the_plain_one_does(assets: Assets) -> None:
    packed = list(assets.directory.glob("*.gz"))
    assert packed
    for path in packed:
        assert gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes()


def test_a_file_that_is_not_there_is_not_cached(assets: Assets) -> None:
    response = client(assets).get("/assets/explorer-00000000.js")
    assert response.status_code == 404
    assert "cache-control" not in response.headers


def test_nothing_outside_the_folder_is_served(assets: Assets) -> None:
    assert client(assets).get("/assets/..%2fmanifest.json").status_code == 404


def test_a_checkout_without_built_files_has_none(tmp_path: Path) -> None:
    assert find_assets(tmp_path) is None


def test_a_build_that_did_not_end_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"src/explorer.tsx": {"file"')
    assert find_assets(tmp_path) is None
