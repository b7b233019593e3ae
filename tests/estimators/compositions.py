"""Compositions of estimators as people write them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import (
    ColumnTransformer,
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  # to import them below
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import BayesianRidge, LogisticRegression, Ridge
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputRegressor, RegressorChain
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.tree import DecisionTreeClassifier

from tests.estimators.specimen import Specimen


def parts_of_dates(rows: pd.DataFrame) -> pd.DataFrame:
    """Make numbers of pandas' own dates."""
    return pd.DataFrame({name: getattr(rows["day"].dt, name) for name in ("day_of_year", "month", "day_of_week")})


def parsed(rows: pd.DataFrame) -> pd.DataFrame:
    """Make numbers of dates written as ISO strings."""
    days = pd.to_datetime(rows["day"], format="ISO8601")
    return rows.assign(day=days.dt.day_of_year, month=days.dt.month, weekday=days.dt.day_of_week)


_WORDS = make_column_selector(dtype_exclude="number")
_ENCODED = [
    make_column_transformer((OneHotEncoder(), ["island", "sex"]), remainder="passthrough"),
    make_column_transformer((OneHotEncoder(), [2, 3]), (StandardScaler(), slice(0, 2))),
    make_column_transformer((OneHotEncoder(), _WORDS), remainder=StandardScaler()),
    make_column_transformer(
        (ColumnTransformer([("words", OneHotEncoder(), ["sex"])], remainder=OneHotEncoder()), ["sex", "island"]),
        remainder="drop",
    ),
    make_column_transformer((OneHotEncoder(sparse_output=False), _WORDS), remainder="passthrough").set_output(
        transform="pandas"
    ),
]
_NESTED = ColumnTransformer(
    [
        ("words", make_column_transformer(
            (make_column_transformer((OneHotEncoder(), [0]), remainder="drop"), ["sex", "island"]),
            (OrdinalEncoder(), ["island"])), ["island", "sex"]),
        ("numbers", make_pipeline(StandardScaler(), PCA(1)), ["depth", "mass"]),
    ],
)  # fmt: skip
_LINE = LogisticRegression(max_iter=500)
_SCALED = make_pipeline(StandardScaler(), LogisticRegression())
_TREE = DecisionTreeClassifier(max_depth=3, random_state=0)
_SEARCH = GridSearchCV(_SCALED, {"logisticregression__C": [0.1, 1.0]}, cv=2)

_BAYESIAN = make_pipeline(StandardScaler(), BayesianRidge())
_PRIORS = {"bayesianridge__alpha_1": [1e-6, 1.0]}

COMPOSITIONS = [
    *(
        Specimen(f"columns encoded, way {place}", make_pipeline(encoder, _LINE), "mixed", "classes")
        for place, encoder in enumerate(_ENCODED, start=1)
    ),
    Specimen("a union of steps", make_pipeline(
        FeatureUnion([("parts", PCA(2)), ("best", SelectKBest(k=2))]), LogisticRegression()), "frame", "two classes"),
    Specimen("a function, then a search", make_pipeline(FunctionTransformer(np.cbrt), _SEARCH), "frame", "classes"),
    Specimen("a search in bags", BaggingClassifier(_SEARCH, 2, random_state=0), "frame", "two classes"),
    Specimen("calibrated", CalibratedClassifierCV(_SCALED, cv=2), "array", "classes"),
    Specimen("a calibrated frozen one", FrozenEstimator(CalibratedClassifierCV(_SCALED, cv=2)), "frame", "classes"),
    Specimen("a vote", VotingClassifier([("a", _SCALED), ("b", GaussianNB())], voting="hard"), "frame", "classes"),
    Specimen("a stack", StackingClassifier([("a", _SCALED), ("b", _TREE)], cv=2), "frame", "classes"),
    Specimen("one against the rest", OneVsRestClassifier(_SCALED), "frame", "classes"),
    Specimen("a fixed threshold", FixedThresholdClassifier(_SCALED, threshold=0.3), "frame", "two classes"),
    Specimen("a tuned threshold", TunedThresholdClassifierCV(_SCALED, cv=2), "frame", "two classes"),
    Specimen("a transformed target", TransformedTargetRegressor(
        make_pipeline(StandardScaler(), Ridge()), func=np.log, inverse_func=np.exp), "frame", "positive number"),
    Specimen("awkward names", _SCALED, "awkward names", "classes"),
    Specimen("500 features", make_pipeline(StandardScaler(), BayesianRidge()), "500 features", "number"),
    Specimen("truth values as classes", _SCALED, "frame", "truth values"),
    Specimen("negative numbers as classes", _SCALED, "frame", "negative classes"),
    Specimen("words that look like numbers as classes", _SCALED, "frame", "odd words"),
    Specimen("whole numbers as classes", _SCALED, "array", "whole classes"),
    *(
        Specimen(f"steps that hand on frames of {library}", make_pipeline(
            make_column_transformer((OneHotEncoder(sparse_output=False), _WORDS), remainder=StandardScaler()),
            SelectKBest(k=2), LogisticRegression()).set_output(transform=library), "mixed", "classes")
        for library in ("pandas", "polars")
    ),
    Specimen("a transformer that answers a frame of polars", make_pipeline(
        StandardScaler(), PCA(2)).set_output(transform="polars"), "frame", "none"),
    Specimen("column transformers three deep", make_pipeline(_NESTED, _LINE), "mixed", "classes"),
    Specimen("dates as ISO strings, with a sample", make_pipeline(
        FunctionTransformer(parsed), StandardScaler(), Ridge()), "dates", "number", sampled=True),
    Specimen("dates as ISO strings, in a column transformer", make_pipeline(
        make_column_transformer((FunctionTransformer(parsed), ["day"]), remainder="passthrough"),
        RandomForestRegressor(5, random_state=0)), "dates", "number", sampled=True),
    Specimen("dates of pandas", make_pipeline(
        make_column_transformer((FunctionTransformer(parts_of_dates), ["day"]), remainder="passthrough"),
        RandomForestRegressor(5, random_state=0)), "pandas dates", "number", sampled=True),
    Specimen("nullable integers, imputed", make_pipeline(
        SimpleImputer(strategy="median"), LogisticRegression()), "gaps", "classes", sampled=True),
    Specimen("nullable integers, as they are", HistGradientBoostingRegressor(
        max_iter=3, min_samples_leaf=2), "gaps", "number", sampled=True),
    Specimen("pandas categoricals, by their dtype", HistGradientBoostingClassifier(
        max_iter=3, min_samples_leaf=2, categorical_features="from_dtype"), "categoricals", "classes"),
    Specimen("pandas categoricals, encoded", make_pipeline(
        make_column_transformer((OrdinalEncoder(), make_column_selector(dtype_include="category")),
                                remainder="passthrough"), _TREE), "categoricals", "classes"),
    Specimen("a chain of regressors, in a pipeline", make_pipeline(
        StandardScaler(), RegressorChain(Ridge(), order="random", random_state=0)), "frame", "numbers"),
    Specimen("a chain of classifiers, in a pipeline", make_pipeline(
        StandardScaler(), ClassifierChain(LogisticRegression(), order=[1, 0])), "frame", "flags"),
    Specimen("a search for each target", MultiOutputRegressor(
        GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2)), "frame", "numbers"),
    Specimen("a transformed target, several", TransformedTargetRegressor(
        Ridge(), transformer=StandardScaler()), "frame", "numbers"),
    *(
        Specimen(f"a deviation through {type(search).__name__}", search, "frame", "number")
        for search in (
            GridSearchCV(_BAYESIAN, _PRIORS, cv=2),
            RandomizedSearchCV(_BAYESIAN, _PRIORS, n_iter=2, cv=2, random_state=0),
            HalvingGridSearchCV(_BAYESIAN, _PRIORS, cv=2, min_resources=24, random_state=0),
            HalvingRandomSearchCV(_BAYESIAN, _PRIORS, cv=2, min_resources=24, random_state=0),
        )
    ),
    Specimen("a deviation through a pipeline, a search and a pipeline", make_pipeline(
        StandardScaler(), GridSearchCV(_BAYESIAN, _PRIORS, cv=2)), "frame", "number"),
    Specimen("several deviations through a search", GridSearchCV(
        GaussianProcessRegressor(), {"alpha": [0.1, 1.0]}, cv=2), "frame", "numbers"),
    Specimen("dictionaries", make_pipeline(DictVectorizer(), _LINE), "dicts", "classes"),
    Specimen("dictionaries, with a sample", make_pipeline(
        FeatureUnion([("few", DictVectorizer(separator=":")), ("hashed", FeatureHasher(16))]), Ridge()),
        "dicts", "number", sampled=True),
    Specimen("texts hashed into a million columns", make_pipeline(
        HashingVectorizer(), LogisticRegression()), "texts", "classes"),
    Specimen("self-training in a pipeline", make_pipeline(
        StandardScaler(), SelfTrainingClassifier(LogisticRegression())), "frame", "some unknown"),
    Specimen("a tuned threshold, in a pipeline", make_pipeline(
        StandardScaler(), TunedThresholdClassifierCV(_SCALED, cv=2)), "frame", "two classes"),
    Specimen("floats as classes", _TREE, "frame", "floats"),
]  # fmt: skip
