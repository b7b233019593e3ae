"""What an operator says of engines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from inference.engines.cache import Cache

EngineName: TypeAlias = Literal["auto", "native", "onnx"]


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Which engine is to be used, and where conversions are kept."""

    name: EngineName = "native"
    """A model's card may say otherwise."""
    cache: Cache | None = None
    """None keeps nothing."""

    def asked(self, card: EngineName | None) -> EngineName:
        """Return what a model is to be served with."""
        return card or self.name


NATIVE: Final = EngineOptions()
"""What is done where nobody says otherwise."""
