"""The page at /graphql: GraphiQL, with one tab per model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING

from server.page import CdnFile, cdn_page, local_page

if TYPE_CHECKING:
    from server.assets import Assets

_TITLE = "predictql"


@dataclass(frozen=True, slots=True)
class ExampleTab:
    """An operation that works as it stands."""

    title: str
    """The operation's name: GraphiQL writes that on the tab."""
    query: str
    variables: str
    """A JSON object."""


def explorer_page(tabs: Sequence[ExampleTab], assets: Assets | None, endpoint: str = "graphql") -> str:
    """Return the page's HTML, which stays the same while the tabs do.

    `endpoint` is relative to the page, so that the server works under any prefix a proxy gives it. Without `assets`
    the page loads GraphiQL from a content delivery network, and says so.
    """
    examples = [asdict(tab) for tab in tabs]
    # What a browser remembers of its tabs, it remembers for this set of examples.
    digest = hashlib.sha256(json.dumps(examples).encode()).hexdigest()[:16]
    data = {"endpoint": endpoint, "digest": digest, "examples": examples}
    if assets is None:
        return cdn_page(_TITLE, _CDN_FILES, data, _CDN_SCRIPT)
    return local_page(_TITLE, assets.explorer, data, _without_script(tabs, endpoint))


def _without_script(tabs: Sequence[ExampleTab], endpoint: str) -> str:
    examples = "".join(
        f"<h2>{escape(tab.title)}</h2><pre>{escape(tab.query)}</pre><pre>{escape(tab.variables)}</pre>" for tab in tabs
    )
    return (
        f"<h1>{_TITLE}</h1><p>GraphiQL needs JavaScript. Without it, POST an operation and its variables to "
        f"<code>{escape(endpoint)}</code>.</p>{examples}"
    )


# The last GraphiQL that plain script elements can load; its hashes are those of the files in the npm packages.
_CDN_FILES = (
    CdnFile(
        "https://unpkg.com/graphiql@4.1.2/graphiql.min.css",
        "sha384-1el1QShFBnnXTx9x/Cprg82hZWKt0ry29OAYIXt05swbi0KcZDFoj0CWguMpopJr",
    ),
    CdnFile(
        "https://unpkg.com/react@18.3.1/umd/react.production.min.js",
        "sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z",
    ),
    CdnFile(
        "https://unpkg.com/react-dom@18.3.1/umd/react-dom.production.min.js",
        "sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1",
    ),
    CdnFile(
        "https://unpkg.com/graphiql@4.1.2/graphiql.min.js",
        "sha384-9XdHu7ajgGJziD4J1zNBKQ842Q/+zZfDv+ib1eMhZWBH6hPAs806x+Jbcf0yNO6B",
    ),
)

# The same as web/src/storage.ts and web/src/explorer.tsx, for this older GraphiQL.
_CDN_SCRIPT = """
const storageFor = (digest) => {
  const ofOneSet = /^graphiql:(tabState|query|variables|headers|operationName)$/;
  const keyOf = (key) => (ofOneSet.test(key) ? `predictql:${digest}:${key}` : key);
  return {
    getItem: (key) => localStorage.getItem(keyOf(key)),
    setItem: (key, value) => localStorage.setItem(keyOf(key), value),
    removeItem: (key) => localStorage.removeItem(keyOf(key)),
    clear: () => localStorage.clear(),
    get length() { return localStorage.length; },
  };
};
const lastOpen = (storage) => {
  const { tabs = [], activeTabIndex } = JSON.parse(storage.getItem("graphiql:tabState") ?? "{}");
  return tabs[activeTabIndex];
};
if (window.GraphiQL === undefined) {
  missing("GraphiQL");
} else {
  const storage = storageFor(data.digest);
  const open = lastOpen(storage) ?? data.examples[0];
  ReactDOM.createRoot(root).render(React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: data.endpoint }),
    defaultTabs: data.examples,
    defaultEditorToolsVisibility: "variables",
    storage,
    ...(open && { query: open.query ?? "", variables: open.variables ?? "" }),
  }));
}
"""
