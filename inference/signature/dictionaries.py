"""What a vectorizer of dictionaries knows of their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from inference.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path

    from sklearn.feature_extraction import DictVectorizer, FeatureHasher

    Keys = dict[str, tuple[str, ...]]
    """The strings that each key was seen with; none for a key with numbers."""

MOST_KEYS: Final = 1000
"""More keys than these make no fields."""


def vectorizer_keys(step: DictVectorizer, where: Path) -> Keys:
    """Return the keys that a DictVectorizer was fitted on, in the order of its columns: it ignores all others.

    It writes a key with a string as `key=value`. Raises ArtifactError where the keys cannot be fields.
    """
    strings: dict[str, list[str]] = {}
    numbers: set[str] = set()
    for column in step.feature_names_:
        if not isinstance(column, str):
            why = f"its DictVectorizer was fitted on the key {column!r}, which is no string"
            raise ArtifactError(where, why, "Fit it on dictionaries whose keys are strings")
        key, separator, value = column.partition(step.separator)
        strings.setdefault(key, []).extend([value] if separator else [])
        numbers.update([] if separator else [key])
    for key, values in strings.items():
        if values and key in numbers:
            why = f"its DictVectorizer was fitted on {key!r} with strings and with numbers"
            raise ArtifactError(where, why, "Fit it on one kind of values for each key")
    if len(strings) > MOST_KEYS:
        why = f"its DictVectorizer was fitted on {len(strings)} keys, and at most {MOST_KEYS} can be fields"
        raise ArtifactError(where, why, "Fit a text vectorizer on the texts instead, or keep the most frequent keys")
    return {key: tuple(values) for key, values in strings.items()}


def hasher_keys(step: FeatureHasher, where: Path) -> Keys:
    """Return no keys: a FeatureHasher takes any, and knows none.

    Raises ArtifactError where it takes no dictionaries.
    """
    if step.input_type != "dict":
        why = f"its FeatureHasher takes rows of any length (input_type={step.input_type!r}), which have no fields"
        raise ArtifactError(where, why, "Fit it on dictionaries, with input_type='dict'")
    return {}
