"""Quiet for commands that predict many rows."""

from __future__ import annotations

import gc
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_GARBAGE: Final = (100_000, 50, 100)
"""Rows come and go in lists without circles, so there is little to search for."""


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep garbage collection, models' warnings and the service's log, which is a server's, out of the way."""
    logger, quiet, thresholds = logging.getLogger("inference"), logging.NullHandler(), gc.get_threshold()
    logger.addHandler(quiet)
    gc.set_threshold(*_GARBAGE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        gc.set_threshold(*thresholds)
        logger.removeHandler(quiet)
