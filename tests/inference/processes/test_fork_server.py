"""The fork server takes note of every end that was not asked for."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from inference.processes.fork_server import ForkServer, Work
from tests.inference.processes.in_processes import SAMPLE, is_gone, parent, until
from tests.inference.slow_python import InPython

if TYPE_CHECKING:
    from tests.inference.conftest import Load


@pytest.mark.parametrize("ends", [False, True], ids=["while the server serves", "when the server ends, too"])
def test_each_process_that_is_killed_is_said_however_many_end_at_once(
    load: Load, tmp_path: Path, *, ends: bool
) -> None:
    engine, log = load(InPython().fit(SAMPLE), sample=SAMPLE).engine, tmp_path / "log"
    handler = logging.FileHandler(log)
    logging.getLogger("inference").addHandler(handler)
    fork_server = ForkServer([Work("m", engine, 1)])  # logs to where this process does
    logging.getLogger("inference").removeHandler(handler)
    handler.close()
    processes = [fork_server.fork(0) for _ in range(3)]
    maker = parent(processes[0].id)
    os.kill(maker, signal.SIGSTOP)  # it will learn of everything at once
    for process in processes:
        os.kill(process.id, signal.SIGKILL)
        until(partial(is_gone, process.id))
    closing_it = threading.Thread(target=fork_server.close)
    if ends:
        closing_it.start()
        time.sleep(0.1)
    os.kill(maker, signal.SIGCONT)
    said = {f"m: its process {process.id} was ended by SIGKILL." for process in processes}
    if not ends:
        until(lambda: len(log.read_text().splitlines()) == len(said))
        closing_it.start()
    closing_it.join()
    assert set(log.read_text().splitlines()) == said
    for process in processes:
        process.channel.close()
