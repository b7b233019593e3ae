"""Train a classifier of iris flowers and put it into a model folder.

Usage: python examples/iris.py models/iris
"""

import argparse
import datetime as dt
from pathlib import Path

import joblib
import yaml
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def train(folder: Path) -> None:
    """Write model.joblib, sample.csv and card.yaml into the folder, which is created if missing."""
    data = load_iris(as_frame=True)
    measurements = data.data
    species = data.target.map(dict(enumerate(data.target_names.tolist())))

    # Measure on rows that the model has not seen, then train the model that is served on all rows.
    known, held_out, known_species, held_out_species = train_test_split(
        measurements, species, test_size=0.3, stratify=species, random_state=0
    )
    model = make_pipeline(StandardScaler(), LogisticRegression())
    accuracy = round(float(model.fit(known, known_species).score(held_out, held_out_species)), 4)
    model.fit(measurements, species)

    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, folder / "model.joblib")
    measurements.to_csv(folder / "sample.csv", index=False)
    text = yaml.safe_dump(card(accuracy), sort_keys=False, allow_unicode=True)
    (folder / "card.yaml").write_text(text, encoding="utf-8")
    print(f"iris: accuracy {accuracy} on {len(held_out)} held-out flowers")


def card(accuracy: float) -> dict[str, object]:
    """Say what the model's users cannot see in the artifact."""
    return {
        "description": "Iris species from four measurements of a flower",
        "task": "classification",
        "tags": ["example", "botany"],
        "owner": "predictql examples",
        "license": "CC-BY-4.0",
        "trained_at": dt.datetime.now(dt.UTC).replace(microsecond=0),
        "training_data": "150 flowers of three species, measured by E. Anderson and published by R. A. Fisher in 1936, "
        "as they ship with scikit-learn",
        "metrics": {"accuracy": accuracy},
        "features": {
            "sepal length (cm)": {"description": "Length of a sepal, the green leaf under the petals", "unit": "cm"},
            "sepal width (cm)": {"description": "Width of a sepal at its widest", "unit": "cm"},
            "petal length (cm)": {"description": "Length of a petal", "unit": "cm"},
            "petal width (cm)": {"description": "Width of a petal at its widest", "unit": "cm"},
        },
        "classes": {
            "setosa": {"description": "Iris setosa, the bristle-pointed iris: short petals"},
            "versicolor": {"description": "Iris versicolor, the blue flag: petals of middle size"},
            "virginica": {"description": "Iris virginica, the southern blue flag: long petals"},
        },
    }


def main() -> None:
    """Train into the folder that the command line names."""
    parser = argparse.ArgumentParser(description="Train the classifier of iris flowers.")
    parser.add_argument("folder", type=Path, help="the model folder to write; created if missing")
    train(parser.parse_args().folder)


if __name__ == "__main__":
    main()
