"""Long names to small integers: the dictionary tables."""

from __future__ import annotations

from typing import Literal, Protocol

__all__ = ["Dictionary", "Names", "Term", "Unit"]

Dictionary = Literal["type", "param", "system", "source", "destination", "map_set"]
Term = tuple[int, str, int]  # the parameter, the text, and the space that it stands in (hub.store.relational.indexing)
Unit = tuple[str, int, str]  # a code, its system, and the unit as it is written


class Names(Protocol):
    def number(self, dictionary: Dictionary, name: str) -> int:
        """Of this name; a new one where it is new."""
        ...

    def unit(self, unit: Unit) -> int:
        """The same for a unit of measure."""
        ...
