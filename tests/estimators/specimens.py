"""Which estimators are tried, made with what and fitted on what: every class of scikit-learn at least once."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor, StackingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  # makes all_estimators list them
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.isotonic import IsotonicRegression
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import BayesianRidge, LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    LocalOutlierFactor,
    RadiusNeighborsClassifier,
)
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelBinarizer, LabelEncoder, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import all_estimators

from tests.estimators.compositions import COMPOSITIONS
from tests.estimators.specimen import Specimen

_TREES = [("shallow", DecisionTreeClassifier(max_depth=2)), ("deep", DecisionTreeClassifier(max_depth=4))]
_REGRESSORS = [("line", Ridge()), ("tree", DecisionTreeRegressor(max_depth=2, random_state=0))]
_SEARCH = {"estimator": LogisticRegression(), "cv": 2}
_SEARCHED = {"C": [0.1, 1.0]}

PARAMETERS: dict[str, dict[str, Any]] = {
    "ClassifierChain": {"estimator": LogisticRegression()},
    "ColumnTransformer": {"transformers": [("scaled", StandardScaler(), [0, 2]), ("as it is", "passthrough", [1])]},
    "DictionaryLearning": {"n_components": 3, "max_iter": 10},
    "FeatureUnion": {"transformer_list": [("scaled", StandardScaler()), ("as it is", "passthrough")]},
    "FixedThresholdClassifier": {"estimator": LogisticRegression(), "threshold": 0.3},
    "FrozenEstimator": {"estimator": LogisticRegression()},
    "FunctionTransformer": {"func": np.cbrt},
    "GaussianMixture": {"n_components": 2},
    "BayesianGaussianMixture": {"n_components": 2},
    "GaussianRandomProjection": {"n_components": 2},
    "GridSearchCV": {**_SEARCH, "param_grid": _SEARCHED},
    "HalvingGridSearchCV": {**_SEARCH, "param_grid": _SEARCHED, "min_resources": 24},
    "HalvingRandomSearchCV": {**_SEARCH, "param_distributions": _SEARCHED, "min_resources": 24},
    "RandomizedSearchCV": {**_SEARCH, "param_distributions": _SEARCHED, "n_iter": 2},
    "HashingVectorizer": {"n_features": 64},
    "FeatureHasher": {"n_features": 64},
    "KernelDensity": {"bandwidth": 0.7},
    "MeanShift": {"bandwidth": 2.0},
    "MultiOutputClassifier": {"estimator": LogisticRegression()},
    "MultiOutputRegressor": {"estimator": Ridge()},
    "OneVsOneClassifier": {"estimator": LogisticRegression()},
    "OneVsRestClassifier": {"estimator": LogisticRegression()},
    "OutputCodeClassifier": {"estimator": LogisticRegression()},
    "PatchExtractor": {"patch_size": (2, 2)},
    "Pipeline": {"steps": [("scaled", StandardScaler()), ("line", LogisticRegression())]},
    "CCA": {"n_components": 1},
    "PLSCanonical": {"n_components": 1},
    "PLSSVD": {"n_components": 1},
    "RANSACRegressor": {"estimator": LinearRegression()},
    "RFE": {"estimator": LogisticRegression(), "n_features_to_select": 2},
    "RFECV": {"estimator": LogisticRegression(), "cv": 2},
    "RadiusNeighborsClassifier": {"radius": 30.0},
    "RadiusNeighborsRegressor": {"radius": 30.0},
    "RadiusNeighborsTransformer": {"radius": 30.0},
    "RegressorChain": {"estimator": Ridge()},
    "SelectFdr": {"alpha": 1.0},
    "SelectFpr": {"alpha": 1.0},
    "SelectFwe": {"alpha": 1.0},
    "SelectFromModel": {"estimator": LogisticRegression()},
    "SelectKBest": {"k": 2},
    "SelfTrainingClassifier": {"estimator": LogisticRegression()},
    "SequentialFeatureSelector": {"estimator": LogisticRegression(), "cv": 2},
    "SparseCoder": {"dictionary": np.random.default_rng(1).normal(size=(3, 4))},
    "SparseRandomProjection": {"n_components": 2},
    "StackingClassifier": {"estimators": _TREES, "cv": 2},
    "StackingRegressor": {"estimators": _REGRESSORS, "cv": 2},
    "TargetEncoder": {"cv": 2},
    "TransformedTargetRegressor": {"regressor": Ridge(), "func": np.log, "inverse_func": np.exp},
    "TruncatedSVD": {"n_components": 2},
    "TunedThresholdClassifierCV": {"estimator": LogisticRegression(), "cv": 2},
    "VotingClassifier": {"estimators": _TREES, "voting": "soft"},
    "VotingRegressor": {"estimators": _REGRESSORS},
    "TSNE": {"perplexity": 5, "max_iter": 250},
    "OrthogonalMatchingPursuitCV": {"cv": 2, "max_iter": 3},
    "HistGradientBoostingClassifier": {"max_iter": 3, "min_samples_leaf": 2},
    "HistGradientBoostingRegressor": {"max_iter": 3, "min_samples_leaf": 2},
    "LogisticRegressionCV": {"Cs": 3, "cv": 2, "scoring": "neg_log_loss", "use_legacy_attributes": False},
    "MLPClassifier": {"hidden_layer_sizes": (5,), "solver": "lbfgs"},
    "MLPRegressor": {"hidden_layer_sizes": (5,), "solver": "lbfgs"},
    "NMF": {"max_iter": 2000},
}
"""Where the defaults do not fit small data, or a parameter has no default."""

_QUICK = {"n_estimators": 5, "n_init": 2, "min_samples_leaf": 2}
"""Taken by every class that has the parameter and nothing of its own to say."""

ROWS: dict[str, str] = {
    **dict.fromkeys(
        ["AdditiveChi2Sampler", "ComplementNB", "MultinomialNB", "NMF", "MiniBatchNMF", "SkewedChi2Sampler"], "positive"
    ),
    **dict.fromkeys(["CategoricalNB", "BernoulliNB", "LatentDirichletAllocation", "TfidfTransformer"], "counts"),
    **dict.fromkeys(["OneHotEncoder", "OrdinalEncoder", "TargetEncoder"], "words"),
    **dict.fromkeys(["CountVectorizer", "TfidfVectorizer", "HashingVectorizer"], "texts"),
    **dict.fromkeys(["DictVectorizer", "FeatureHasher"], "dicts"),
    **dict.fromkeys(["LabelBinarizer", "LabelEncoder"], "labels"),
    **dict.fromkeys(["BernoulliRBM", "ColumnTransformer", "KernelPCA", "Nystroem", "RobustScaler", "SVR"], "array"),
    "MultiLabelBinarizer": "sets",
    "PatchExtractor": "images",
    "IsotonicRegression": "line",
    "KernelCenterer": "kernel",
}
"""What a class is fitted on, where a frame of numbers does not do or another container is to be tried too."""

TARGETS: dict[str, str] = {
    **dict.fromkeys(["FixedThresholdClassifier", "TunedThresholdClassifierCV", "HalvingGridSearchCV"], "two classes"),
    **dict.fromkeys(["GammaRegressor", "PoissonRegressor", "TweedieRegressor"], "positive number"),
    **dict.fromkeys(
        ["CCA", "PLSCanonical", "PLSSVD", "PLSRegression", "MultiOutputRegressor", "RegressorChain"], "numbers"
    ),
    **dict.fromkeys(["MultiTaskElasticNet", "MultiTaskElasticNetCV", "MultiTaskLasso", "MultiTaskLassoCV"], "numbers"),
    "TransformedTargetRegressor": "positive number",
    "MultiOutputClassifier": "class pairs",
    "SelfTrainingClassifier": "some unknown",
    "ClassifierChain": "flags",
    "IsotonicRegression": "number",
    **dict.fromkeys(
        ["GenericUnivariateSelect", "NeighborhoodComponentsAnalysis", "SelectFdr", "SelectFpr", "SelectFromModel",
         "SelectFwe", "SelectKBest", "SelectPercentile", "SequentialFeatureSelector", "TargetEncoder"],
        "two classes",
    ),
}  # fmt: skip
"""What a class learns to answer, where that is not told by its being a classifier or a regressor."""


CARDS = {"FeatureHasher": "features: {size: {}, ring 0: {}, ring 1: {}, ring 2: {}, sex: {type: text}}"}
"""What only a person can say of a class."""


def specimens() -> list[Specimen]:
    """List every estimator of scikit-learn, then variations that answer otherwise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # some are deprecated, and served all the same
        plain = [_specimen(name, kind) for name, kind in all_estimators()]
    return [*plain, *VARIATIONS, *COMPOSITIONS]


def _specimen(name: str, kind: Any) -> Specimen:
    own = PARAMETERS.get(name, {})
    estimator = kind(**own)
    known = estimator.get_params(deep=False)
    quick = {**_QUICK, "random_state": 0}
    estimator.set_params(**{key: value for key, value in quick.items() if key in known and key not in own})
    rows, target = ROWS.get(name, "frame"), TARGETS.get(name, _target(estimator))
    return Specimen(name, estimator, rows, target, card=CARDS.get(name, ""))


VARIATIONS = [
    *(
        Specimen(f"{type(estimator).__name__}, any number of labels", estimator, "frame", "flags")
        for estimator in (
            DecisionTreeClassifier(max_depth=3, random_state=0),
            KNeighborsClassifier(),
            MLPClassifier((5,), solver="lbfgs", random_state=0),
            MultiOutputClassifier(LogisticRegression()),
            MultiOutputClassifier(LinearSVC()),
            OneVsRestClassifier(LogisticRegression()),
            RadiusNeighborsClassifier(30.0),
            RidgeClassifier(),
            StackingClassifier([("tree", DecisionTreeClassifier(max_depth=3, random_state=0))], KNeighborsClassifier()),
        )
    ),
    *(
        Specimen(f"{type(estimator).__name__}, several targets", estimator, "frame", "class pairs")
        for estimator in (
            DecisionTreeClassifier(max_depth=3, random_state=0),
            KNeighborsClassifier(),
            DummyClassifier(),
            make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0)),
        )
    ),
    *(
        Specimen(f"{type(estimator).__name__}, several targets", estimator, "frame", "numbers")
        for estimator in (
            LinearRegression(),
            RandomForestRegressor(5, random_state=0),
            KNeighborsRegressor(),
            GaussianProcessRegressor(alpha=0.1),
        )
    ),
    *(
        Specimen(f"{type(estimator).__name__}, similarities", estimator, "kernel", target)
        for estimator, target in (
            (SVC(kernel="precomputed"), "classes"),
            (SVR(kernel="precomputed"), "number"),
            (KernelRidge(kernel="precomputed"), "number"),
        )
    ),
    Specimen("ClassifierChain, several targets", ClassifierChain(_TREES[0][1]), "frame", "number pairs"),
    Specimen("LabelBinarizer, two labels", LabelBinarizer(), "two labels", "none"),
    Specimen("LabelEncoder, whole numbers", LabelEncoder(), "whole labels", "none"),
    Specimen("LocalOutlierFactor, neighbors alone", LocalOutlierFactor(5), "frame", "none", card="task: neighbors"),
    Specimen("LocalOutlierFactor, novelty", LocalOutlierFactor(novelty=True), "frame", "none"),
    Specimen("IsotonicRegression, a column", IsotonicRegression(out_of_bounds="clip"), "column", "number"),
    Specimen("BayesianRidge, in a pipeline", make_pipeline(StandardScaler(), BayesianRidge()), "frame", "number"),
]
"""Estimators that answer otherwise, or take something else, than in the list of all."""


def _target(estimator: Any) -> str:
    if is_classifier(estimator):
        return "classes"
    return "number" if is_regressor(estimator) else "none"
