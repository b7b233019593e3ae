"""Small training data of every kind that some estimator wants, and new rows like them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

ROWS, NEW = 48, 7
NAMES = ["bill length", "flipper", "mass", "depth"]
_WORDS = "the quick brown fox jumps over a lazy dog while rain falls on green hills and rivers run".split()  # noqa: SIM905  # a text


@dataclass(frozen=True)
class Data:
    """What `fit` is given, and rows that it has not seen."""

    x: Any
    y: Any
    new: Any


def data(rows: str, target: str) -> Data:
    """Make data: the names are the keys of `_ROWS` and `_TARGETS`."""
    both = _ROWS[rows]()
    if rows == "kernel":  # similarities to the training rows
        return Data(both[:ROWS, :ROWS], _TARGETS[target](), both[ROWS:, :ROWS])
    return Data(part(both, 0, ROWS), _TARGETS[target](), part(both, ROWS, ROWS + NEW))


def part(rows: Any, start: int, stop: int) -> Any:
    """Return some of the rows, laid out in memory as if there had never been others."""
    return rows.iloc[start:stop].copy() if isinstance(rows, pd.DataFrame) else rows[start:stop]


def _random() -> np.random.Generator:
    return np.random.default_rng(7)


def _numbers() -> np.ndarray:
    numbers = _random().normal(size=(ROWS + NEW, len(NAMES)))
    numbers[: ROWS + NEW : 2] += 1.5  # two groups
    return numbers


def _counts() -> np.ndarray:
    counts = _random().integers(0, 4, size=(ROWS + NEW, len(NAMES)))
    counts[:4] = [[0] * 4, [1] * 4, [2] * 4, [3] * 4]
    return counts


def _words() -> pd.DataFrame:
    return pd.DataFrame({"island": _chosen("Biscoe", "Dream"), "sex": _chosen("female", "male", "unknown")})


def _texts() -> list[str]:
    return [" ".join(_random().permutation(_WORDS)[: 3 + row % 5]) + f" {row % 3}" for row in range(ROWS + NEW)]


def _frame(numbers: np.ndarray) -> pd.DataFrame:
    """Lay numbers out column by column, as in a frame that was read from a file: a sum's last bit depends on it."""
    return pd.DataFrame({name: numbers[:, place] for place, name in enumerate(NAMES)})


def _days() -> list[str]:
    return pd.date_range("2024-01-30", periods=ROWS + NEW, freq="9D").strftime("%Y-%m-%d").tolist()


def _gaps(frame: pd.DataFrame) -> pd.DataFrame:
    """Return whole numbers as pandas holds them where some are missing, and truth values likewise."""
    frame = frame.astype("Int64")
    frame.loc[::5, "mass"] = pd.NA
    frame["ringed"] = pd.array([None if row % 7 == 0 else row % 2 == 0 for row in range(ROWS + NEW)], dtype="boolean")
    return frame


def _chosen(*words: str) -> list[str]:
    return [words[row % len(words)] for row in range(ROWS + NEW)]


_ROWS: dict[str, Callable[[], Any]] = {
    "frame": lambda: _frame(_numbers()),
    "array": _numbers,
    "positive": lambda: np.abs(_numbers()) + 0.1,
    "counts": lambda: _frame(_counts()),
    "column": _numbers()[:, :1].copy,
    "line": _numbers()[:, 0].copy,
    "kernel": lambda: _numbers() @ _numbers().T,
    "words": _words,
    "texts": _texts,
    "dicts": lambda: [{"size": row / 7, f"ring {row % 3}": 1, "sex": ("f", "m")[row % 2]} for row in range(ROWS + NEW)],
    "labels": lambda: _chosen("ash", "birch", "cherry"),
    "two labels": lambda: _chosen("no", "yes"),
    "whole labels": lambda: [30 - row % 3 for row in range(ROWS + NEW)],
    "sets": lambda: [("ash", "birch", "cherry")[row % 3 : row % 4] for row in range(ROWS + NEW)],
    "images": lambda: _random().normal(size=(ROWS + NEW, 6, 6)),
}
AWKWARD_NAMES = [
    "größe (cm)", "2nd visit", "🦊 seen", "class", "from", "in", "input", "type", "query", "mutation", "null", "true",
    "__typename", "None", "lambda", "def", "self", "on", "fragment", "interface", "version",
]  # fmt: skip
"""Words of GraphQL, of Python and of this project's own, signs that no name may have, and a leading digit."""
_ROWS |= {
    "awkward names": lambda: pd.DataFrame(
        _random().normal(size=(ROWS + NEW, len(AWKWARD_NAMES))), columns=AWKWARD_NAMES
    ),
    "500 features": lambda: pd.DataFrame(_random().normal(size=(ROWS + NEW, 500))).add_prefix("f"),
    "mixed": lambda: _frame(_numbers())[["mass", "depth"]].join(_words()),
    "categoricals": lambda: _frame(_numbers())[["mass", "depth"]].join(_words().astype("category")),
    "dates": lambda: _frame(_numbers())[["mass"]].assign(day=_days()),
    "pandas dates": lambda: _frame(_numbers())[["mass"]].assign(day=pd.to_datetime(_days())),
    "gaps": lambda: _gaps(_frame(_counts())),
}
_NOISE = _random().normal(size=(ROWS, 2))
_TARGETS: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "classes": lambda: np.array(_chosen("ash", "birch", "cherry")[:ROWS]),
    "two classes": lambda: np.array(_chosen("no", "yes")[:ROWS]),
    "some unknown": lambda: np.array([-1 if row % 5 == 0 else row % 2 for row in range(ROWS)]),
    "number": lambda: _NOISE[:, 0] + np.linspace(0, 3, ROWS),
    "positive number": lambda: np.abs(_NOISE[:, 0]) + 0.5,
    "numbers": _NOISE.copy,
    "class pairs": lambda: np.column_stack([_chosen("ash", "birch", "cherry")[:ROWS], _chosen("no", "yes")[:ROWS]]),
    "truth values": lambda: np.arange(ROWS) % 2 == 0,
    "odd words": lambda: np.array(["1", "yes", -2] * (ROWS // 3)),
    "whole classes": lambda: np.arange(ROWS) % 3 + 10,
    "negative classes": lambda: np.arange(ROWS) % 3 - 2,
    "floats": lambda: np.arange(ROWS) % 2 + 1.0,
    "number pairs": lambda: np.array([[row % 2 * 2 - 1, row // 2 % 2] for row in range(ROWS)]),
    "flags": lambda: (_NOISE > 0).astype(int),
}
