"""Train a regression forest for the progression of diabetes and put it into a model folder.

Usage: python examples/diabetes.py models/diabetes
"""

import argparse
import datetime as dt
from pathlib import Path

import joblib
import yaml
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import KFold, cross_val_predict


def train(folder: Path) -> None:
    """Write model.joblib, sample.csv and card.yaml into the folder, which is created if missing."""
    data = load_diabetes(as_frame=True, scaled=False)
    patients = data.data.astype({"age": int, "sex": int})  # whole numbers, that ship as floats
    progression = data.target

    # Measure on each patient while held out, once; then train the model that is served on all patients.
    model = RandomForestRegressor(n_estimators=200, min_samples_leaf=4, max_features=1 / 3, random_state=0)
    predicted = cross_val_predict(model, patients, progression, cv=KFold(5, shuffle=True, random_state=0))
    metrics = {
        "r2": round(float(r2_score(progression, predicted)), 4),
        "mae": round(float(mean_absolute_error(progression, predicted)), 4),
    }
    model.fit(patients, progression)

    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, folder / "model.joblib")
    patients.to_csv(folder / "sample.csv", index=False)
    text = yaml.safe_dump(card(metrics), sort_keys=False, allow_unicode=True)
    (folder / "card.yaml").write_text(text, encoding="utf-8")
    print(f"diabetes: r2 {metrics['r2']}, mean error {metrics['mae']} on held-out patients")


def card(metrics: dict[str, float]) -> dict[str, object]:
    """Say what the model's users cannot see in the artifact."""
    return {
        "description": "Progression of diabetes in the year after ten baseline values were taken",
        "task": "regression",
        "tags": ["example", "medicine"],
        "owner": "predictql examples",
        "license": "BSD-3-Clause",
        "trained_at": dt.datetime.now(dt.UTC).replace(microsecond=0),
        "training_data": "442 patients, published by B. Efron, T. Hastie, I. Johnstone and R. Tibshirani in 2004 "
        "(Least Angle Regression), as they ship with scikit-learn",
        "metrics": metrics,
        # The source names no units of the blood values: these are those in which the numbers make sense.
        "features": {
            "age": {"description": "Age", "unit": "years"},
            "sex": {"description": "Sex, 1 or 2; the source does not say which is which", "min": 1, "max": 2},
            "bmi": {"description": "Body mass index", "unit": "kg/m²"},
            "bp": {"description": "Average blood pressure", "unit": "mm Hg"},
            "s1": {"description": "Total cholesterol in the serum", "unit": "mg/dL"},
            "s2": {"description": "Low-density lipoproteins", "unit": "mg/dL"},
            "s3": {"description": "High-density lipoproteins", "unit": "mg/dL"},
            "s4": {"description": "Total cholesterol divided by high-density lipoproteins"},
            "s5": {"description": "Logarithm of the triglycerides in the serum (so the source supposes)"},
            "s6": {"description": "Blood sugar", "unit": "mg/dL"},
        },
        "outputs": [
            {
                "name": "disease_progression",
                "description": "A measure of how far the disease went in one year; in training from 25 to 346",
            }
        ],
    }


def main() -> None:
    """Train into the folder that the command line names."""
    parser = argparse.ArgumentParser(description="Train the forecast of diabetes.")
    parser.add_argument("folder", type=Path, help="the model folder to write; created if missing")
    train(parser.parse_args().folder)


if __name__ == "__main__":
    main()
