"""docs/estimator-engines.md says which engines estimators have."""

from __future__ import annotations

from pathlib import Path

from tests.estimators.engines import FORMS, engines_of
from tests.estimators.engines_page import PAGE, line, lines
from tests.estimators.page import PAGE as SERVED
from tests.estimators.specimens import specimens

TRIED = {
    "BernoulliNB", "Birch", "DecisionTreeRegressor", "LabelEncoder", "LinearRegression", "OrdinalEncoder", "PCA",
    "Perceptron", "RandomForestRegressor", "StandardScaler", "StackingRegressor", "columns encoded, way 4",
}  # fmt: skip
"""Of each kind of form, of what is converted in one way or another, and of what is not."""


def test_the_page_says_what_is_found(tmp_path: Path) -> None:
    said = lines(PAGE.read_text(encoding="utf-8"))
    found = engines_of(tmp_path, [one for one in specimens() if one.name in TRIED])
    assert found.keys() == TRIED
    wrong = {name: line(name, engines) for name, engines in found.items() if said.get(name) != line(name, engines)}
    assert not wrong, "write it anew: python -m tests.estimators.engines_page"


def test_every_estimator_that_is_served_is_on_the_page() -> None:
    served = SERVED.read_text(encoding="utf-8").split("\n## Refused")[0]
    missing = {one.name for one in specimens() if f"| `{one.name}` |" in served or f"| {one.name} |" in served}
    assert missing == lines(PAGE.read_text(encoding="utf-8")).keys()


def test_every_form_has_a_name_and_an_estimator() -> None:
    said = [one.split(" | ")[1] for one in lines(PAGE.read_text(encoding="utf-8")).values()]
    assert {*said} - {"none"} <= {*FORMS.values()}
    assert {"one product", "one walk", "shared work", "step by step", "words looked up", "gaps filled"} <= {*said}
