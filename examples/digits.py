"""Train a classifier of handwritten digits, from pixels without names, and put it into a model folder.

Usage: python examples/digits.py models/digits
"""

import argparse
import datetime as dt
from pathlib import Path

import joblib
import pandas as pd
import yaml
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC


def train(folder: Path) -> None:
    """Write model.joblib, sample.csv and card.yaml into the folder, which is created if missing."""
    pixels, digits = load_digits(return_X_y=True)

    # Measure on rows that the model has not seen, then train the model that is served on all rows.
    known, held_out, known_digits, held_out_digits = train_test_split(
        pixels, digits, test_size=0.3, stratify=digits, random_state=0
    )
    # A support vector machine has no probabilities of its own: one temperature, found by cross-validation, makes them.
    model = CalibratedClassifierCV(SVC(C=10), method="temperature", ensemble=False)
    model.fit(known, known_digits)
    metrics = {
        "accuracy": round(float(model.score(held_out, held_out_digits)), 4),
        "log_loss": round(float(log_loss(held_out_digits, model.predict_proba(held_out))), 4),
    }
    model.fit(pixels, digits)

    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, folder / "model.joblib")
    pd.DataFrame(pixels).to_csv(folder / "sample.csv", index=False)  # a header of 0 to 63 means: no names
    text = yaml.safe_dump(card(metrics), sort_keys=False, allow_unicode=True)
    (folder / "card.yaml").write_text(text, encoding="utf-8")
    print(f"digits: accuracy {metrics['accuracy']} on {len(held_out)} held-out images")


def card(metrics: dict[str, float]) -> dict[str, object]:
    """Say what the model's users cannot see in the artifact."""
    return {
        "description": "Which digit a small grey image shows",
        "task": "classification",
        "tags": ["example", "vision"],
        "owner": "predictql examples",
        "license": "CC-BY-4.0",
        "trained_at": dt.datetime.now(dt.UTC).replace(microsecond=0),
        "training_data": "1797 handwritten digits by E. Alpaydin and C. Kaynak, 1998 (UCI, Optical Recognition of "
        "Handwritten Digits), as they ship with scikit-learn",
        "metrics": metrics,
        "features": {
            "pixels": {
                "type": "vector",
                "description": "8 x 8 image, row by row from the top left; 0 is paper, 16 is ink",
                "unit": "grey level",
                "min": 0,
                "max": 16,
            }
        },
    }


def main() -> None:
    """Train into the folder that the command line names."""
    parser = argparse.ArgumentParser(description="Train the classifier of handwritten digits.")
    parser.add_argument("folder", type=Path, help="the model folder to write; created if missing")
    train(parser.parse_args().folder)


if __name__ == "__main__":
    main()
