"""What encoders of targets know of the labels that they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inference.errors import ArtifactError
from inference.signature.dictionaries import MOST_KEYS
from inference.signature.from_sample import is_missing, plain

if TYPE_CHECKING:
    from pathlib import Path

    from inference.signature.feature import Category


def known_labels(step: Any, where: Path) -> tuple[Category, ...]:
    """Return the labels that a LabelEncoder or LabelBinarizer was fitted on, without a missing one.

    A LabelEncoder refuses others. A LabelBinarizer of two labels answers two columns instead of one, for all rows of a
    call, where one of them has another label: so they must be refused for it, too. Raises ArtifactError where the
    labels are nothing that a caller could send.
    """
    if str(getattr(step, "y_type_", "")).startswith("multilabel"):
        why = f"its {type(step).__name__} was fitted on a matrix of labels, and takes rows that are binarized already"
        raise ArtifactError(where, why, "Fit it on the labels, or fit a MultiLabelBinarizer on lists of them")
    return _plain(step, [label for label in step.classes_ if not is_missing(label)], where)


def labels_of_sets(step: Any, where: Path) -> tuple[Category, ...]:
    """Return the labels of a MultiLabelBinarizer, in the order of its columns.

    Raises ArtifactError where they cannot be fields.
    """
    labels = _plain(step, list(step.classes_), where)
    if len(labels) > MOST_KEYS:
        why = f"its MultiLabelBinarizer was fitted on {len(labels)} labels, and at most {MOST_KEYS} can be fields"
        raise ArtifactError(where, why, "Keep the most frequent labels")
    names = [str(label) for label in labels]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        why = f"two labels of its MultiLabelBinarizer are written {twice!r}"
        raise ArtifactError(where, why, "Fit it on strings alone, or on numbers alone")
    return labels


def _plain(step: Any, labels: list[Any], where: Path) -> tuple[Category, ...]:
    plainly = [plain(label) for label in labels]
    if None in plainly:
        stranger = labels[plainly.index(None)]
        why = f"its {type(step).__name__} was fitted on {stranger!r}, which is no string, number or truth value"
        raise ArtifactError(where, why, "Fit it on labels as strings")
    return tuple(label for label in plainly if label is not None)
