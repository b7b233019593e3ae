"""Which engines each specimen has: its lean form, and what of its answers an ONNX graph was proved to give."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from inference.engines.lean.calibrated import Calibrated
from inference.engines.lean.compositions import Chain, PickedColumns
from inference.engines.lean.encoding import OneHot, Ordinal
from inference.engines.lean.engine import LeanEngine, lean_engine
from inference.engines.lean.form import Called, NotLean
from inference.engines.lean.imputing import FilledNumbers, FilledWords
from inference.engines.lean.linear import LinearClassifier, LinearRegressor
from inference.engines.lean.machines import MachineClassifier, MachineRegressor
from inference.engines.lean.rows import RowLayout
from inference.engines.lean.scaling import Scaling
from inference.engines.lean.shared import Bayes, Boosted, Probable, Stacked
from inference.engines.lean.trees import Forest, IsolationForest
from inference.engines.native import LEAN_PROBES
from inference.engines.onnx.choice import PROBES
from inference.engines.onnx.conversion import CannotConvert
from inference.engines.onnx.parity import prove
from inference.engines.plain import PlainEngine
from inference.engines.probes import make_probes
from inference.engines.proof import Unequal
from inference.engines.thresholds import thresholds_of
from inference.errors import LoadFailed
from inference.info import Limits
from inference.loader import load_models
from inference.signature.from_sample import read_sample
from tests.estimators.specimen import Specimen
from tests.estimators.sweep import save

FORMS: Final[Mapping[type, str]] = {
    Called: "its own methods",
    Chain: "step by step",
    PickedColumns: "columns by place",
    OneHot: "words looked up",
    Ordinal: "words looked up",
    FilledNumbers: "gaps filled",
    FilledWords: "gaps filled",
    LinearClassifier: "one product",
    LinearRegressor: "one product",
    Scaling: "arithmetic",
    Bayes: "one product",
    Boosted: "one walk",
    Forest: "one walk",
    IsolationForest: "one walk",
    Calibrated: "shared work",
    MachineClassifier: "shared work",
    MachineRegressor: "arithmetic",
    Probable: "shared work",
    Stacked: "shared work",
}
PLAIN: Final = "none"


@dataclass(frozen=True)
class Engines:
    """What was found of one specimen that is served."""

    lean: str
    onnx: str
    """The methods that a graph answers; empty where it has none."""
    reason: str
    """Why there is no graph."""


def engines_of(folder: Path, specimens: Iterable[Specimen]) -> dict[str, Engines]:
    """Fit, save and load specimens; return their engines by name. What is not served is left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of data that is too small to be fitted well
        found = {one.name: _engines(folder / f"folder {place}", one) for place, one in enumerate(specimens)}
    return {name: engines for name, engines in found.items() if engines is not None}


def _engines(folder: Path, specimen: Specimen) -> Engines | None:
    folder.mkdir()
    save(folder / "m", specimen, specimen.fitted)
    try:
        (model,) = load_models(folder, Limits(1000, 30.0)).loaded
    except LoadFailed:
        return None
    plain = PlainEngine(model.estimator, model.signature)
    methods = {method for output in model.outputs.values() for method in output.calls(output.request({}))}
    sample = read_sample(folder / "m" / "sample.csv") if (folder / "m" / "sample.csv").exists() else None
    thresholds = thresholds_of(model.estimator)
    try:
        RowLayout(model.signature, takes_columns=False)
    except NotLean as error:
        return Engines(PLAIN, "", str(error))
    probes = make_probes(model.signature, sample, LEAN_PROBES, thresholds)
    native = lean_engine(plain, methods, probes)
    lean = FORMS[type(native.form)] if isinstance(native, LeanEngine) else PLAIN
    many = make_probes(model.signature, sample, PROBES, thresholds)
    return Engines(lean, *_onnx(lambda: prove(native, plain, methods, many)))


def _onnx(attempt: Any) -> tuple[str, str]:
    try:
        proved = attempt()
    except (CannotConvert, NotLean, Unequal) as error:
        return "", str(error).split("\n")[0]
    except Exception as error:  # noqa: BLE001  # an estimator may raise anything for rows that nobody sends
        return "", f"comparing raised {type(error).__name__}"
    width = "" if proved.way.wide else ", 32 bits"
    return ", ".join(sorted(proved.engine.outputs)) + width, ""
