"""Joblib and pickle: an estimator as Python objects. Loading runs the code that the file names, so trust its origin."""

from __future__ import annotations

import io

import joblib

from inference.formats.explained import explained
from inference.formats.format import Artifact, Format, Opened


def _load(artifact: Artifact) -> Opened:
    damaged = "It is damaged, cut short or no joblib file: save it again with joblib.dump"
    with explained(artifact.path, damaged):
        return Opened(joblib.load(io.BytesIO(artifact.content)))


JOBLIB = Format("joblib", (".joblib",), _load)
PICKLE = Format("pickle", (".pkl", ".pickle"), _load)
