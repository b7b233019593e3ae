"""What the cache keeps of a conversion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of one conversion."""

    reason: str
    """Why the graph is taken, or why not."""
    taken: bool = False
    rows: int = 0
    difference: float = 0.0
    speedup: float = 1.0
    whole: bool = True
    """The graph is that of all of the estimator, else of a pipeline's last step."""
    wide: bool = True
    outputs: tuple[tuple[str, str, str, tuple[int, ...], bool], ...] = ()
    """Method, name of the output, type, shape of one row's answer, and whether it is the class of the greatest."""
    domain: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    most_rows: int | None = None

    def said(self) -> dict[str, Any]:
        """Return it as JSON can say it."""
        return asdict(self)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Kept:
        """Return what `said` wrote. Raises TypeError, ValueError or KeyError for anything else."""
        outputs = tuple(
            (method, name, dtype, tuple(tail), is_label) for method, name, dtype, tail, is_label in said["outputs"]
        )
        domain = tuple(map(tuple, said["domain"])) if said["domain"] else None
        return cls(**{**said, "outputs": outputs, "domain": domain})
