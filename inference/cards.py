"""Reads cards: card.yaml as a Card, with errors that name the key."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from inference.card import CONTRADICTION, Card
from inference.errors import CardError, nearest


def read_card(paths: Sequence[Path]) -> Card:
    """Read a model's card; where there are several, a later one's keys win.

    Raises CardError where one is no YAML, or a key or value is none of a card's.
    """
    keys: dict[str, Any] = {}
    for path in paths:
        own = _read_yaml(path)
        _validate(own, path)
        keys |= own
    return _validate(keys, paths[-1]) if paths else Card()


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        keys = yaml.load(path.read_text(encoding="utf-8"), Loader=_CardLoader)  # noqa: S506  # a SafeLoader, below
    except OSError as error:
        raise CardError(path, f"it cannot be read: {error.strerror}", "Make it a readable file") from error
    except (yaml.YAMLError, ValueError) as error:  # no text, no YAML, or a date that no calendar has
        raise CardError(path, f"it is no YAML: {' '.join(str(error).split())}", "Correct it there") from error
    if keys is None:
        return {}
    if not isinstance(keys, dict):
        raise CardError(path, "it holds no keys", "Write `description: ...` and the like, one key a line")
    return keys


def _validate(keys: dict[str, Any], path: Path) -> Card:
    try:
        return Card.model_validate(keys)
    except ValidationError as error:
        raise _explained(error, path) from error


def _explained(error: ValidationError, path: Path) -> CardError:
    """Say the first problem by its key, and how it is mended."""
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        known = _keys_at(problem["loc"][:-1])
        return CardError(
            path, f"{where}: there is no such key{nearest(str(problem['loc'][-1]), known)}", "Correct or remove it"
        )
    if problem["type"] == CONTRADICTION:
        return CardError(path, f"{where}: {problem['msg']}", "Leave one out")
    return CardError(path, f"{where}: {problem['msg']}, not {problem['input']!r}", "Correct it")


def _keys_at(location: tuple[int | str, ...]) -> list[str]:
    """Return the keys that a card has at a place: `features.age` is inside a mapping of FeatureCard."""
    model: Any = Card
    for part in location:
        if isinstance(model, type) and issubclass(model, BaseModel):
            model = model.model_fields[str(part)].annotation
        else:
            model = model.__args__[-1] if model.__args__[-1] is not Ellipsis else model.__args__[0]
    return list(model.model_fields)


class _CardLoader(yaml.SafeLoader):
    """YAML 1.2's truth values, so that a class named `no` keeps its name; a key that stands twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  # PyYAML's signature
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} cannot be a key", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


_MERGE = "tag:yaml.org,2002:merge"
"""Of the key `<<`, which puts another mapping's keys into this one."""
_BOOLEAN = "tag:yaml.org,2002:bool"
_CardLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != _BOOLEAN or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
