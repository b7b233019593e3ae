"""Where a model's files are, for error messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """The files that an error may have to name, whether they exist or not."""

    artifact: Path
    card: Path
    sample: Path
