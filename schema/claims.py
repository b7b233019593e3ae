"""Who owns which GraphQL name, so that two sources that meet in one are both named when the start stops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from inference.errors import NameClash


@dataclass(slots=True)
class Claims:
    """The names taken in one place: a type's fields, an enum's values, the schema's types."""

    where: str
    """For messages: which model, and what of it."""
    _owners: dict[str, str] = field(default_factory=dict)

    def claim(self, name: str, owner: str, mend: str) -> str:
        """Take a name for an owner and return it. Raises NameClash where it is taken already."""
        other = self._owners.get(name)
        if other is not None:
            both = f"{owner} stands there twice, and would" if other == owner else f"{other} and {owner} would both"
            raise NameClash(self.where, f"{both} be {name!r} in GraphQL", mend)
        self._owners[name] = owner
        return name

    def reserve(self, names: Iterable[str], owner: str) -> None:
        """Take names that no model may have."""
        self._owners.update(dict.fromkeys(names, owner))


@dataclass(frozen=True, slots=True)
class TypeNames:
    """The type names of one model. All begin with the model's own."""

    model: str
    """The model's name, for messages."""
    prefix: str
    taken: Claims
    """By all models."""

    def take(self, suffix: str, what: str = "a type") -> str:
        """Take a type name and return it. Raises NameClash where another model, or the server itself, has it."""
        owner = f"{what} of the model {self.model!r}"
        return self.taken.claim(f"{self.prefix}{suffix}", owner, "Give one of them a graphql_name in its card.yaml")
