"""Which form an estimator has. A leaner one is a class beside this module, and an entry in its table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier, StackingRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from inference.engines.lean.calibrated import Calibrated
from inference.engines.lean.compositions import Chain, Part, PickedColumns
from inference.engines.lean.encoding import ENCODING, one_hot_of
from inference.engines.lean.form import Called, Form, NotLean
from inference.engines.lean.imputing import IMPUTING
from inference.engines.lean.linear import LINEAR
from inference.engines.lean.machines import MACHINES
from inference.engines.lean.names import NAMES, check_answers_arrays, without_names
from inference.engines.lean.scaling import SCALING
from inference.engines.lean.shared import SHARED, Stacked
from inference.engines.lean.trees import TREES

_OWN: Final[Mapping[type, Callable[[Any], Form]]] = {
    **ENCODING, **IMPUTING, **LINEAR, **MACHINES, **SCALING, **SHARED, **TREES,
}  # fmt: skip


def form_of(estimator: Any, *, is_dense: bool = False) -> Form:
    """Return the leanest form of an estimator. Raises NotLean where it has none but itself.

    `is_dense` says that a sparse answer of it would be made dense.
    """
    check_answers_arrays(estimator)
    kind = type(estimator)
    try:
        if kind is OneHotEncoder and (is_dense or not estimator.sparse_output):
            return one_hot_of(estimator)
        if kind in _COMPOSITIONS:
            return _COMPOSITIONS[kind](estimator, is_dense)
        if kind in _OWN:
            return _OWN[kind](estimator)
    except NotLean:
        if kind in _COMPOSITIONS:
            raise
    return Called(without_names(estimator))


def split(estimator: Any) -> tuple[Form, Any]:
    """Return the form of all steps of a pipeline but the last, and that one. Raises NotLean for what is no pipeline."""
    estimator = unwrapped(estimator)
    if type(estimator) is not Pipeline or len(_steps(estimator)) < 2:  # noqa: PLR2004  # nothing before the last
        raise NotLean("it is no pipeline")
    check_answers_arrays(estimator)
    *before, last = _steps(estimator)
    check_answers_arrays(last)
    return _chain(before), without_names(last)


def unwrapped(estimator: Any) -> Any:
    """Return the estimator that answers for another one in every way: what a search has found, or what is frozen."""
    while type(estimator) in _WRAPPED:
        estimator = getattr(estimator, _WRAPPED[type(estimator)])
    return estimator


def _steps(pipeline: Pipeline) -> list[Any]:
    return [step for _, step in pipeline.steps if step not in {"passthrough", None}]


def _chain(steps: list[Any], *, is_dense: bool = False) -> Form:
    *before, last = steps
    forms: list[Form] = []
    for step in before:
        forms.append(_behind(forms, form_of(step), step))
    return Chain(forms, _behind(forms, form_of(last, is_dense=is_dense), last))


def _pipeline(pipeline: Pipeline, is_dense: bool) -> Form:  # noqa: FBT001  # of a table of functions
    return _chain(_steps(pipeline), is_dense=is_dense)


def _behind(forms: list[Form], form: Form, step: Any) -> Form:
    """Return a step's form, or the step itself where it would take columns and is given arrays."""
    is_given_arrays = bool(forms) and not forms[-1].gives_columns
    return Called(without_names(step)) if form.takes_columns and is_given_arrays else form


def _wrapped(wrapper: Any, is_dense: bool) -> Form:  # noqa: FBT001  # as above
    return form_of(unwrapped(wrapper), is_dense=is_dense)


def _stacked(estimator: Any, _: bool) -> Form:  # noqa: FBT001  # as above
    return Stacked(estimator, form_of(estimator.final_estimator_))


def _calibrated(estimator: Any, _: bool) -> Form:  # noqa: FBT001  # as above
    return Calibrated(estimator, [form_of(member.estimator) for member in estimator.calibrated_classifiers_])


def _picked(transformer: ColumnTransformer, _: bool) -> Form:  # noqa: FBT001  # as above
    if NAMES not in vars(transformer):
        return Called(without_names(transformer))
    return PickedColumns(list(_parts(transformer)), is_sparse=transformer.sparse_output_)


def _parts(transformer: ColumnTransformer) -> Iterator[Part]:
    places = transformer._transformer_to_input_indices  # noqa: SLF001  # names were turned into places while fitting
    for name, step, picked in transformer.transformers_:
        if not isinstance(step, str) and len(places[name]):
            form = form_of(step, is_dense=not transformer.sparse_output_)
            yield Part(places[name], isinstance(picked, str | int), form)


_WRAPPED: Final[Mapping[type, str]] = {
    FrozenEstimator: "estimator",
    GridSearchCV: "best_estimator_",
    RandomizedSearchCV: "best_estimator_",
}
"""In which attribute each keeps what answers for it."""

_COMPOSITIONS: Final[Mapping[type, Callable[[Any, bool], Form]]] = {
    **dict.fromkeys(_WRAPPED, _wrapped),
    CalibratedClassifierCV: _calibrated,
    ColumnTransformer: _picked,
    Pipeline: _pipeline,
    StackingClassifier: _stacked,
    StackingRegressor: _stacked,
}
