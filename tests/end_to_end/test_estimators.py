"""Every third estimator of the sweep behind one real server: what HTTP answers is what the estimators answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from server.settings import Settings
from tests.estimators.data import part
from tests.estimators.direct import direct
from tests.estimators.specimen import Specimen
from tests.estimators.specimens import specimens
from tests.estimators.sweep import bare, inputs, save

if TYPE_CHECKING:
    from tests.end_to_end.conftest import GraphQL, Serve

pytestmark = pytest.mark.filterwarnings("ignore")  # of data that is too small to be fitted well
CHOSEN = specimens()[::3]
_MODELS = "{ models { name status field task features { name source length type open } } }"


@dataclass(frozen=True)
class Served:
    """All of them, as they are served and as they are."""

    client: GraphQL
    models: Mapping[str, Mapping[str, Any]]
    fitted: Mapping[str, Any]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, serve: Serve) -> Served:
    """Fit and save all of them, and serve those that can be."""
    folder = tmp_path_factory.mktemp("estimators")
    fitted = {specimen.name: specimen.fitted for specimen in CHOSEN}
    for place, specimen in enumerate(CHOSEN):
        save(folder / f"m{place}", specimen, fitted[specimen.name])
    client = serve(Settings(models=folder, engine="native", keep_going=True))
    described = {model["name"]: model for model in client.data(_MODELS)["models"]}
    return Served(client, {name: described[f"m{place}"] for place, name in enumerate(fitted)}, fitted)


@pytest.mark.parametrize("specimen", CHOSEN, ids=lambda specimen: specimen.name)
def test_an_estimator_behind_a_server_answers_what_it_answers_when_it_is_called(
    served: Served, specimen: Specimen
) -> None:
    model, new = served.models[specimen.name], specimen.data.new
    if model["status"] == "FAILED":
        return  # whether it should have is what the sweep itself asks
    rows, field = inputs(new, model["features"]), model["field"]
    kind = f"{field.capitalize()}Input"
    fields = served.client.everything(f"{field.capitalize()}Prediction")
    many = f"{field}Batch(inputs: $rows) {{ predictions {fields} errors {{ message }} }}"
    # Each in an operation of its own: in one they would meet in one call of the estimator, and a sum's last bit depends
    # on how many rows there are.
    batch = served.client.data(f"query($rows: [{kind}!]!) {{ {many} }}", rows=rows)[f"{field}Batch"]
    one = served.client.data(f"query($row: {kind}!) {{ {field}(input: $row) {fields} }}", row=rows[0])[field]
    assert batch["errors"] == []
    estimator = served.fitted[specimen.name]
    for name in one.keys() - {"warnings"}:
        answered = [bare(row[name]) for row in [*batch["predictions"], one]]
        expected = [
            *direct(name, model["task"], estimator, new),
            *direct(name, model["task"], estimator, part(new, 0, 1)),
        ]
        assert answered == expected, name


def test_nearly_all_are_served(served: Served) -> None:
    ready = [model for model in served.models.values() if model["status"] == "READY"]
    assert len(ready) > 0.85 * len(CHOSEN) > 50
