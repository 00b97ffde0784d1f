"""Which Patient holds which identifiers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from hub.core.errors import StoreError
from hub.core.visibility import Visibility
from hub.store.sqlite.limits import limits
from hub.store.sqlite.statements import SQL
from hub.store.sqlite.work import Work

__all__ = ["PeopleWork", "find_people"]

_WITHOUT_LIMIT: Final[dict[str, str | None]] = {"people": None, "types": None, "denied": None}


class PeopleWork(Work):
    """The part of a Transaction that knows people by their keys."""

    __slots__ = ()

    def find_people(self, keys: Sequence[tuple[str, str]]) -> frozenset[str]:
        return _find(self._connection, keys, _WITHOUT_LIMIT)

    def bind_keys(self, person: str, keys: Sequence[tuple[str, str]]) -> None:
        for system, value in keys:
            key = (self._names.number("system", system), value)
            holder = self._read(SQL["holder_of_key"], key).fetchone()
            if holder is None:
                self._write(SQL["bind_key"], (*key, person))
            elif holder[0] != person:
                raise StoreError("another Patient holds this key")


def find_people(connection: sqlite3.Connection, visibility: Visibility, keys: Sequence[tuple[str, str]]) -> frozenset[str]:
    return _find(connection, keys, limits(visibility))


def _find(connection: sqlite3.Connection, keys: Sequence[tuple[str, str]], limited: dict[str, str | None]) -> frozenset[str]:
    if not keys:
        return frozenset()
    rows = connection.execute(SQL["find_people"], {"keys": json.dumps(keys), **limited})
    return frozenset(person for (person,) in rows)
