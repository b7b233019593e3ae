"""Which fitted estimators can answer for new rows of features, and why the others cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sklearn.base import BaseEstimator, is_outlier_detector
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.image import PatchExtractor
from sklearn.utils.validation import check_is_fitted

from inference.card import Task
from inference.errors import ArtifactError
from inference.outputs.answers import FOR_NEW_ROWS, PREDICT


def check_answerable(estimator: Any, task: Task | None, artifact: Path) -> None:
    """Raise ArtifactError, with the reason and the mend, for what is no fitted estimator that answers for new rows.

    `task` is what the card says.
    """
    refusal = _no_estimator(estimator) or _no_rows(estimator) or _no_new_rows(estimator, task)
    if refusal:
        raise ArtifactError(artifact, *refusal)
    try:
        check_is_fitted(estimator)
    except NotFittedError as error:
        why = f"its {type(estimator).__name__} is not fitted"
        raise ArtifactError(artifact, why, "Call fit on it before you save it") from error
    except (TypeError, AttributeError):
        return  # a class of the user's own, with predict and no scikit-learn base: the example row will tell


def _no_estimator(estimator: Any) -> tuple[str, str] | None:
    kind = type(estimator).__name__
    save = "Save the fitted estimator itself with joblib.dump"
    if isinstance(estimator, type):
        return f"it holds the class {estimator.__name__}, not an estimator made from it", save
    if _answers(estimator) or hasattr(estimator, "fit"):
        return None
    return f"it holds {_article(kind)} {kind}, which has neither predict nor transform", save


def _no_rows(estimator: Any) -> tuple[str, str] | None:
    """Say what an estimator takes that is no row of features, None where it takes rows."""
    kind = type(estimator).__name__
    if isinstance(estimator, PatchExtractor):
        why = f"its {kind} takes whole images, and answers several patches for each"
        return why, "Serve the estimator that was fitted on the patches"
    takes = estimator.__sklearn_tags__().input_tags if isinstance(estimator, BaseEstimator) else None
    if takes is not None and takes.three_d_array and not takes.two_d_array:
        why = f"its {kind} takes arrays of three dimensions, and a row of features is one list of numbers"
        return why, "Serve a pipeline that begins with a step that makes them of flat rows"
    return None


def _no_new_rows(estimator: Any, task: Task | None) -> tuple[str, str] | None:
    """Say why an estimator knows no other rows than those that it was fitted on, None where it does."""
    kind = type(estimator).__name__
    if hasattr(estimator, "novelty") and is_outlier_detector(estimator) and not hasattr(estimator, PREDICT):
        if task is Task.NEIGHBORS:
            return None
        why = f"its {kind} was made with novelty=False, so it cannot say whether new rows are outliers"
        return (
            why,
            "Make it with novelty=True and fit it again, or write `task: neighbors` into card.yaml to find those",
        )
    if _answers(estimator):
        return None
    why = f"its {kind} describes the rows that it was fitted on, and cannot answer for new rows"
    return why, "Serve an estimator with predict or transform, such as a classifier fitted on what this one found"


def _answers(estimator: Any) -> bool:
    return any(hasattr(estimator, method) for method in FOR_NEW_ROWS)


def _article(word: str) -> str:
    return "an" if word[0].lower() in "aeiou" else "a"
