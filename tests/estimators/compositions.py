"""Compositions of estimators as people write them."""

from __future__ import annotations

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import (
    ColumnTransformer,
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import BayesianRidge, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from tests.estimators.specimen import Specimen

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
_LINE = LogisticRegression(max_iter=500)
_SCALED = make_pipeline(StandardScaler(), LogisticRegression())
_TREE = DecisionTreeClassifier(max_depth=3, random_state=0)
_SEARCH = GridSearchCV(_SCALED, {"logisticregression__C": [0.1, 1.0]}, cv=2)

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
    Specimen("a tuned threshold", TunedThresholdClassifierCV(_SCALED, cv=2), "frame", "two classes"),
    Specimen("a transformed target", TransformedTargetRegressor(
        make_pipeline(StandardScaler(), Ridge()), func=np.log, inverse_func=np.exp), "frame", "positive number"),
    Specimen("awkward names", _SCALED, "awkward names", "classes"),
    Specimen("500 features", make_pipeline(StandardScaler(), BayesianRidge()), "500 features", "number"),
    Specimen("truth values as classes", _SCALED, "frame", "truth values"),
    Specimen("negative numbers as classes", _SCALED, "frame", "negative classes"),
    Specimen("floats as classes", _TREE, "frame", "floats"),
]  # fmt: skip
