"""What docs/deployment.md says the server never does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

WATCHED = """
import asyncio, sys

seen = []

def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "subprocess.Popen"):
        seen.append((event, str(arguments)))
    elif event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        seen.append((event, str(arguments)))

sys.addaudithook(watch)

from pathlib import Path
from server.app import create_app
from server.settings import Settings

app = create_app(Settings(models=Path(sys.argv[1]), engine="native", cache_dir=Path(sys.argv[2])))
query = "{ models { exampleQuery } diabetesBatch(inputs: [{ age: 59 }, { age: 48 }]) { predictions { value } } }"

async def main():
    sent = []

    async def receive():
        return {"type": "http.request", "body": b'{"query": "%s"}' % query.encode(), "more_body": False}

    async def send(message):
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": "/graphql", "raw_path": b"/graphql",
             "scheme": "http", "query_string": b"", "headers": headers, "server": ("127.0.0.1", 80), "root_path": ""}
    await app(scope, receive, send)
    return sent

sent = asyncio.run(main())
print(sent[0]["status"], b"predictions" in sent[1]["body"])
print(*seen, sep="\\n")
"""


def test_the_server_opens_no_connection_and_writes_no_file_but_what_it_keeps_of_engines(
    demo_models: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    at_the_first_start = _seen(demo_models, kept)
    assert {event for event in at_the_first_start if str(kept) not in event} == set()
    assert at_the_first_start
    assert len(list(kept.glob("*.engine"))) == len(at_the_first_start)
    assert _seen(demo_models, kept) == []


def _seen(models: Path, kept: Path) -> list[str]:
    """Start a server, let it answer, and return each connection it opened and each file it wrote."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(models), str(kept)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    answered, *seen = done.stdout.splitlines() or [done.stderr]
    assert answered == "200 True"
    return [event for event in seen if event]
