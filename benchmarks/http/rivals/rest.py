"""REST as the tutorials of FastAPI write it: pydantic models, one endpoint, the bare estimator.

The two pydantic models are made of the subject's names, so that any classifier will do; they cost what written ones do.
"""

import warnings
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, create_model

from benchmarks.http.rivals.subject import Subject


def create_app() -> FastAPI:
    """Make the application. Annotations are read when the endpoint is made, so the module does not postpone them."""
    warnings.simplefilter("ignore")  # the estimator was fitted with names, and is given none: they would cost a frame
    subject = Subject.from_environment()
    model = subject.estimator()
    row: Any = create_model("Row", **dict.fromkeys(subject.features, (float, ...)))  # type: ignore[call-overload]  # names are data
    per_class: Any = create_model("Probabilities", **dict.fromkeys(subject.classes, (float, ...)))  # type: ignore[call-overload]  # likewise

    class Prediction(BaseModel):
        label: str
        probability: float
        probabilities: per_class

    app = FastAPI()

    @app.post("/predict")
    def predict(rows: list[row]) -> list[Prediction]:
        answers = []
        for values in model.predict_proba([[getattr(row, name) for name in subject.features] for row in rows]):
            best = values.argmax()
            each = dict(zip(subject.classes, values, strict=True))
            answers.append(Prediction(label=model.classes_[best], probability=values[best], probabilities=each))
        return answers

    return app
