"""Real servers on real ports, and a GraphQL client for them."""

from __future__ import annotations

import contextlib
import importlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import joblib
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from server.app import create_app
from server.settings import Settings

if TYPE_CHECKING:
    from tests.conftest import Running

    Serve = Callable[[Settings], "GraphQL"]

_CODE = Path(__file__).with_name("awkward.py")
_FAULTY = Path(__file__).with_name("faulty.py")
BODY_LIMIT = 64 * 1024
"""Of the server with the awkward models, in bytes."""
_TYPE = "query Type($name: String!) { __type(name: $name) { fields { name type { ...Of } } } } fragment Of on __Type {"
_OF = _TYPE + " kind name ofType { kind name ofType { kind name ofType { kind name } } } }"


@dataclass(frozen=True)
class GraphQL:
    """A client of one server."""

    http: httpx2.Client
    url: str

    def send(self, body: bytes, **headers: str) -> httpx2.Response:
        """Post a body as it is, as JSON unless `content_type` says otherwise."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post("/graphql", content=body, headers={"content-type": "application/json"} | given)

    def post(self, query: str, **variables: Any) -> httpx2.Response:
        """Post an operation."""
        return self.http.post("/graphql", json={"query": query, "variables": variables})

    def data(self, query: str, **variables: Any) -> dict[str, Any]:
        """Post an operation that has no errors and return its data."""
        response = self.post(query, **variables)
        answer = response.json()
        assert "errors" not in answer, answer["errors"]
        assert response.status_code == 200
        data: dict[str, Any] = answer["data"]
        return data

    def errors(self, query: str, **variables: Any) -> list[dict[str, Any]]:
        """Post an operation and return its errors."""
        response = self.post(query, **variables)
        assert response.status_code < 500
        errors: list[dict[str, Any]] = response.json()["errors"]
        return errors

    def codes(self, query: str, **variables: Any) -> list[str]:
        """Post an operation and return the codes of its errors."""
        return [error["extensions"]["code"] for error in self.errors(query, **variables)]

    def everything(self, type_name: str) -> str:
        """Return the selection of all fields of a type, and of all theirs."""
        lines = []
        for field in self.data(_OF, name=type_name)["__type"]["fields"]:
            of = field["type"]
            while of["kind"] in {"NON_NULL", "LIST"}:
                of = of["ofType"]
            lines.append(field["name"] + (f" {self.everything(of['name'])}" if of["kind"] == "OBJECT" else ""))
        return "{ " + " ".join(lines) + " }"


@pytest.fixture(scope="session")
def serve(running: Running) -> Iterator[Serve]:
    """Serve a folder of models and give a client, as often as wanted; all servers run until the last test is done."""
    with contextlib.ExitStack() as stack:

        def start(settings: Settings) -> GraphQL:
            url = stack.enter_context(running(create_app(settings)))
            return GraphQL(stack.enter_context(httpx2.Client(base_url=url, timeout=60)), url)

        yield start


@pytest.fixture(scope="session")
def demo(serve: Serve, demo_models: Path) -> GraphQL:
    """Serve the six demo models."""
    return serve(Settings(models=demo_models, engine="native"))


@pytest.fixture(scope="session")
def awkward_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder of models that raise, answer infinity, sleep, accept few rows or never saw a city.

    None of their classes can be imported here: each model brings its own in code/.
    """
    root = tmp_path_factory.mktemp("awkward")
    sample = pd.DataFrame({"x": [1.0, 2.0, 3.5, 8.0]})
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(_CODE.parent)
        awkward = importlib.import_module("awkward")
        for name, kind, card in (
            ("fragile", awkward.Fragile, "features: {x: {min: -1000, max: 1000}}\nlimits: {max_rows: 20}\n"),
            ("sleepy", awkward.Sleepy, ""),
            ("hurried", awkward.Sleepy, "limits: {deadline_ms: 200}\n"),
        ):
            _save(root / name, kind().fit(sample), sample, card)
            (root / name / "code").mkdir()
            shutil.copy(_CODE, root / name / "code")
        del sys.modules["awkward"]
    visits = pd.DataFrame({"city": ["Bonn", "Kiel", "Bonn", "Ulm"] * 5, "minutes": range(20)})
    encoder = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["city"]), remainder="passthrough")
    bought = [minutes > 9 for minutes in visits["minutes"]]
    _save(root / "shop", make_pipeline(encoder, LogisticRegression()).fit(visits, bought), visits, "tags: [shop]\n")
    return root


def _save(folder: Path, estimator: Any, sample: pd.DataFrame, card: str) -> None:
    folder.mkdir()
    joblib.dump(estimator, folder / "model.joblib")
    sample.to_csv(folder / "sample.csv", index=False)
    (folder / "card.yaml").write_text(card)


@pytest.fixture(scope="session")
def awkward(serve: Serve, awkward_models: Path) -> GraphQL:
    """Serve the awkward models, from a server that reads small bodies only."""
    return serve(Settings(models=awkward_models, engine="native", max_body_bytes=BODY_LIMIT))


@dataclass(frozen=True)
class Faulty:
    """A server of models that note what they are asked."""

    server: GraphQL
    folder: Path

    def asked(self, model: str) -> list[list[float]]:
        """Return the rows of each call that somebody asked a model for, in the order of the calls."""
        lines = (self.folder / f"{model}.notes").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


_FAULTS: dict[str, tuple[dict[str, float], str]] = {
    "poisoned": ({}, ""),
    "left": ({"slow_seconds": 0.4}, ""),
    "sleeping": ({"slow_seconds": 2.0}, ""),
    "full": ({"slow_seconds": 1.0}, ", limits: {max_queued_rows: 5}"),
    "hurried": ({"slow_seconds": 1.0}, ", limits: {deadline_ms: 300}"),
    "large": ({"row_seconds": 0.00002}, ""),
}


@pytest.fixture(scope="session")
def faulty(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Faulty:
    """Serve models that are slow from 100 on, raise on 666, and note what they are asked."""
    root, notes = tmp_path_factory.mktemp("faulty"), tmp_path_factory.mktemp("notes")
    sample = pd.DataFrame({"x": [1.0, 2.75, 8.0]})
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(_FAULTY.parent)
        noting = importlib.import_module("faulty").Noting
        for name, (seconds, limits) in _FAULTS.items():
            card = f"{{features: {{x: {{example: 2.75}}}}{limits}}}"
            _save(root / name, noting(str(notes / f"{name}.notes"), **seconds).fit(sample), sample, card)
            (root / name / "code").mkdir()
            shutil.copy(_FAULTY, root / name / "code")
        del sys.modules["faulty"]
    server = serve(Settings(models=root, engine="native"))
    for noted in notes.iterdir():
        noted.write_text("")  # what models are asked at the start, nobody asks for
    return Faulty(server, notes)
