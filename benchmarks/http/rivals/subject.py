"""What a rival is told of the model, by one variable of its environment."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import joblib

VARIABLE: Final = "BENCHMARK_SUBJECT"


@dataclass(frozen=True)
class Subject:
    """A classifier of rows of numbers."""

    artifact: str
    """The path of a joblib file."""
    features: list[str]
    """The members of a row, in training order."""
    sources: list[str]
    """Their names in training."""
    classes: list[str]
    """The members of `probabilities`, in the order of the estimator's `classes_`."""

    @classmethod
    def from_environment(cls) -> "Subject":
        """Read it back."""
        return cls(**json.loads(os.environ[VARIABLE]))

    def environment(self) -> dict[str, str]:
        """Return the variable that holds it."""
        return {VARIABLE: json.dumps(asdict(self))}

    def estimator(self) -> Any:
        """Load the estimator."""
        return joblib.load(Path(self.artifact))
