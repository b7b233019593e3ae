"""Train a detector of unusual wines, an isolation forest, and put it into a model folder.

Usage: python examples/wine_outliers.py models/wine_outliers
"""

import argparse
import datetime as dt
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import yaml
from sklearn.datasets import load_wine
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold


def train(folder: Path) -> None:
    """Write model.joblib, sample.csv and card.yaml into the folder, which is created if missing."""
    data = load_wine(as_frame=True)
    wines = data.data

    # contamination: the share of the training wines that the model is to call unusual
    model = IsolationForest(n_estimators=200, contamination=0.05, random_state=0)
    metrics = measure(model, wines, data.target)
    model.fit(wines)  # the model that is served is trained on all wines

    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, folder / "model.joblib")
    wines.to_csv(folder / "sample.csv", index=False)
    text = yaml.safe_dump(card(metrics), sort_keys=False, allow_unicode=True)
    (folder / "card.yaml").write_text(text, encoding="utf-8")
    print(
        f"wine_outliers: {metrics['inliers_kept']:.0%} of held-out wines kept, "
        f"ROC AUC {metrics['roc_auc_shuffled']} against shuffled ones"
    )


def measure(model: IsolationForest, wines: pd.DataFrame, cultivar: pd.Series) -> dict[str, float]:
    """Measure on each wine while it is held out, once.

    No wine is known to be an outlier. So impossible wines are made of the held-out ones, by shuffling each column by
    itself: every value is real and only the combinations are not, which makes it a hard test.
    """
    random = np.random.default_rng(0)
    kept, areas = [], []
    for known, held_out in StratifiedKFold(5, shuffle=True, random_state=0).split(wines, cultivar):
        model.fit(wines.iloc[known])
        real = wines.iloc[held_out]
        shuffled = real.apply(lambda column: random.permutation(column.to_numpy()))
        kept.extend(model.predict(real) == 1)
        is_real = np.repeat([1, 0], len(real))
        areas.append(roc_auc_score(is_real, model.decision_function(pd.concat([real, shuffled]))))
    return {"inliers_kept": round(float(np.mean(kept)), 4), "roc_auc_shuffled": round(float(np.mean(areas)), 4)}


def card(metrics: dict[str, float]) -> dict[str, object]:
    """Say what the model's users cannot see in the artifact."""
    return {
        "description": "Whether a wine is unlike the wines of three cultivars from one region of Italy",
        "task": "outlier_detection",
        "tags": ["example", "chemistry"],
        "owner": "predictql examples",
        "license": "CC-BY-4.0",
        "trained_at": dt.datetime.now(dt.UTC).replace(microsecond=0),
        "training_data": "178 wines of three cultivars, analysed by M. Forina et al. (UCI, Wine), as they ship with "
        "scikit-learn",
        "metrics": metrics,
        # The source names no units; that of alcohol is plain from its values.
        "features": {
            "alcohol": {"description": "Alcohol", "unit": "% vol"},
            "malic_acid": {"description": "Malic acid"},
            "ash": {"description": "Ash: what remains when the wine is burnt"},
            "alcalinity_of_ash": {"description": "Alkalinity of the ash"},
            "magnesium": {"description": "Magnesium"},
            "total_phenols": {"description": "All phenols together"},
            "flavanoids": {"description": "Flavonoid phenols"},
            "nonflavanoid_phenols": {"description": "Phenols that are no flavonoids"},
            "proanthocyanins": {"description": "Proanthocyanidins"},
            "color_intensity": {"description": "Intensity of the colour"},
            "hue": {"description": "Hue"},
            "od280/od315_of_diluted_wines": {"description": "Absorbance at 280 nm by that at 315 nm, diluted"},
            "proline": {"description": "Proline, an amino acid"},
        },
    }


def main() -> None:
    """Train into the folder that the command line names."""
    parser = argparse.ArgumentParser(description="Train the detector of unusual wines.")
    parser.add_argument("folder", type=Path, help="the model folder to write; created if missing")
    train(parser.parse_args().folder)


if __name__ == "__main__":
    main()
