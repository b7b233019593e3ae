"""Raw names to GraphQL names: deterministic, legal, and made from the raw name alone.

`sepal length (cm)` becomes the field `sepalLengthCm`, `wine_outliers` the type `WineOutliers`, `Iris-setosa` the enum
value `IRIS_SETOSA`. Two raw names may meet in one GraphQL name; `schema/claims.py` refuses that, naming both.
"""

from __future__ import annotations

import keyword
import re
import unicodedata

_SPELT = "\0"
"""Stands around a character spelt by its code point, so that it stays one word."""
_WORD = re.compile(r"\0(u[0-9a-f]+)\0|([A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+(?:[a-z]+|[A-Z]\b)?)")
_SAID = {"<=": "le", ">=": "ge", "<": "lt", ">": "gt", "%": "percent", "&": "and", "+": "plus", "#": "number"}
"""Signs that tell names apart: `<=50K` and `>50K` are two classes."""
_SIGN = re.compile("|".join(map(re.escape, _SAID)))
_MINUS = re.compile(r"(?<![0-9A-Za-z])-(?=[0-9])")

BROKEN_BY_GENERATORS = frozenset({*keyword.kwlist, *keyword.softkwlist}) | {
    "abstract",
    "arguments",
    "boolean",
    "byte",
    "case",
    "catch",
    "char",
    "const",
    "constructor",
    "debugger",
    "default",
    "delete",
    "do",
    "double",
    "enum",
    "eval",
    "export",
    "extends",
    "final",
    "finally",
    "float",
    "function",
    "goto",
    "hashCode",
    "implements",
    "instanceof",
    "int",
    "interface",
    "let",
    "long",
    "native",
    "new",
    "null",
    "object",
    "package",
    "private",
    "protected",
    "prototype",
    "public",
    "short",
    "static",
    "string",
    "super",
    "switch",
    "synchronized",
    "this",
    "throw",
    "throws",
    "toString",
    "transient",
    "true",
    "typeof",
    "undefined",
    "var",
    "void",
    "volatile",
}
"""Legal in GraphQL, and a key word where clients are generated: TypeScript, Java, Kotlin, Swift, Python."""


def field_name(raw: str) -> str:
    """Return the camelCase name of a field or an argument for a raw name."""
    words = _words(raw)
    return _legal(_joined([words[0].lower(), *(_capital(word) for word in words[1:])]), "x")


def type_name(raw: str) -> str:
    """Return the PascalCase name of a type for a raw name."""
    return _legal(_joined([_capital(word) for word in _words(raw)]), "X")


def enum_value_name(raw: str) -> str:
    """Return the SCREAMING_SNAKE_CASE name of an enum value for a raw name."""
    return _legal("_".join(word.upper() for word in _words(raw)), "X_")


def _words(raw: str) -> list[str]:
    """Split into words of ASCII letters or digits. A name without any is spelt by its code points."""
    said = _SIGN.sub(lambda sign: f" {_SAID[sign[0]]} ", raw.replace(_SPELT, " "))
    text = _MINUS.sub(" minus ", "".join(map(_ascii, unicodedata.normalize("NFKD", said))))
    words = [spelt or word for spelt, word in _WORD.findall(text)]
    return words or [f"u{ord(char):x}" for char in raw] or ["empty"]


def _ascii(char: str) -> str:
    """Keep ASCII, drop accents, and spell letters, digits and symbols that have no ASCII by their code point."""
    if char.isascii() or char.casefold().isascii():
        return char if char.isascii() else char.casefold()
    kind = unicodedata.category(char)
    if kind[0] in "LN" or kind == "So":
        return f"{_SPELT}u{ord(char):x}{_SPELT}"
    return "" if kind == "Mn" else " "


def _capital(word: str) -> str:
    return word[0].upper() + word[1:].lower()


def _joined(words: list[str]) -> str:
    """Join, keeping digits apart: `pixel_1_11` and `pixel_11_1` are two names."""
    joined = words[0]
    for word in words[1:]:
        joined += f"_{word}" if joined[-1].isdigit() and word[0].isdigit() else word
    return joined


def _legal(name: str, prefix: str) -> str:
    return prefix + name if name[0].isdigit() else name
