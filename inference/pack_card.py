"""Writes the card of a packed model: what was found out about it, ready to edit, with comments that say how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from inference.card import FeatureType, Task
from inference.libraries import installed_for
from inference.measuring import Measured
from inference.model import LoadedModel
from inference.outputs.output import ListOf
from inference.signature.feature import Feature

_HEAD: Final = """\
# What is known of this model, and what only you know. Every key may be changed or left out; docs/card.md in predictql's
# repository explains all there are. Lines that begin with # are proposals.

# description: What the model answers, in one sentence
# owner: Who answers for it
# tags: [words, to, find, it, by]
# trained_at: 2026-01-31
# training_data: On what it was trained
# limits: { max_rows: 10000, deadline_ms: 2000 }
"""
_FEATURES: Final = """\
# By the names in training. `min` and `max` refuse what is beyond them; what was seen only warns.
features:
"""
_MEASURED: Final = """\
# Measured by predictql pack on the rows that it was given. If the model was trained on them, it does better there than
# on others: put measurements on other rows here instead.
"""
_EXCHANGED: Final = """\
# By how much the accuracy, or r2, falls where the values of a feature are exchanged among these rows.
"""
_VERSION_HEAD: Final = """\
# What is known of this version. What is said of the model stands in ../card.yaml: a key here replaces the whole key
# there.
"""
_NUMBERS: Final = {FeatureType.FLOAT, FeatureType.INTEGER, FeatureType.VECTOR}
_MOST_CATEGORIES: Final = 64


def whole_card(model: LoadedModel, measured: Measured | None) -> str:
    """Write the card of a model that has been loaded without one."""
    features = "".join(map(_feature, model.signature.features))
    return "\n".join(
        [
            _HEAD,
            f"task: {model.serving.task}\n",
            f"{_FEATURES}{features}",
            *_targets(measured),
            *_classes(model),
            *_measures(measured),
            *_artifact(model),
        ]
    )


def version_card(model: LoadedModel, task: Task | None, measured: Measured | None) -> str:
    """Write the card of a version whose model has one: only what is the version's own."""
    return "\n".join([_VERSION_HEAD, *([f"task: {task}\n"] if task else []), *_measures(measured), *_artifact(model)])


def _measures(measured: Measured | None) -> Iterator[str]:
    if measured is None:
        return
    where = f"on {measured.rows} given rows"
    metrics = {f"{name} {where}": float(f"{value:.6g}") for name, value in measured.metrics.items()}
    yield _MEASURED + _mapping("metrics", metrics)
    if measured.importances:
        falls = {name: float(f"{value:.6g}") for name, value in measured.importances.items()}
        yield _EXCHANGED + _mapping("importances", falls)


def _artifact(model: LoadedModel) -> Iterator[str]:
    libraries = installed_for(model.estimator, model.serving.estimator.libraries)
    yield "# Where another version runs, the start warns.\n" + _mapping("libraries", libraries)
    if model.info.card.trusted:
        yield (
            "# What the skops file may be made of besides what skops itself trusts.\n"
            f"trusted: {_yaml(list(model.info.card.trusted))}\n"
        )
    yield (
        "# Another artifact is refused. Remove it, or pack again, when the model is trained anew.\n"
        f"sha256: {model.serving.artifact.sha256}\n"
    )


def _feature(feature: Feature) -> str:
    return f"  {_yaml(feature.source)}:\n" + "".join(f"    {line}\n" for line in _feature_lines(feature))


def _feature_lines(feature: Feature) -> Iterator[str]:
    yield f"type: {feature.type}"
    if feature.categories and len(feature.categories) <= _MOST_CATEGORIES:
        yield f"categories: {_yaml(list(feature.categories))}"
    elif feature.categories:
        yield f"# {len(feature.categories)} categories are known"
    if feature.example is not None and not isinstance(feature.example, tuple):
        yield f"example: {_yaml(feature.example)}"
    seen = feature.distribution
    if seen:
        yield f"# seen {seen.min:g} to {seen.max:g}, median {seen.quartiles[1]:g}"
    if feature.type in _NUMBERS:
        low, high = (seen.min, seen.max) if seen else (0, 1)
        yield f"# min: {low:g}"
        yield f"# max: {high:g}"
        yield "# unit: In which unit it is"
    yield "# description: What it is"


def _targets(measured: Measured | None) -> Iterator[str]:
    if measured is not None and len(measured.targets) > 1:
        yield "# The targets, in the order of training.\noutputs:\n" + "".join(
            f"  - name: {_yaml(name)}\n" for name in measured.targets
        )


def _classes(model: LoadedModel) -> Iterator[str]:
    label = model.serving.label
    if isinstance(model.serving.outputs[0].type, ListOf):
        return  # any number of labels, which are outputs
    if label is not None and len(label.classes) <= _MOST_CATEGORIES:
        yield (
            "# By the labels in training, for example: { name: stays, description: Is still a customer }\nclasses:\n"
            + ("".join(f"  {_yaml(one.raw)}: {{}}\n" for one in label.classes))
        )


def _mapping(key: str, values: Mapping[str, Any]) -> str:
    return f"{key}:\n" + "".join(f"  {_yaml(name)}: {_yaml(value)}\n" for name, value in values.items())


def _yaml(value: Any) -> str:
    """Write a value in one line."""
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=2**30)
    return text.removesuffix("...\n").strip()
