"""Train a classifier of penguins, from data with gaps and categories, and put it into a model folder.

Usage: python examples/penguins.py models/penguins
"""

import argparse
import datetime as dt
from pathlib import Path

import joblib
import pandas as pd
import yaml
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

DATA = Path(__file__).parent / "data" / "penguins.csv"
MEASUREMENTS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]


def train(folder: Path) -> None:
    """Write model.joblib, sample.csv and card.yaml into the folder, which is created if missing."""
    penguins = pd.read_csv(DATA)
    species = penguins.pop("species")

    # Measure on rows that the model has not seen, then train the model that is served on all rows.
    known, held_out, known_species, held_out_species = train_test_split(
        penguins, species, test_size=0.3, stratify=species, random_state=0
    )
    model = pipeline()
    accuracy = round(float(model.fit(known, known_species).score(held_out, held_out_species)), 4)
    model.fit(penguins, species)

    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, folder / "model.joblib")
    penguins.to_csv(folder / "sample.csv", index=False)  # with its gaps: they tell which features may be missing
    text = yaml.safe_dump(card(accuracy), sort_keys=False, allow_unicode=True)
    (folder / "card.yaml").write_text(text, encoding="utf-8")
    print(f"penguins: accuracy {accuracy} on {len(held_out)} held-out penguins")


def pipeline() -> Pipeline:
    """Return the untrained model: a missing measurement or sex is filled in, an unknown island is refused."""
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), MEASUREMENTS),
        (OneHotEncoder(handle_unknown="error"), ["island"]),
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="error")), ["sex"]),
        (StandardScaler(), ["year"]),
    )
    return make_pipeline(columns, LogisticRegression())


def card(accuracy: float) -> dict[str, object]:
    """Say what the model's users cannot see in the artifact."""
    return {
        "description": "Species of a penguin from its measurements and the island where it was seen",
        "task": "classification",
        "tags": ["example", "zoology"],
        "owner": "predictql examples",
        "license": "CC0-1.0",
        "trained_at": dt.datetime.now(dt.UTC).replace(microsecond=0),
        "training_data": "344 penguins of the Palmer Archipelago, Antarctica, 2007 to 2009: palmerpenguins by "
        "A. M. Horst, A. P. Hill and K. B. Gorman, 2020",
        "metrics": {"accuracy": accuracy},
        "features": {
            "island": {"description": "Island where the penguin was seen"},
            "bill_length_mm": {"description": "Length of the bill's upper ridge", "unit": "mm"},
            "bill_depth_mm": {"description": "Depth of the bill", "unit": "mm"},
            "flipper_length_mm": {"description": "Length of a flipper", "unit": "mm"},
            "body_mass_g": {"description": "Body mass", "unit": "g"},
            "sex": {"description": "Sex, where it is known"},
            "year": {"description": "Year of the observation"},
        },
        "classes": {
            "Adelie": {"description": "Pygoscelis adeliae: a short bill; lives on all three islands"},
            "Chinstrap": {"description": "Pygoscelis antarcticus: a long bill; lives on Dream"},
            "Gentoo": {"description": "Pygoscelis papua: the largest of the three; lives on Biscoe"},
        },
    }


def main() -> None:
    """Train into the folder that the command line names."""
    parser = argparse.ArgumentParser(description="Train the classifier of penguins.")
    parser.add_argument("folder", type=Path, help="the model folder to write; created if missing")
    train(parser.parse_args().folder)


if __name__ == "__main__":
    main()
