"""Chance, with a seed: yes or no, one of several, and JSON as clients may write it."""

from __future__ import annotations

import json
import random
from typing import Any

NUMBERS = (
    *("-0.0", "-0", "0", "1", "-1", "2", "1.0", "3.0", "1e2", "1E-2", "-1e-7", "1.5", "1e-400", "5e-324"),
    *("2147483647", "2147483648", "-2147483648", "-2147483649", "9007199254740993", "18446744073709551616"),
    *(
        "1" + "0" * 40,
        "1" + "0" * 309,
        "1.7976931348623157e308",
        "0.1000000000000000055511151231257827",
        "2147483647.0",
    ),
)
"""As JSON writes them; GraphQL does so too."""
WRONG = ("null", '"1"', "true", "[]", "[1]", "{}", '""', "[[1]]", '{"a": 1}', "1", "1.5", '"SETOSA"')
KNOWN = ("1", "1", "1", "2", "line", "shop", "Bonn", "good")
"""Texts that are a version, a model, or a category."""
TEXTS = (
    "",
    "good",
    "Bonn",
    "setosa",
    "Ibis ärgert",
    "1",
    "2",
    "iris",
    "😀",
    'a"b\\c\n\t',
    "\x7f\u2028",
    "nul\x00",
    "ﬁ",
)
BROKEN = ("1e400", "-1e400", "NaN", "Infinity", "01", "1.", "+1", '"\\ud800"', '"\\ude00\\ud83d"', "'x'", "1 2", '"\t"')
"""No JSON, or none that can be read."""
ENDINGS = (b" ", b"\n", b"x", b"{}", b",", b"\x00", b"\xef\xbb\xbf")


class Json(str):
    """Text that stands in JSON as it is."""

    __slots__ = ()


class Chance:
    """One sequence of choices."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.odd = False
        """Whether anything may be wrong with what is being made."""
        self.tidy = False
        """Whether JSON is written as programs do, the same way each time."""

    def json(self, value: Any) -> str:
        """Write JSON with blanks here and there, escapes, and now and then a key that stands twice."""
        if isinstance(value, Json):
            return value
        if isinstance(value, list):
            return f"[{self._blank()}{f',{self._blank()}'.join(map(self.json, value))}{self._blank()}]"
        if isinstance(value, dict):
            members = [
                f"{self.json(name)}{self._blank()}:{self._blank()}{self.json(one)}" for name, one in value.items()
            ]
            if members and self.oddly(0.05):
                name = self.pick([*value])
                written = (
                    json.dumps(name) if self.chance(0.7) else f'"\\u{ord(name[0]):04x}{name[1:]}"' if name else '""'
                )
                junk = self.pick((*WRONG, *BROKEN, '"\x01"', json.dumps(None)))
                members.insert(self.random.randint(0, len(members)), f"{written}:{junk}")
            return f"{{{self._blank()}{f',{self._blank()}'.join(members)}}}"
        return json.dumps(value, ensure_ascii=not self.tidy and self.chance(0.3))

    def _blank(self) -> str:
        return self.pick((" ", "\n  ", "\t")) if not self.tidy and self.chance(0.05) else ""

    def chance(self, probability: float) -> bool:
        """Say yes with a probability."""
        return self.random.random() < probability

    def oddly(self, probability: float) -> bool:
        """Say yes with a probability, where anything may be wrong."""
        return self.odd and self.random.random() < probability

    def pick(self, choices: Any) -> Any:
        """Return one of several."""
        return choices[self.random.randrange(len(choices))]
