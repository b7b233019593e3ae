"""When Python looks for garbage: hardly ever among what a server loads and keeps, and not at every batch."""

from __future__ import annotations

import gc
from typing import Final

_NEW_OBJECTS: Final = 50_000
"""So many more lists and objects than before are a reason to look for cycles among them. The answers of one large batch
are some thousands, and they hold none."""


def look_for_garbage_seldom() -> None:
    """Call before libraries and models are loaded: they make many objects and drop few.

    Looking through them over and over took an eighth of the time until a server with one small model was ready.
    """
    gc.set_threshold(_NEW_OBJECTS)


def keep_what_is_loaded() -> None:
    """Call once when all is loaded: looking through all of it would stop the server for 0.1 s each time."""
    gc.collect()
    gc.freeze()
    look_for_garbage_seldom()
