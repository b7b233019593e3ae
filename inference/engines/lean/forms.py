"""Which form an estimator has. A leaner one is a class beside this module, and an entry in its table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sklearn.compose import ColumnTransformer
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline

from inference.engines.lean.compositions import Chain, Part, PickedColumns
from inference.engines.lean.form import Called, Form
from inference.engines.lean.linear import LINEAR
from inference.engines.lean.names import NAMES, check_answers_arrays, without_names
from inference.engines.lean.scaling import SCALING
from inference.engines.lean.trees import TREES

_OWN: Final[Mapping[type, Callable[[Any], Form]]] = {**LINEAR, **SCALING, **TREES}


def form_of(estimator: Any) -> Form:
    """Return the leanest form of an estimator. Raises NotLean where it has none but itself."""
    check_answers_arrays(estimator)
    compose = _COMPOSITIONS.get(type(estimator))
    if compose:
        return compose(estimator)
    own = _OWN.get(type(estimator))
    return own(estimator) if own else Called(without_names(estimator))


def _pipeline(pipeline: Pipeline) -> Form:
    steps = [step for _, step in pipeline.steps if step not in {"passthrough", None}]
    return Chain([form_of(step) for step in steps[:-1]], form_of(steps[-1]))


def _search(search: Any) -> Form:
    return form_of(search.best_estimator_)


def _picked(transformer: ColumnTransformer) -> Form:
    if NAMES not in vars(transformer):
        return Called(without_names(transformer))
    return PickedColumns(list(_parts(transformer)), is_sparse=transformer.sparse_output_)


def _parts(transformer: ColumnTransformer) -> Iterator[Part]:
    places = transformer._transformer_to_input_indices  # noqa: SLF001  # names were turned into places while fitting
    for name, step, picked in transformer.transformers_:
        if not isinstance(step, str) and len(places[name]):
            yield Part(places[name], isinstance(picked, str | int), form_of(step))


_COMPOSITIONS: Final[Mapping[type, Callable[[Any], Form]]] = {
    ColumnTransformer: _picked,
    GridSearchCV: _search,
    Pipeline: _pipeline,
    RandomizedSearchCV: _search,
}
