"""Which feature each column comes from that a pipeline hands to its last step, where that is certain.

Owners are the features' positions, one for each column. A step that mixes columns, or of which nothing is known, makes
None of them: importances of mixtures cannot be shared out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any, TypeAlias

from sklearn.base import OneToOneFeatureMixin
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer, OneHotEncoder

from inference.signature.walk import positions

Owners: TypeAlias = tuple[int, ...]


@singledispatch
def column_owners(step: Any, owners: Owners) -> Owners | None:
    """Return the owners of the columns that a fitted transformer gives on, None where they are not certain.

    `owners` are those of the columns that it is given.
    """
    return owners if isinstance(step, OneToOneFeatureMixin) else None


@column_owners.register(str)
def _as_it_is(step: str, owners: Owners) -> Owners | None:
    return owners if step == "passthrough" else ()


@column_owners.register(Pipeline)
def _pipeline(step: Pipeline, owners: Owners) -> Owners | None:
    return owners_after([inner for _, inner in step.steps], owners)


def owners_after(steps: Sequence[Any], owners: Owners) -> Owners | None:
    """Return the owners of the columns after some steps of a pipeline; one that is left out changes nothing."""
    after: Owners | None = owners
    for step in steps:
        if after is None:
            return None
        if step is not None and step != "passthrough":
            after = column_owners(step, after)
    return after


@column_owners.register(FeatureUnion)
def _feature_union(step: FeatureUnion, owners: Owners) -> Owners | None:
    return _joined([column_owners(inner, owners) for _, inner in step.transformer_list])


@column_owners.register(ColumnTransformer)
def _column_transformer(step: ColumnTransformer, owners: Owners) -> Owners | None:
    names = [str(name) for name in getattr(step, "feature_names_in_", ())]
    if len(owners) != step.n_features_in_:
        return None
    parts: list[Owners | None] = []
    for name, inner, chosen in step.transformers_:
        taken = tuple(owners[position] for position in positions(chosen, names, len(owners)))
        part = column_owners(inner, taken) if taken else ()
        where = step.output_indices_[name]
        parts.append(part if part is not None and len(part) == where.stop - where.start else None)
    return _joined(parts)


def _joined(parts: Sequence[Owners | None]) -> Owners | None:
    known = [part for part in parts if part is not None]
    return tuple(owner for part in known for owner in part) if len(known) == len(parts) else None


@column_owners.register(SelectorMixin)
def _selector(step: Any, owners: Owners) -> Owners | None:
    return tuple(owners[place] for place in step.get_support(indices=True))


@column_owners.register(SimpleImputer)
@column_owners.register(KNNImputer)
def _imputer(step: Any, owners: Owners) -> Owners | None:
    """Follow an imputer's columns by their names; indicators of gaps belong to the columns that had them."""
    names = getattr(step, "feature_names_in_", [f"x{place}" for place in range(len(owners))])
    at = dict(zip(names, owners, strict=True))
    indicators = step.indicator_.features_.tolist() if step.add_indicator else []
    given = list(step.get_feature_names_out())
    kept = given[: len(given) - len(indicators)]
    if len(kept) == len(owners):
        return (*owners, *(owners[place] for place in indicators))
    followed = tuple(at[name] for name in kept if name in at)
    return (*followed, *(owners[place] for place in indicators)) if len(followed) == len(kept) else None


@column_owners.register(FunctionTransformer)
def _function(step: FunctionTransformer, owners: Owners) -> Owners | None:
    return owners if step.func is None or step.feature_names_out == "one-to-one" else None


@column_owners.register(OneHotEncoder)
def _one_hot(step: OneHotEncoder, owners: Owners) -> Owners | None:
    """Repeat each owner for the columns of its categories, which stand beside each other."""
    dropped = step.drop_idx_ if step.drop_idx_ is not None else [None] * len(owners)
    rare = getattr(step, "infrequent_categories_", [None] * len(owners))
    widths = [
        len(categories) - (drop is not None) - (0 if few is None else len(few) - 1)
        for categories, drop, few in zip(step.categories_, dropped, rare, strict=True)
    ]
    return _repeated(owners, widths, len(step.get_feature_names_out()))


@column_owners.register(KBinsDiscretizer)
def _bins(step: KBinsDiscretizer, owners: Owners) -> Owners | None:
    if step.encode == "ordinal":
        return owners
    return _repeated(owners, step.n_bins_.tolist(), len(step.get_feature_names_out()))


def _repeated(owners: Owners, widths: Sequence[int], count: int) -> Owners | None:
    repeated = tuple(owner for owner, width in zip(owners, widths, strict=True) for _ in range(width))
    return repeated if len(repeated) == count else None
