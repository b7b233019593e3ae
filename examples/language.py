"""Train a classifier of the language that a text is written in, and put it into a model folder.

The texts are the translations of Django's own messages, so Django must be installed: pip install django

Usage: python examples/language.py models/language
"""

import argparse
import datetime as dt
import re
import struct
import sys
from collections.abc import Iterator
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import yaml
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupShuffleSplit
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline, make_pipeline

# Django's locales with enough text, without those so close to another one here that short texts do not tell them
# apart. English has no catalog: it is what the others are translated from.
LOCALES = {
    "af": "Afrikaans", "ar": "Arabic", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan",
    "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "eo": "Esperanto", "es": "Spanish",
    "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish",
    "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian",
    "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ka": "Georgian", "ko": "Korean", "lt": "Lithuanian",
    "lv": "Latvian", "ml": "Malayalam", "mn": "Mongolian", "nb": "Norwegian", "nl": "Dutch", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian",
    "sv": "Swedish", "sw": "Swahili", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese",
    "zh_Hans": "Chinese",
}  # fmt: skip
PLACEHOLDERS = re.compile(r"%(\(\w+\))?[-#.0-9]*[a-z]|\{[^}]*\}|<[^>]*>|&\w+;")
MINIMUM_BYTES = 15  # of UTF-8, in which the scripts that need fewer characters take more bytes for each


def train(folder: Path) -> None:
    """Write model.joblib, sample.csv and card.yaml into the folder, which is created if missing."""
    texts = read_texts()

    # Measure on messages of which the model has seen no translation, then train the model that is served on all.
    split = GroupShuffleSplit(n_splits=1, test_size=0.2, random_state=0)
    known, held_out = (texts.iloc[rows] for rows in next(split.split(texts, groups=texts["message"])))
    model = pipeline().fit(known["text"].tolist(), known["language"].tolist())
    probabilities = model.predict_proba(held_out["text"].tolist())
    predicted = model.classes_[probabilities.argmax(axis=1)]
    metrics = {
        "accuracy": round(float(np.mean(predicted == held_out["language"].to_numpy())), 4),
        "log_loss": round(float(log_loss(held_out["language"], probabilities, labels=model.classes_)), 4),
    }
    model = pipeline().fit(texts["text"].tolist(), texts["language"].tolist())

    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, folder / "model.joblib", compress=3)  # most n-grams are of few languages: an eighth of the size
    sample = texts.groupby("language").sample(20, random_state=0)
    sample[["text"]].to_csv(folder / "sample.csv", index=False)
    text = yaml.safe_dump(card(metrics, len(texts), len(model.classes_)), sort_keys=False, allow_unicode=True)
    (folder / "card.yaml").write_text(text, encoding="utf-8")
    print(f"language: accuracy {metrics['accuracy']} on {len(held_out)} held-out texts")


def pipeline() -> Pipeline:
    """Return the untrained model.

    Naive Bayes on character n-grams is linear and takes a second to train. Logistic regression was a little worse on
    held-out messages and clearly worse on everyday sentences, which are unlike a web framework's messages.
    """
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), max_features=30_000, sublinear_tf=True)
    return make_pipeline(vectorizer, MultinomialNB(alpha=0.01, fit_prior=False))


def read_texts() -> pd.DataFrame:
    """Return the columns text, language and message: the English message that the text is a translation of."""
    if find_spec("django") is None:
        sys.exit("The texts are Django's translations, and Django is not installed: pip install django")
    rows: list[tuple[str, str, str]] = []
    with as_file(files("django")) as django:
        for catalog in sorted(django.glob("**/locale/*/LC_MESSAGES/*.mo")):
            language = LOCALES.get(catalog.parts[-3])
            if language is None:
                continue
            for message, translation in read_catalog(catalog):
                english = [clean(form) for form in message.split("\0")]  # singular and plural
                rows.extend((form, "English", english[0]) for form in english)
                rows.extend((clean(form), language, english[0]) for form in translation.split("\0"))
    texts = pd.DataFrame(rows, columns=["text", "language", "message"]).drop_duplicates(["text", "language"])
    untranslated = texts["text"].isin(texts.loc[texts["language"] == "English", "text"])
    long = texts["text"].map(lambda text: len(text.encode()) >= MINIMUM_BYTES)
    return texts[long & (~untranslated | (texts["language"] == "English"))].reset_index(drop=True)


def read_catalog(path: Path) -> Iterator[tuple[str, str]]:
    """Yield message and translation of a compiled gettext catalog; forms of number are separated by a zero byte."""
    content = path.read_bytes()
    # The header: a magic number, a revision, how many messages, where the two tables of lengths and offsets begin.
    _, _, count, messages, translations = struct.unpack_from("<5I", content)

    def string(table: int, row: int) -> str:
        length, start = struct.unpack_from("<2I", content, table + 8 * row)
        return content[start : start + length].decode()

    for row in range(count):
        message = string(messages, row).split("\4")[-1]  # a context may stand before the message
        if message:  # the empty message has the catalog's own header for a translation
            yield message, string(translations, row)


def clean(text: str) -> str:
    """Return the text without what is no language in it: placeholders, tags, entities, line ends."""
    return " ".join(PLACEHOLDERS.sub(" ", text).split())


def card(metrics: dict[str, float], texts: int, languages: int) -> dict[str, object]:
    """Say what the model's users cannot see in the artifact."""
    return {
        "description": f"Which of {languages} languages a text is written in",
        "task": "classification",
        "tags": ["example", "text"],
        "owner": "predictql examples",
        "license": "BSD-3-Clause",
        "trained_at": dt.datetime.now(dt.UTC).replace(microsecond=0),
        "training_data": f"{texts} messages of the web framework Django, in English and in the translations that ship "
        "with it",
        "metrics": metrics,
        "features": {
            "text": {
                "type": "text",
                "description": "A sentence or more; close relatives, as Danish and Norwegian, need more than one",
                "example": "Guten Morgen, wie geht es dir?",
            }
        },
    }


def main() -> None:
    """Train into the folder that the command line names."""
    parser = argparse.ArgumentParser(description="Train the classifier of languages.")
    parser.add_argument("folder", type=Path, help="the model folder to write; created if missing")
    train(parser.parse_args().folder)


if __name__ == "__main__":
    main()
