"""Puts named fragments together. Text comes from sql/search.sql only; every value is bound, never spelt."""

from __future__ import annotations

from collections.abc import Iterable

from hub.store.relational.connection import Connection

__all__ = ["Assembly", "Sql"]


class Sql(str):
    """Text that came out of a fragment; a plain str is a value."""

    __slots__ = ()


class Assembly:
    """One statement in the making, with its bound values. The same search gives the same text, so it is compiled once."""

    def __init__(self, connection: Connection, values: dict[str, str | None]) -> None:
        self._queries, self._placeholder = connection.queries, connection.placeholder
        self.values: dict[str, object] = dict(values)

    def say(self, fragment: str, **parts: object) -> Sql:
        """The fragment with its parts: Sql stands as it is, anything else is bound."""
        return Sql(self._queries[fragment].format(**{name: self._part(part) for name, part in parts.items()}))

    def any_of(self, alternatives: Iterable[Sql]) -> Sql:
        """One of them holds; none of none."""
        return Sql("(" + (" OR ".join(f"({alternative})" for alternative in alternatives) or "FALSE") + ")")

    def all_of(self, conditions: Iterable[Sql]) -> Sql:
        """As the rest of a WHERE that has begun."""
        return Sql("".join(f" AND {condition}" for condition in conditions))

    def union_of(self, selections: Iterable[Sql]) -> Sql:
        """The rows that any of them gives, each once."""
        return Sql(" UNION ".join(selections))

    def _part(self, part: object) -> str:
        if isinstance(part, Sql):
            return part
        name = f"v{len(self.values)}"
        self.values[name] = part
        return self._placeholder.format(name)
