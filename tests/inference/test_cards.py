"""Cards are read strictly: what is wrong is named by its key, with the nearest known one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from inference.card import Card, ClassCard, FeatureCard, FeatureType, LimitsCard, OutputCard, Task
from inference.cards import read_card
from inference.errors import CardError

WHOLE = """\
description: Whether a customer leaves
task: classification
tags: [sales, weekly]
owner: Team Churn
license: CC0-1.0
trained_at: 2026-01-31T12:30:00Z
training_data: All customers of 2025
metrics: {accuracy: 0.97, auc: 1}
features:
  plan: {type: category, categories: [basic, pro], default: basic, description: The plan, graphql_name: contract}
  age: {type: integer, unit: years, min: 18, max: 120, required: true, example: 30}
  1: {type: float}
classes:
  no: {name: stays, description: Is still here}
  yes: {name: leaves}
  1: {description: A number}
outputs:
- {name: risk, unit: "%", description: The risk}
limits: {max_rows: 500, deadline_ms: 200}
engine: native
threads: 2
open: true
sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
graphql_name: churnRisk
default: 2
"""


def card(folder: Path, text: str) -> Card:
    (folder / "card.yaml").write_text(text, encoding="utf-8")
    return read_card([folder / "card.yaml"])


def refusal(folder: Path, text: str) -> CardError:
    with pytest.raises(CardError) as raised:
        card(folder, text)
    assert raised.value.where == str(folder / "card.yaml")
    assert len(str(raised.value).splitlines()) == 1
    return raised.value


def test_every_key_is_read(tmp_path: Path) -> None:
    assert card(tmp_path, WHOLE) == Card(
        description="Whether a customer leaves",
        task=Task.CLASSIFICATION,
        tags=("sales", "weekly"),
        owner="Team Churn",
        license="CC0-1.0",
        trained_at=dt.datetime(2026, 1, 31, 12, 30, tzinfo=dt.UTC),
        training_data="All customers of 2025",
        metrics={"accuracy": 0.97, "auc": 1.0},
        features={
            "plan": FeatureCard(
                type=FeatureType.CATEGORY,
                categories=("basic", "pro"),
                default="basic",
                description="The plan",
                graphql_name="contract",
            ),
            "age": FeatureCard(type=FeatureType.INTEGER, unit="years", min=18, max=120, required=True, example=30),
            "1": FeatureCard(type=FeatureType.FLOAT),
        },
        classes={
            "no": ClassCard(name="stays", description="Is still here"),
            "yes": ClassCard(name="leaves"),
            1: ClassCard(description="A number"),
        },
        outputs=(OutputCard(name="risk", unit="%", description="The risk"),),
        limits=LimitsCard(max_rows=500, deadline_ms=200),
        engine="native",
        threads=2,
        open=True,
        sha256="0123456789abcdef" * 4,
        graphql_name="churnRisk",
        default="2",
    )


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_an_empty_card_says_nothing(tmp_path: Path, text: str) -> None:
    assert card(tmp_path, text) == Card()


def test_a_model_without_a_card_has_an_empty_one() -> None:
    assert read_card([]) == Card()


@pytest.mark.parametrize(
    ("text", "key", "near"),
    [
        ("descripton: x", "descripton", "description"),
        ("metric: {accuracy: 1}", "metric", "metrics"),
        ("features: {age: {typ: float}}", "features.age.typ", "type"),
        ("features: {age: {minimum: 3}}", "features.age.minimum", "min"),
        ("classes: {setosa: {nam: x}}", "classes.setosa.nam", "name"),
        ("classes: {1: {descr: x}}", "classes.1.descr", "description"),
        ("outputs: [{name: a}, {untit: kg}]", "outputs.1.untit", "unit"),
        ("limits: {maxrows: 3}", "limits.maxrows", "max_rows"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_known(tmp_path: Path, text: str, key: str, near: str) -> None:
    error = refusal(tmp_path, text)
    assert error.why == f"{key}: there is no such key; the nearest known is {near!r}"
    assert error.mend == "Correct or remove it"


def test_an_unknown_key_that_is_near_to_none_is_told_all_that_are_known(tmp_path: Path) -> None:
    error = refusal(tmp_path, "limits: {speed: 3}")
    assert error.why == "limits.speed: there is no such key; known are max_rows, deadline_ms, max_queued_rows"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("description: [a, b]", "description"),
        ("task: classify", "task"),
        ("tags: one", "tags"),
        ("metrics: {accuracy: high}", "metrics.accuracy"),
        ("metrics: {accuracy: .nan}", "metrics.accuracy"),
        ("metrics: {loss: .inf}", "metrics.loss"),
        ("trained_at: yesterday", "trained_at"),
        ("features: [age]", "features"),
        ("features: {age: float}", "features.age"),
        ("features: {age: {type: number}}", "features.age.type"),
        ("features: {age: {min: low}}", "features.age.min"),
        ("features: {age: {graphql_name: my age}}", "features.age.graphql_name"),
        ("features: {age: {graphql_name: __age}}", "features.age.graphql_name"),
        ("graphql_name: größe", "graphql_name"),
        ("graphql_name: ''", "graphql_name"),
        ("classes: {a: yes}", "classes.a"),
        ("limits: {max_rows: 0}", "limits.max_rows"),
        ("limits: {max_rows: 2147483648}", "limits.max_rows"),
        ("limits: {deadline_ms: 2147483648}", "limits.deadline_ms"),
        ("limits: {deadline_ms: 1.5}", "limits.deadline_ms"),
        ("engine: turbo", "engine"),
        ("sha256: abc", "sha256"),
        ("open: maybe", "open"),
        ("outputs: {risk: {unit: kg}}", "outputs"),
        ("3: x", "3"),
    ],
)
def test_a_value_of_the_wrong_type_is_named_by_its_key(tmp_path: Path, text: str, key: str) -> None:
    error = refusal(tmp_path, text)
    assert error.why.startswith(f"{key}")
    assert error.mend == "Correct it"


def test_a_wrong_value_is_shown_beside_what_would_be_right(tmp_path: Path) -> None:
    error = refusal(tmp_path, "task: classify")
    assert "'classification'" in error.why
    assert error.why.endswith("not 'classify'")


@pytest.mark.parametrize("text", ["a: b: c", "tags: [one", "\tdescription: x", "a: !!python/object:os.system {}"])
def test_what_is_no_yaml_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    error = refusal(tmp_path, text)
    assert error.why.startswith("it is no YAML: ")
    assert "line 1" in error.why


@pytest.mark.parametrize("text", ["trained_at: 2026-13-45", "? [a, b]\n: c", "metrics: {a: " + "9" * 5000 + "}"])
def test_values_that_yaml_cannot_hold_are_no_crash(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, text).why.startswith("it is no YAML: ")


def test_a_card_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "card.yaml").write_bytes("owner: Müller".encode("latin-1"))
    with pytest.raises(CardError, match="it is no YAML: 'utf-8' codec can't decode"):
        read_card([tmp_path / "card.yaml"])


def test_a_card_that_cannot_be_opened_is_refused_with_the_systems_reason(tmp_path: Path) -> None:
    (tmp_path / "card.yaml").mkdir()
    with pytest.raises(CardError, match=r"it cannot be read: Is a directory\. Make it a readable file\."):
        read_card([tmp_path / "card.yaml"])


@pytest.mark.parametrize("text", ["- a\n- b", "just words", "3"])
def test_a_card_without_keys_is_refused(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, text).why == "it holds no keys"


@pytest.mark.parametrize("text", ["owner: a\nowner: b", "features:\n  age: {min: 1}\n  age: {min: 2}"])
def test_a_key_that_stands_twice_is_refused(tmp_path: Path, text: str) -> None:
    assert "stands twice" in refusal(tmp_path, text).why


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "y", "n", "No", "YES", "Off"])
def test_words_that_old_yaml_takes_for_truth_values_stay_words(tmp_path: Path, word: str) -> None:
    assert list(card(tmp_path, f"classes: {{{word}: {{name: {word}}}}}").classes) == [word]
    assert card(tmp_path, f"owner: {word}").owner == word


@pytest.mark.parametrize(("word", "value"), [("true", True), ("False", False)])
def test_true_and_false_are_truth_values(tmp_path: Path, word: str, value: object) -> None:
    assert list(card(tmp_path, f"classes: {{{word}: {{name: x}}}}").classes) == [value]


def test_a_part_of_a_card_may_be_named_once_and_merged_into_others(tmp_path: Path) -> None:
    read = card(tmp_path, "features:\n  a: &length {unit: cm, min: 0}\n  b: {<<: *length, max: 9}\n")
    assert read.features["b"] == FeatureCard(unit="cm", min=0, max=9)


def test_a_versions_card_overrides_the_shared_one_key_by_key(tmp_path: Path) -> None:
    shared, own = tmp_path / "card.yaml", tmp_path / "own.yaml"
    shared.write_text("owner: Ann\nmetrics: {accuracy: 0.9}\ndefault: 1")
    own.write_text("metrics: {accuracy: 0.95}\nlicense: CC0-1.0")
    read = read_card([shared, own])
    assert (read.owner, read.license, read.metrics, read.default) == ("Ann", "CC0-1.0", {"accuracy": 0.95}, "1")


def test_a_mistake_in_the_shared_card_is_found_there_although_the_own_one_overrides_it(tmp_path: Path) -> None:
    shared, own = tmp_path / "card.yaml", tmp_path / "own.yaml"
    shared.write_text("metrics: high")
    own.write_text("metrics: {accuracy: 0.95}")
    with pytest.raises(CardError) as raised:
        read_card([shared, own])
    assert raised.value.where == str(shared)
