"""Long names to small integers: the dictionary tables."""

from __future__ import annotations

from typing import Literal, Protocol

__all__ = ["Dictionary", "Names"]

Dictionary = Literal["type", "param", "system", "source", "destination", "map_set"]


class Names(Protocol):
    def number(self, dictionary: Dictionary, name: str) -> int:
        """Of this name; a new one where it is new."""
        ...
