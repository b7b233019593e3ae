"""The scripts in examples/ write folders that can be served: run as a newcomer runs them, in a process of their own."""

from __future__ import annotations

import ast
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import yaml

from inference.card import Card, FeatureType, Task

EXAMPLES = Path(__file__).parents[2] / "examples"

# The least that each metric must reach on held-out rows.
FLOORS = {
    "iris": {"accuracy": 0.92},
    "penguins": {"accuracy": 0.95},
    "diabetes": {"r2": 0.38},
    "digits": {"accuracy": 0.97},
    "language": {"accuracy": 0.95},
    "wine_outliers": {"inliers_kept": 0.88, "roc_auc_shuffled": 0.62},
}
MODELS = sorted(FLOORS)

EVERYDAY = {
    "Guten Morgen, wie geht es dir?": "German",
    "Morgen fahren wir mit dem Zug nach Berlin.": "German",
    "Où est la bibliothèque ?": "French",
    "Bonjour, comment allez-vous aujourd'hui ?": "French",
    "¿Dónde está la estación?": "Spanish",
    "Good morning, how are you today?": "English",
    "Buongiorno, come stai oggi?": "Italian",
    "Bom dia, como você está hoje?": "Portuguese",
    "Goedemorgen, hoe gaat het met je?": "Dutch",
    "Dzień dobry, jak się masz?": "Polish",
    "Hyvää huomenta, mitä kuuluu?": "Finnish",
    "Jó reggelt, hogy vagy ma?": "Hungarian",
    "Günaydın, bugün nasılsın?": "Turkish",  # noqa: RUF001  # the letters of Turkish
    "Chào buổi sáng, bạn có khỏe không?": "Vietnamese",
    "Selamat pagi, apa kabar hari ini?": "Indonesian",
    "Доброе утро, как у вас дела?": "Russian",  # noqa: RUF001  # the letters of Russian
    "Доброго ранку, як у вас справи?": "Ukrainian",  # noqa: RUF001  # the letters of Ukrainian
    "Καλημέρα, τι κάνετε σήμερα;": "Greek",
    "صباح الخير، كيف حالك اليوم؟": "Arabic",
    "בוקר טוב, מה שלומך היום?": "Hebrew",
    "सुप्रभात, आप कैसे हैं?": "Hindi",
    "これは日本語の文章です": "Japanese",
    "早上好，你今天好吗？": "Chinese",  # noqa: RUF001  # the punctuation of Chinese
    "도서관이 어디에 있나요?": "Korean",
}

# Sentences in languages with a close relative among the others: here the first answer is often the relative.
RELATIVES = {
    "Kde je nádraží a kdy jede vlak?": "Czech",
    "Dobré ráno, jak se máte?": "Czech",
    "Kde je knižnica?": "Slovak",
    "Dobré ráno, ako sa máte?": "Slovak",
    "Godmorgen, hvordan har du det i dag?": "Danish",
    "Hvor ligger biblioteket henne?": "Danish",
    "God morgen, hvordan har du det i dag?": "Norwegian",
    "Hvor er biblioteket?": "Norwegian",
    "God morgon, hur mår du idag?": "Swedish",
    "Var ligger biblioteket?": "Swedish",
    "Unde este biblioteca?": "Romanian",
    "Bună dimineața, ce mai faci?": "Romanian",
    "Где се налази библиотека?": "Serbian",  # noqa: RUF001  # the letters of Serbian
    "Добро јутро, како сте данас?": "Serbian",
    "Добро утро, как сте днес?": "Bulgarian",
    "Dobro jutro, kako ste danes?": "Slovenian",
    "Dobro jutro, kako ste danas?": "Croatian",
    "Gdje se nalazi knjižnica?": "Croatian",
    "Onde fica a biblioteca?": "Portuguese",
}


@pytest.fixture(scope="module")
def folders(training_output: dict[Path, str]) -> dict[str, Path]:
    """Return the folder of each trained model."""
    for folder, printed in training_output.items():
        assert printed.startswith(f"{folder.name}: ")
        assert len(printed.splitlines()) == 1
    return {folder.name: folder for folder in training_output}


def script(name: str) -> ModuleType:
    """Load a script into this process, where a second training needs no imports of its own."""
    spec = spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def artifact(folder: Path) -> Any:
    return joblib.load(folder / "model.joblib")


def card(folder: Path) -> Card:
    return Card.model_validate(yaml.safe_load((folder / "card.yaml").read_text(encoding="utf-8")))


def sample(name: str, folder: Path) -> Any:
    """Return the sample in the container that the model was fitted on."""
    rows = pd.read_csv(folder / "sample.csv")
    if name == "digits":
        return rows.to_numpy()
    return rows["text"].tolist() if name == "language" else rows


def test_each_script_stands_here_with_a_floor_for_its_metrics() -> None:
    assert sorted(path.stem for path in EXAMPLES.glob("*.py")) == MODELS


@pytest.mark.parametrize("name", MODELS)
def test_a_script_imports_nothing_of_predictql_and_shadows_no_other_module(name: str) -> None:
    tree = ast.parse((EXAMPLES / f"{name}.py").read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    rooms = {module.split(".")[0] for module in imported}
    assert "joblib" in rooms
    assert not rooms & {"inference", "resolvers", "schema", "server", *MODELS}
    assert name not in sys.stdlib_module_names


@pytest.mark.parametrize("name", MODELS)
def test_a_script_writes_artifact_sample_and_card_and_nothing_else(name: str, folders: dict[str, Path]) -> None:
    assert sorted(path.name for path in folders[name].iterdir()) == ["card.yaml", "model.joblib", "sample.csv"]
    assert (folders[name] / "model.joblib").stat().st_size < 5_000_000


@pytest.mark.parametrize("name", MODELS)
def test_a_card_is_valid_and_its_metrics_reach_their_floor(name: str, folders: dict[str, Path]) -> None:
    written = card(folders[name])
    assert written.description
    assert written.license
    assert written.training_data
    assert written.trained_at is not None
    assert all(written.metrics[metric] >= floor for metric, floor in FLOORS[name].items()), written.metrics
    assert all(value == round(value, 4) for value in written.metrics.values())


@pytest.mark.parametrize("name", MODELS)
def test_a_card_describes_exactly_the_features_and_classes_of_the_artifact(name: str, folders: dict[str, Path]) -> None:
    written, model = card(folders[name]), artifact(folders[name])
    features = list(getattr(model, "feature_names_in_", written.features))
    assert list(written.features) == features
    assert all(feature.description for feature in written.features.values())
    if written.classes:
        assert list(written.classes) == model.classes_.tolist()


@pytest.mark.parametrize("name", MODELS)
def test_an_artifact_predicts_its_own_sample(name: str, folders: dict[str, Path]) -> None:
    model, rows = artifact(folders[name]), sample(name, folders[name])
    predicted = model.predict(rows)
    assert len(predicted) == len(rows) > 100
    if card(folders[name]).task is Task.CLASSIFICATION:
        probabilities = model.predict_proba(rows)
        assert np.allclose(probabilities.sum(axis=1), 1)
        assert (model.classes_[probabilities.argmax(axis=1)] == predicted).all()
        assert set(predicted.tolist()) == set(model.classes_.tolist())


@pytest.mark.parametrize("name", MODELS)
def test_training_twice_gives_the_same_predictions(name: str, folders: dict[str, Path], tmp_path: Path) -> None:
    script(name).train(tmp_path)
    again, rows = artifact(tmp_path), sample(name, folders[name])
    assert (tmp_path / "sample.csv").read_bytes() == (folders[name] / "sample.csv").read_bytes()
    assert card(tmp_path).metrics == card(folders[name]).metrics
    method = "predict_proba" if hasattr(again, "predict_proba") else "predict"
    assert np.array_equal(getattr(again, method)(rows), getattr(artifact(folders[name]), method)(rows))


def test_iris_has_the_raw_names_of_the_training_frame_and_string_labels(folders: dict[str, Path]) -> None:
    model = artifact(folders["iris"])
    assert model.feature_names_in_[0] == "sepal length (cm)"
    assert model.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert len(sample("iris", folders["iris"])) == 150


def test_penguins_are_all_in_the_sample_with_their_gaps(folders: dict[str, Path]) -> None:
    rows = sample("penguins", folders["penguins"])
    assert len(rows) == 344
    assert rows.columns[rows.isna().any()].tolist() == [
        "bill_length_mm",
        "bill_depth_mm",
        "flipper_length_mm",
        "body_mass_g",
        "sex",
    ]


@pytest.mark.parametrize("column", ["bill_length_mm", "body_mass_g", "sex"])
@pytest.mark.parametrize("dtype", ["as read", "object"])
def test_a_penguin_is_classified_where_a_measurement_or_the_sex_is_missing(
    column: str, dtype: str, folders: dict[str, Path]
) -> None:
    rows = sample("penguins", folders["penguins"])
    penguin = rows.iloc[[200]] if dtype == "as read" else rows.iloc[[200]].astype({"island": object, "sex": object})
    complete = artifact(folders["penguins"]).predict_proba(penguin)
    penguin = penguin.assign(**{column: pd.Series([np.nan], index=penguin.index, dtype=penguin[column].dtype)})
    without = artifact(folders["penguins"]).predict_proba(penguin)
    assert np.isfinite(without).all()
    assert without.argmax() == complete.argmax()


@pytest.mark.parametrize("column", ["island", "sex"])
def test_a_category_that_no_penguin_had_is_refused(column: str, folders: dict[str, Path]) -> None:
    penguin = sample("penguins", folders["penguins"]).iloc[[0]].assign(**{column: "Atlantis"})
    with pytest.raises(ValueError, match="Found unknown categories"):
        artifact(folders["penguins"]).predict(penguin)


def test_diabetes_has_whole_numbers_where_the_source_has_them_and_names_its_target(folders: dict[str, Path]) -> None:
    rows = sample("diabetes", folders["diabetes"])
    assert rows.select_dtypes("int64").columns.tolist() == ["age", "sex"]
    assert rows["age"].between(18, 80).all()
    assert [output.name for output in card(folders["diabetes"]).outputs] == ["disease_progression"]


def test_digits_were_fitted_without_names_on_a_vector_and_labels_stay_integers(folders: dict[str, Path]) -> None:
    model = artifact(folders["digits"])
    assert not hasattr(model, "feature_names_in_")
    assert model.n_features_in_ == 64
    assert model.classes_.tolist() == list(range(10))
    header = (folders["digits"] / "sample.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == ",".join(map(str, range(64)))
    pixels = card(folders["digits"]).features["pixels"]
    assert (pixels.type, pixels.min, pixels.max) == (FeatureType.VECTOR, 0, 16)


def test_language_knows_everyday_sentences_that_are_unlike_its_training_texts(folders: dict[str, Path]) -> None:
    predicted = artifact(folders["language"]).predict(list(EVERYDAY))
    wrong = {text: answer for text, answer in zip(EVERYDAY, predicted, strict=True) if answer != EVERYDAY[text]}
    assert len(wrong) <= 2, wrong


def test_language_has_a_close_relative_at_most_before_the_right_answer(folders: dict[str, Path]) -> None:
    model = artifact(folders["language"])
    likeliest = model.classes_[np.argsort(-model.predict_proba(list(RELATIVES)), axis=1)]
    first = sum(row[0] == right for row, right in zip(likeliest, RELATIVES.values(), strict=True))
    first_two = sum(right in row[:2] for row, right in zip(likeliest, RELATIVES.values(), strict=True))
    assert first >= 0.5 * len(RELATIVES)
    assert first_two >= 0.75 * len(RELATIVES)


def test_the_language_sample_has_texts_of_all_languages_without_placeholders(folders: dict[str, Path]) -> None:
    texts = sample("language", folders["language"])
    languages = artifact(folders["language"]).classes_
    assert 40 <= len(languages) <= 55
    assert len(texts) == 20 * len(languages)
    assert not [text for text in texts if "%(" in text or "<a" in text or "\n" in text]


def test_a_wine_far_from_all_others_is_an_outlier(folders: dict[str, Path]) -> None:
    wines = sample("wine_outliers", folders["wine_outliers"])
    model = artifact(folders["wine_outliers"])
    assert model.predict(wines.median().to_frame().T).tolist() == [1]
    assert model.predict(wines.max().to_frame().T * 2).tolist() == [-1]


@pytest.mark.parametrize("name", MODELS)
def test_a_script_without_a_folder_says_how_it_is_used(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [f"{name}.py"])
    with pytest.raises(SystemExit, match="2"):
        script(name).main()
    assert "arguments are required: folder" in capsys.readouterr().err


def test_language_without_django_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "django", None)  # as the import system sees a package that is not installed
    with pytest.raises(SystemExit, match="pip install django"):
        script("language").train(tmp_path / "language")
    assert not (tmp_path / "language").exists()
