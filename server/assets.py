"""The built files of the pages for browsers: where they are, and how they are served.

They are built from web/ by npm (`make web`) and never committed, so a checkout may lack them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    import os

    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.types import Scope

BUILD_COMMAND = "make web"
"""Builds the files, from the root of a checkout."""

_BUILT = Path(__file__).resolve().parent.parent / "web" / "dist"
_FOLDER = "assets"
# The name of a file has its content's hash in it.
_FOR_EVER = "public, max-age=31536000, immutable"
# A machine's own table may call these something that browsers refuse to run or apply.
_MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".ttf": "font/ttf",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """The files that one page names, as addresses relative to the server's root."""

    script: str
    styles: tuple[str, ...]
    preloads: tuple[str, ...]
    """Scripts that `script` will ask for at once."""


@dataclass(frozen=True, slots=True)
class Assets:
    """All built files."""

    directory: Path
    explorer: Entry
    documentation: Entry


def find_assets(built: Path = _BUILT) -> Assets | None:
    """Return the files that the build left in `built`, or None where it did not run, or not to its end."""
    try:
        manifest = json.loads((built / "manifest.json").read_bytes())
        return Assets(
            directory=built / _FOLDER,
            explorer=_entry(manifest, "src/explorer.tsx"),
            documentation=_entry(manifest, "src/documentation.ts"),
        )
    except (OSError, ValueError, KeyError):
        return None


def mount_assets(app: Starlette, assets: Assets) -> None:
    """Serve the files under /assets, to be cached for ever."""
    app.mount(f"/{_FOLDER}", _HashedFiles(directory=assets.directory), name=_FOLDER)


def _entry(manifest: Mapping[str, Any], source: str) -> Entry:
    chunk = manifest[source]
    # The editor is loaded by name while the script runs, and nothing can be typed before it is there.
    editor = [name for name in chunk.get("dynamicImports", ()) if manifest[name]["name"] == "monaco-editor"]
    needed = list(_with_imports(manifest, [source, *editor]))
    return Entry(
        script=chunk["file"],
        styles=tuple(style for name in needed for style in manifest[name].get("css", ())),
        preloads=tuple(manifest[name]["file"] for name in needed if name != source),
    )


def _with_imports(manifest: Mapping[str, Any], names: Sequence[str]) -> dict[str, None]:
    """Return the chunks of these names and all that they import, each once, in order."""
    found: dict[str, None] = {}
    waiting = [*reversed(names)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            waiting.extend(reversed(manifest[name].get("imports", ())))
    return found


class _HashedFiles(StaticFiles):
    """Files that never change under their name; the build has compressed the larger ones."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        path = Path(full_path)
        packed = path.with_name(f"{path.name}.gz")
        pack = "gzip" in Headers(scope=scope).get("accept-encoding", "") and packed.is_file()
        if pack:
            path, stat_result = packed, packed.stat()
        response = super().file_response(path, stat_result, scope, status_code)
        response.headers["cache-control"] = _FOR_EVER
        response.headers["vary"] = "accept-encoding"
        if pack:
            response.headers["content-encoding"] = "gzip"
        if media_type := _MEDIA_TYPES.get(Path(full_path).suffix):
            response.headers["content-type"] = media_type
        return response
