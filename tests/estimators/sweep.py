"""Serves every specimen at once, and compares what GraphQL answers for new rows with the estimators called directly."""

from __future__ import annotations

import asyncio
import datetime as dt
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from graphql import GraphQLObjectType, get_named_type

from inference.info import Limits
from inference.loader import load_models
from inference.service import InferenceService
from resolvers.context import Context
from schema.build import PredictSchema, build_schema
from tests.estimators.data import part
from tests.estimators.direct import Rows, direct, offered
from tests.estimators.specimen import Specimen

_MODELS = "{ models { name status error field task outputs { name } features { name source length type open } } }"


@dataclass(frozen=True)
class Result:
    """What became of one specimen."""

    specimen: Specimen
    refusal: str | None
    """Why it is not served, without the file's name."""
    task: str | None
    answers: Mapping[str, tuple[Rows, Rows]]
    """By field: what GraphQL answered for the new rows and for the first of them alone, and what was expected."""
    unused: frozenset[str]
    """The methods that the estimator offers and no output is made from."""

    @property
    def differing(self) -> list[str]:
        """The fields that answered something else than the estimator."""
        return [field for field, (got, expected) in self.answers.items() if got != expected]


def sweep(folder: Path, specimens: Iterable[Specimen]) -> dict[str, Result]:
    """Fit, save, load and ask all of them; return the results by the specimens' names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of data that is too small to be fitted well, and of what is deprecated
        return _swept(folder, specimens)


def _swept(folder: Path, specimens: Iterable[Specimen]) -> dict[str, Result]:
    fitted = {f"m{place}": (specimen, specimen.fitted) for place, specimen in enumerate(specimens)}
    for name, (specimen, estimator) in fitted.items():
        save(folder / name, specimen, estimator)
    models = load_models(folder, Limits(max_rows=1000, deadline_seconds=30), keep_going=True)
    service = InferenceService(models, threads=2)
    schema = build_schema(service.models())
    used = {
        model.info.name: {method.replace("({k})", "") for output in model.serving.outputs for method in output.methods}
        for model in models.loaded
    }
    ask = _Ask(schema, service)
    try:
        described = {model["name"]: model for model in ask(_MODELS)["models"]}
        return {
            specimen.name: _result(specimen, estimator, described[name], ask, used.get(name, set()))
            for name, (specimen, estimator) in fitted.items()
        }
    finally:
        service.close()


def save(path: Path, specimen: Specimen, estimator: Any) -> None:
    """Save a fitted specimen as the model of this path, with a sample and a card where it wants them."""
    if not specimen.sampled and not specimen.card:
        joblib.dump(estimator, path.with_suffix(".joblib"))
        return
    path.mkdir()
    joblib.dump(estimator, path / "model.joblib")
    (path / "card.yaml").write_text(specimen.card, encoding="utf-8")
    if specimen.sampled:
        pd.DataFrame(specimen.data.x).to_csv(path / "sample.csv", index=False)


@dataclass(frozen=True)
class _Ask:
    """Executes operations that must succeed."""

    schema: PredictSchema
    service: InferenceService

    def __call__(self, query: str, **variables: Any) -> dict[str, Any]:
        context = Context(self.service, dt.datetime.now(dt.UTC))
        result = asyncio.run(self.schema.execute(query, variable_values=variables, context_value=context))
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    def everything(self, type_name: str) -> str:
        """Return the selection of all fields of a type, and of all theirs."""
        made = self.schema.core.type_map[type_name]
        assert isinstance(made, GraphQLObjectType)
        below = {name: get_named_type(field.type) for name, field in made.fields.items() if name != "warnings"}
        parts = [
            f"{name} {self.everything(kind.name)}" if isinstance(kind, GraphQLObjectType) else name
            for name, kind in below.items()
        ]
        return f"{{ {' '.join(parts)} }}"


def _result(specimen: Specimen, estimator: Any, model: Mapping[str, Any], ask: _Ask, used: set[str]) -> Result:
    if model["status"] == "FAILED":
        return Result(specimen, model["error"].split(": ", 1)[1], None, {}, frozenset())
    new = specimen.data.new
    field, kind = model["field"], model["field"].capitalize()
    rows = inputs(new, model["features"])
    fields = ask.everything(f"{kind}Prediction")
    asked = f"{field}Batch(inputs: $rows) {{ predictions {fields} errors {{ message }} }}"
    many = ask(f"query($rows: [{kind}Input!]!) {{ {asked} }}", rows=rows)[f"{field}Batch"]
    assert many["errors"] == [], (specimen.name, many["errors"])
    one = ask(f"query($row: {kind}Input!) {{ {field}(input: $row) {fields} }}", row=rows[0])[field]
    answers = {
        name: (
            [bare(row[name]) for row in [*many["predictions"], one]],
            [
                *direct(name, model["task"], estimator, new),
                *direct(name, model["task"], estimator, part(new, 0, 1)),
            ],
        )
        for name in one
    }
    return Result(specimen, None, model["task"], answers, frozenset(offered(estimator) - used))


def inputs(rows: Any, features: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Write rows as a caller sends them: a value for each feature, or one list of numbers."""
    if features[0]["length"] is not None:
        return [{features[0]["name"]: np.ravel(row).tolist()} for row in np.asarray(rows)]
    if isinstance(rows, pd.DataFrame):
        columns = [rows.iloc[:, place].tolist() for place in range(rows.shape[1])]
        return [
            {feature["name"]: _sent(value, feature) for feature, value in zip(features, row, strict=True)}
            for row in zip(*columns, strict=True)
        ]
    if isinstance(rows[0], dict):
        return [{feature["name"]: row.get(feature["source"]) for feature in features} for row in rows]
    if isinstance(rows[0], tuple):
        return [{one["name"]: True for one in features if one["source"] in row} for row in rows]
    return [{features[0]["name"]: _sent(row, features[0])} for row in rows]


def _sent(value: Any, feature: Mapping[str, Any]) -> Any:
    """Write a category as the enum's value where there is one; in these tests they are single words."""
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.upper() if feature["type"] == "CATEGORY" and not feature["open"] else value


def bare(value: Any) -> Any:
    """Return an object as the list of its values."""
    if isinstance(value, Mapping):
        return [bare(item) for item in value.values()]
    return [bare(item) for item in value] if isinstance(value, list) else value
