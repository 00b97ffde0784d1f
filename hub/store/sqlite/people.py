"""Which Patient holds which identifiers, in a piece of work."""

from __future__ import annotations

from collections.abc import Sequence

from hub.core.errors import StoreError
from hub.store.relational.people import holders
from hub.store.sqlite.statements import SQL
from hub.store.sqlite.work import Work

__all__ = ["PeopleWork"]


class PeopleWork(Work):
    """The part of a Transaction that knows people by their keys."""

    __slots__ = ()

    def find_people(self, keys: Sequence[tuple[str, str]]) -> frozenset[str]:
        return holders(self._connection, keys)

    def bind_keys(self, person: str, keys: Sequence[tuple[str, str]]) -> None:
        for system, value in keys:
            key = (self._names.number("system", system), value)
            holder = self._read(SQL["holder_of_key"], key).fetchone()
            if holder is None:
                self._write(SQL["bind_key"], (*key, person))
            elif holder[0] != person:
                raise StoreError("another Patient holds this key")
