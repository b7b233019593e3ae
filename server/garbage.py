"""When Python looks for garbage: hardly ever among what a server keeps, and not at every batch."""

from __future__ import annotations

import gc
from typing import Final

_NEW_OBJECTS: Final = 50_000
"""So many more lists and objects than before are a reason to look for cycles among them. The answers of one large batch
are some thousands, and they hold none."""


def keep_what_is_loaded() -> None:
    """Call once when all is loaded: looking through all of it would stop the server for 0.1 s each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
