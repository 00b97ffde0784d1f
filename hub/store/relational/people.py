"""Which Patient holds which identifiers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from hub.core.visibility import Visibility
from hub.store.relational.connection import Connection
from hub.store.relational.limits import limits

__all__ = ["Key", "find_people", "holders"]

Key = tuple[str, str]
_WITHOUT_LIMIT: Final[dict[str, str | None]] = {"people": None, "types": None, "denied": None}


def find_people(connection: Connection, visibility: Visibility, keys: Sequence[Key]) -> frozenset[str]:
    return _find(connection, keys, limits(visibility))


def holders(connection: Connection, keys: Sequence[Key]) -> frozenset[str]:
    """For the hub's own matching."""
    return _find(connection, keys, _WITHOUT_LIMIT)


def _find(connection: Connection, keys: Sequence[Key], limited: dict[str, str | None]) -> frozenset[str]:
    if not keys:
        return frozenset()
    rows = connection.execute(connection.queries["find_people"], {"pairs": json.dumps(keys), **limited})
    return frozenset(person for (person,) in rows)
