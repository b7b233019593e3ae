"""What a thread's stack says of the model call that it is in."""

from __future__ import annotations

from types import FrameType

from inference.model import LoadedModel


def at_work(frame: FrameType | None) -> str | None:
    """Say which model is called with how many rows, given the innermost frame of a thread; None where none is."""
    while frame is not None:
        if frame.f_code is LoadedModel.ask.__code__:
            return f"a call of {frame.f_locals['self'].title} with {frame.f_locals['count']} rows"
        frame = frame.f_back
    return None
