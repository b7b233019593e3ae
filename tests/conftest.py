"""What the tests of several rooms share: folders of small models, the six example models trained once, real servers."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import pandas as pd
import pytest
import uvicorn
import yaml
from hypothesis import HealthCheck, settings

from inference.info import Limits
from inference.loader import Models, load_models
from server.application import Application
from server.running import server_config

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    Running = Callable[[ASGIApp], AbstractContextManager[str]]

# No example has a time limit: how long one takes says how busy the machine is.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

EXAMPLES = Path(__file__).parents[1] / "examples"
_START_SECONDS = 10


@dataclass(frozen=True)
class ModelsFolder:
    """A folder of models, one added by each call."""

    path: Path

    def add(
        self,
        name: str,
        estimator: Any,
        *,
        version: str | None = None,
        sample: pd.DataFrame | None = None,
        card: Mapping[str, Any] | str | None = None,
    ) -> Path:
        """Save a model, or one version of it, as a user would; return the folder that its artifact is in."""
        folder = self.path / name / (version or "")
        folder.mkdir(parents=True, exist_ok=True)
        joblib.dump(estimator, folder / "model.joblib")
        if sample is not None:
            sample.to_csv(folder / "sample.csv", index=False)
        if card is not None:
            text = card if isinstance(card, str) else yaml.safe_dump(dict(card), allow_unicode=True, sort_keys=False)
            (folder / "card.yaml").write_text(text, encoding="utf-8")
        return folder

    def load(self, *, keep_going: bool = False) -> Models:
        """Load all that is in it."""
        return load_models(self.path, Limits(max_rows=100_000, deadline_seconds=30), keep_going=keep_going)


@pytest.fixture(scope="session", autouse=True)
def _engines_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let commands that tests start convert nothing to ONNX, which takes seconds, unless they are told to.

    What they keep for the next start is the tests' own: it must not matter what ran on this machine before.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREDICTQL_ENGINE", "native")
        patch.setenv("PREDICTQL_CACHE_DIR", str(tmp_path_factory.mktemp("kept-engines")))
        yield


@pytest.fixture
def models_folder(tmp_path: Path) -> ModelsFolder:
    """Make an empty folder of models."""
    path = tmp_path / "models"
    path.mkdir()
    return ModelsFolder(path)


@pytest.fixture(scope="session")
def training_output(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, str]:
    """Train each example model once, as a newcomer does, and return what was printed, by model folder.

    Scripts run two at a time, with warnings as errors, into folders whose parent does not exist yet.
    """
    root = tmp_path_factory.mktemp("examples") / "models"
    folders = [root / script.stem for script in sorted(EXAMPLES.glob("*.py"))]

    def train(folder: Path) -> str:
        command = [sys.executable, "-W", "error", str(EXAMPLES / f"{folder.name}.py"), str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(folders, pool.map(train, folders), strict=True))


@pytest.fixture(scope="session")
def demo_models(training_output: dict[Path, str]) -> Path:
    """Return the folder with the six example models. It is for reading only."""
    return next(iter(training_output)).parent


@contextlib.contextmanager
def _running(app: ASGIApp) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, access_log=False)
        if isinstance(app, Application):
            config = server_config(app)
        config.timeout_graceful_shutdown = 2
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            deadline = time.monotonic() + _START_SECONDS
            while not server.started:
                assert thread.is_alive(), "the server stopped while it started; its log says why"
                assert time.monotonic() < deadline, f"the server did not start within {_START_SECONDS} s"
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def running() -> Running:
    """Serve an app within a `with` block, on a free port of this machine; its address is `http://127.0.0.1:port`."""
    return _running
