"""What the service knows of a model, in the words of the schema."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from inference.card import Card
from inference.cost import Cost
from inference.info import EngineInfo, ExecutionInfo, ModelInfo, ModelStatus, ServingInfo
from inference.outputs.output import Label
from inference.scheduler.placement import most_rows_in_place, runs_in_place
from inference.signature.feature import Feature
from resolvers.server import ServerInfo
from schema import metadata
from schema.examples import Example
from schema.names import enum_value_name
from schema.types import ModelTypes


class Describer:
    """Says of any version of a model what its metadata type has."""

    def __init__(
        self, types: Mapping[str, ModelTypes], examples: Mapping[str, Example], errors: Mapping[str, str]
    ) -> None:
        self._types = types
        self._examples = examples
        self._errors = errors
        """Why models that were loaded have no types."""

    def model(self, info: ModelInfo) -> metadata.Model:
        """Return one version of a model as its metadata type. Names and examples are its default version's."""
        types, example, card = self._types.get(info.name), self._examples.get(info.name), info.card
        return metadata.Model(
            name=info.name,
            version=info.version,
            versions=list(info.versions),
            default=info.default,
            status=self._status(info),
            error=info.error or self._errors.get(info.name),
            field=types.field if types else None,
            batch_field=types.batch_field if types else None,
            description=card.description,
            tags=list(card.tags),
            owner=card.owner,
            license=card.license,
            trained_at=_moment(card),
            training_data=card.training_data,
            metrics=[metadata.Metric(name=name, value=value) for name, value in card.metrics.items()],
            example_query=example.query if example else None,
            example_variables=example.variables if example else None,  # type: ignore[arg-type]  # a JSON scalar's value
            **(_served(info.serving, types) if info.serving and types else _UNSERVED),
        )

    def _status(self, info: ModelInfo) -> ModelStatus:
        return ModelStatus.FAILED if info.name in self._errors else info.status

    def server(self, info: ServerInfo) -> metadata.Server:
        """Return what is known of the server as its metadata type."""
        ready = sum(self._status(model) is ModelStatus.READY for model in info.models)
        return metadata.Server(
            name="predictql",
            version=info.version,
            python_version=info.python_version,
            libraries=[
                metadata.LibraryVersion(name=library.name, trained_with=None, running=library.running)
                for library in info.libraries
            ],
            started_at=info.started_at,
            uptime_seconds=info.uptime_seconds,
            models=ready,
            failed=len(info.models) - ready,
        )

    @staticmethod
    def sentence(types: ModelTypes) -> str:
        """Say in one line what a model is: `Iris species from ... Classifier, 3 classes, accuracy 0.97.`."""
        card, serving = types.info.card, types.serving
        said = f"{card.description.strip().rstrip('.')}. " if card.description else ""
        facts = [serving.task.noun.capitalize()]
        if serving.label:
            facts.append(f"{len(serving.label.classes)} classes")
        facts += [f"{name} {value:g}" for name, value in card.metrics.items()]
        return f"{said}{', '.join(facts)}."


_UNSERVED: Mapping[str, Any] = dict.fromkeys(
    "task framework estimator loaded_at load_ms size_bytes sha256 format engine execution limits".split()  # noqa: SIM905  # a list of names
) | {name: [] for name in ("warnings", "steps", "hyperparameters", "libraries", "features", "classes", "outputs")}


def _served(serving: ServingInfo, types: ModelTypes) -> dict[str, Any]:
    estimator, artifact = serving.estimator, serving.artifact
    return {
        "task": serving.task,
        "warnings": list(types.warnings if serving is types.serving else serving.warnings),
        "framework": estimator.framework,
        "estimator": estimator.name,
        "steps": [metadata.Step(name=step.name, estimator=step.estimator) for step in estimator.steps],
        "hyperparameters": [
            metadata.Hyperparameter(name=one.name, value=one.value, changed=one.changed)
            for one in estimator.hyperparameters
        ],
        "libraries": [
            metadata.LibraryVersion(name=library.name, trained_with=library.trained_with, running=library.running)
            for library in estimator.libraries
        ],
        "loaded_at": serving.loaded_at,
        "load_ms": serving.load_seconds * 1000,
        "size_bytes": float(artifact.size_bytes),
        "sha256": artifact.sha256,
        "format": artifact.format,
        "engine": _engine(serving.engine, serving.cost),
        "execution": _execution(serving.execution, serving.cost),
        "limits": metadata.Limits(
            max_rows=serving.limits.max_rows,
            deadline_ms=round(serving.limits.deadline_seconds * 1000),
            max_queued_rows=serving.limits.max_queued_rows,
        ),
        "features": list(_features(serving, types.input.names)),
        "classes": list(_classes(serving.label, types.prediction.label_is_enum)),
        "outputs": [
            metadata.Output(
                name=name, type=f"{types.prediction.values[output.key].text}!", description=output.description
            )
            for name, output in types.prediction.all_outputs.items()
            if output.key in {own.key for own in serving.outputs}
        ],
    }


def _engine(engine: EngineInfo, cost: Cost) -> metadata.Engine:
    return metadata.Engine(
        kind=metadata.EngineKind[engine.kind.name],
        parity=_parity(engine),
        reason=engine.reason,
        rows_probed=engine.rows_probed,
        largest_difference=engine.largest_difference,
        speedup=engine.speedup,
        call_ms=cost.call_seconds * 1000,
        row_ms=cost.row_seconds * 1000,
        in_place=runs_in_place(cost),
    )


def _execution(execution: ExecutionInfo, cost: Cost) -> metadata.Execution:
    return metadata.Execution(
        place=metadata.Place[execution.place.name],
        count=execution.count,
        reason=execution.reason,
        lock_share=execution.lock_share,
        in_place_rows=most_rows_in_place(cost),
    )


def _parity(engine: EngineInfo) -> str | None:
    if not engine.rows_probed:
        return None
    numbers = f"numbers within {engine.largest_difference:.1g}" if engine.largest_difference else "the same bits"
    return f"{engine.rows_probed} rows: the same labels, {numbers}."


def _moment(card: Card) -> dt.datetime | None:
    """Return when the model was trained: in UTC where the card names no zone; a day alone is its first moment."""
    moment = card.trained_at
    if moment is None:
        return None
    if isinstance(moment, dt.datetime):
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return dt.datetime(moment.year, moment.month, moment.day, tzinfo=dt.UTC)


def _features(serving: ServingInfo, names: Mapping[str, str]) -> Iterator[metadata.Feature]:
    features = serving.signature.features
    importances = serving.estimator.importances or [None] * len(features)
    for feature, importance in zip(features, importances, strict=True):
        yield _feature(feature, names[feature.source], importance)


def _feature(feature: Feature, name: str, importance: float | None) -> metadata.Feature:
    seen = feature.distribution
    quantiles = (
        metadata.Quantiles(p25=seen.quartiles[0], median=seen.quartiles[1], p75=seen.quartiles[2]) if seen else None
    )
    return metadata.Feature(
        name=name,
        source=feature.source,
        type=feature.type,
        required=feature.required,
        min=seen.min if seen else None,
        max=seen.max if seen else None,
        mean=seen.mean if seen else None,
        quantiles=quantiles,
        least_accepted=feature.min,
        greatest_accepted=feature.max,
        categories=[str(category) for category in feature.categories],
        open=feature.open,
        length=feature.length,
        gaps=feature.gaps,
        unit=feature.unit,
        description=feature.description,
        default=feature.default,  # type: ignore[arg-type]  # a JSON scalar's value
        example=feature.example,  # type: ignore[arg-type]  # same
        importance=importance,
    )


def _classes(label: Label | None, is_enum: bool) -> Iterator[metadata.ModelClass]:  # noqa: FBT001  # one of two spellings
    for item, value in zip(label.classes, label.values, strict=True) if label else ():
        yield metadata.ModelClass(
            name=item.name,
            label=enum_value_name(item.name) if is_enum else str(value),
            raw_label=str(item.raw),
            description=item.description,
        )
