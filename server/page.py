"""What the pages for browsers have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from server.assets import BUILD_COMMAND

if TYPE_CHECKING:
    from server.assets import Entry

# The browser itself then holds a local page to its promise that no other host is asked. Monaco writes style elements.
_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; font-src 'self'; "
    "img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#d60590"/>'
    '<path d="M7 23 13 15l5 4 7-10" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" '
    'stroke-linejoin="round"/><circle cx="25" cy="9" r="3" fill="#fff"/></svg>'
)

_HEAD = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" type="image/svg+xml" href="data:image/svg+xml,{quote(_ICON)}">
"""


@dataclass(frozen=True, slots=True)
class CdnFile:
    """One file on a content delivery network, of a fixed version and content."""

    address: str
    integrity: str
    """As in the attribute of that name: `sha384-...`."""


def local_page(title: str, entry: Entry, data: Mapping[str, object], without_script: str) -> str:
    """Return a page made of this server's own files.

    `data` is what its script reads; `without_script` is HTML for a browser that runs no scripts.
    """
    styles = "".join(f'<link rel="stylesheet" href="{escape(style)}">\n' for style in entry.styles)
    preloads = "".join(f'<link rel="modulepreload" href="{escape(script)}">\n' for script in entry.preloads)
    return (
        f'{_HEAD}<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n<title>{escape(title)}</title>\n'
        f'{styles}{preloads}<script type="module" src="{escape(entry.script)}"></script>\n</head>\n<body>\n'
        f'<div id="root"></div>\n<noscript>{without_script}</noscript>\n{_data_block(data)}</body>\n</html>\n'
    )


def cdn_page(title: str, files: Sequence[CdnFile], data: Mapping[str, object], script: str) -> str:
    """Return a page whose files come from a content delivery network, and which says so.

    `script` is run when they have come, or failed to, with `data` at hand.
    """
    host = files[0].address.split("/")[2]
    return (
        f"{_HEAD}<title>{escape(title)}</title>\n{''.join(map(_link, files))}<style>{_CDN_STYLE}</style>\n</head>\n"
        f'<body>\n<p id="notice" role="note">This page comes from {host}: its own files have not been built. To serve '
        f"them from here, run <code>{escape(BUILD_COMMAND)}</code> and start the server again.</p>\n"
        f'<div id="root">Waiting for {host} …</div>\n{_data_block(data)}'
        f'{"".join(map(_script, files))}<script>\n"use strict";\n{_CDN_HELPERS}{script}</script>\n</body>\n</html>\n'
    )


def _data_block(data: Mapping[str, object]) -> str:
    # No text in the data may close the element or open a comment in it.
    text = json.dumps(data).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f'<script type="application/json" id="page-data">{text}</script>\n'


def _link(file: CdnFile) -> str:
    if not file.address.endswith(".css"):
        return ""
    return f'<link rel="stylesheet" crossorigin href="{file.address}" integrity="{file.integrity}">\n'


def _script(file: CdnFile) -> str:
    if not file.address.endswith(".js"):
        return ""
    return f'<script crossorigin src="{file.address}" integrity="{file.integrity}"></script>\n'


_CDN_STYLE = """
html { color-scheme: light dark; font-family: system-ui, sans-serif }
html, body { height: 100%; margin: 0 }
body { display: flex; flex-direction: column }
#notice { margin: 0; padding: 8px 16px; background: #fff3cd; color: #533f03; font-size: 14px }
#root { flex: 1; min-height: 0 }
.missing { padding: 16px }
"""

_CDN_HELPERS = """
const data = JSON.parse(document.getElementById("page-data").textContent);
const root = document.getElementById("root");
const missing = (name) => {
  root.className = "missing";
  root.textContent = `${name} did not come: this browser cannot reach its host, or was given another file.`;
};
"""
