"""From files to models that can be called: read, checked, warmed with an example row, and their cost measured."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sklearn
from numpy.typing import NDArray

from inference.answerable import check_answerable
from inference.artifact import WarningLog, read_artifact
from inference.card import Card
from inference.cost import Cost, measure
from inference.engines.choice import EngineUnavailable, choose_engine
from inference.engines.engine import Engine
from inference.engines.native import Chosen, Served
from inference.engines.options import EngineOptions
from inference.engines.probes import example_rows
from inference.errors import ArtifactError, CardError, nearest
from inference.estimator_info import estimator_info
from inference.info import EstimatorInfo, LibraryVersion, Limits, ModelInfo, ServingInfo
from inference.libraries import mismatches, with_training
from inference.model import LoadedModel, ModelKey
from inference.outputs.answers import Answers, call
from inference.outputs.estimator_outputs import EstimatorOutputs
from inference.outputs.output import Label, ListOf, Output
from inference.outputs.target_names import with_target_names
from inference.outputs.task import outputs_of, task_of
from inference.repository import VersionFiles
from inference.signature.feature import Signature
from inference.signature.from_sample import read_sample
from inference.signature.infer import infer_signature
from inference.signature.matrix import to_container
from inference.signature.sample_targets import set_targets_aside
from inference.trust import Trust

_LISTED = 20


@dataclass(frozen=True, slots=True)
class Version:
    """A version to load, and its place among the model's versions."""

    files: VersionFiles
    card: Card
    versions: tuple[str, ...]
    default: bool

    @property
    def key(self) -> ModelKey:
        """Its name and version."""
        return ModelKey(self.files.model, self.files.version)

    def info(self, serving: ServingInfo | None, error: str | None) -> ModelInfo:
        """Say what is known of it after loading."""
        return ModelInfo(
            name=self.files.model,
            version=self.files.version,
            versions=self.versions,
            default=self.default,
            card=self.card,
            serving=serving,
            error=error,
        )


def card_path(files: VersionFiles) -> Path:
    """Return the card that rules, or where one would be."""
    return files.cards[-1] if files.cards else files.artifact.parent / "card.yaml"


def load(version: Version, limits: Limits, trust: Trust, log: WarningLog, engines: EngineOptions) -> LoadedModel:
    """Load one version. Raises ModelError, with the file and the mend, where it cannot be served."""
    start = time.perf_counter()
    files, card = version.files, version.card
    log.trained_with()  # what an artifact that could not be read left behind is not of this one
    opened, artifact = read_artifact(files, card, trust)
    estimator = opened.estimator
    trained_with = log.trained_with()
    check_answerable(estimator, card.task, files.artifact)
    sample = read_sample(files.sample) if files.sample else None
    sample, targets = set_targets_aside(estimator, card.task, sample, files.artifact)
    signature = infer_signature(
        estimator,
        card,
        sample,
        where=files.artifact,
        card_path=card_path(files),
        sample_path=files.sample,
        declared=opened.columns,
    )
    task = task_of(estimator, card.task, files.artifact, card_path(files))
    trial = _trial(estimator, signature, files.artifact)
    source = EstimatorOutputs(estimator, card, card_path(files), trial, files.artifact)
    outputs = outputs_of(task, with_target_names(source, task, targets, files.sample))
    every = {method for output in outputs for method in output.calls(output.request({}))}
    _warm(estimator, signature, outputs, every, files.artifact)
    chosen = _chosen(Served(estimator, signature, sample, every, artifact.sha256), version, engines)
    info = estimator_info(estimator, len(signature.features), trained_with)
    libraries = with_training(info.libraries, card.libraries)
    serving = ServingInfo(
        task=task,
        signature=signature,
        outputs=outputs,
        label=_label(outputs),
        estimator=replace(info, libraries=libraries, importances=_importances(info, card, signature, card_path(files))),
        artifact=artifact,
        limits=limits,
        engine=chosen.info,
        cost=_cost(chosen.engine, signature, outputs[0]),
        loaded_at=dt.datetime.now(dt.UTC),
        load_seconds=time.perf_counter() - start,
        warnings=(*_warnings(files, trained_with), *_card_warnings(files, info, libraries)),
    )
    by_name = {output.key: output for output in outputs}
    return LoadedModel(version.info(serving, None), serving, estimator, chosen.engine, by_name)


def _chosen(served: Served, version: Version, engines: EngineOptions) -> Chosen:
    """Choose the engine. Raises CardError or ArtifactError where the one that is asked for cannot answer."""
    files, asked = version.files, engines.asked(version.card.engine)
    # What lies in a code folder or in a model's other files is not in the artifact's digest.
    whole = not files.code and files.artifact.is_file()
    try:
        return choose_engine(served if whole else replace(served, sha256=None), asked, engines.cache)
    except EngineUnavailable as error:
        if version.card.engine:
            raise CardError(card_path(files), f"engine: onnx: {error}", "Write auto or native") from error
        mend = "Start with --engine auto, or write `engine: native` into its card.yaml"
        raise ArtifactError(files.artifact, f"it cannot be served by ONNX, since {error}", mend) from error


def _trial(estimator: Any, signature: Signature, artifact: Path) -> Any:
    def trial(method: str) -> NDArray[Any]:
        return _ask_example(estimator, signature, [method], artifact, 1)[method]

    return trial


def _ask_example(estimator: Any, signature: Signature, methods: Iterable[str], artifact: Path, count: int) -> Answers:
    columns = [[value] * count for value in signature.example_row]
    try:
        return call(estimator, to_container(signature, columns), count, methods)
    except Exception as error:
        example = {f.source: f.example for f in signature.features if f.length is None}
        raise ArtifactError(
            artifact,
            f"its {'/'.join(sorted(methods))} raises {type(error).__name__}: {error} (on the example row {example})",
            "Give it a sample.csv with rows like the training data, or correct the estimator",
        ) from error


def _warm(
    estimator: Any, signature: Signature, outputs: Sequence[Output], methods: Iterable[str], artifact: Path
) -> None:
    """Make every output once, so that the first caller does not pay for it. Raises ArtifactError for one that fails."""
    answers = _ask_example(estimator, signature, methods, artifact, 1)
    for output in outputs:
        try:
            output.column(answers, dict(output.request({}).arguments))
        except Exception as error:
            why = f"no {output.name} can be made of its answer to the example row: {error}"
            raise ArtifactError(artifact, why, "Correct the estimator") from error


def _cost(engine: Engine, signature: Signature, output: Output) -> Cost:
    """Measure what the first output costs."""
    methods = output.calls(output.request({}))
    return measure(lambda rows: engine.ask(example_rows(signature, rows).columns, rows, methods))


def _label(outputs: Sequence[Output]) -> Label | None:
    """Return the classes of a classifier, or all labels that it may give; None where several targets have their own."""
    types = (
        output.type.item if isinstance(output.type, ListOf) else output.type for output in outputs if not output.target
    )
    return next((kind for kind in types if isinstance(kind, Label)), None)


def _warnings(files: VersionFiles, trained_with: str | None) -> Iterable[str]:
    if trained_with:
        yield (
            f"{files.artifact} was trained with scikit-learn {trained_with}, and {sklearn.__version__} is running: its"
            f" answers may differ. Train it again with {sklearn.__version__}, or serve it with {trained_with}."
        )


def _card_warnings(files: VersionFiles, info: EstimatorInfo, libraries: Sequence[LibraryVersion]) -> Iterable[str]:
    """Warn of what only the card knows of versions in training; the artifact's own word is warned of already."""
    own = {library.name for library in info.libraries if library.trained_with}
    said = [library for library in libraries if library.name not in own]
    return (f"{card_path(files)}: {warning}" for warning in mismatches(said))


def _importances(info: EstimatorInfo, card: Card, signature: Signature, path: Path) -> tuple[float | None, ...] | None:
    """Return what the card says of the features' importances, else what the estimator does."""
    sources = [feature.source for feature in signature.features]
    for name in card.importances:
        if name not in sources:
            why = f"importances.{name}: the model has no such feature{nearest(name, sources[:_LISTED])}"
            raise CardError(path, why, "Write the name as it was in training")
    return tuple(card.importances.get(source) for source in sources) if card.importances else info.importances
