"""The texts of the map sets that the hub has used, in a piece of work."""

from __future__ import annotations

from hub.store.relational.map_sets import pack
from hub.store.rows import MapSetTexts
from hub.store.sqlite.statements import SQL
from hub.store.sqlite.work import Work

__all__ = ["MapSetWork"]


class MapSetWork(Work):
    """The part of a Transaction that keeps maps."""

    __slots__ = ()

    def keep_map_set(self, digest: str, texts: MapSetTexts) -> None:
        number = self._names.number("map_set", digest)
        if not self._read(SQL["has_map_set_text"], (number,)).fetchone()[0]:
            self._write(SQL["add_map_set_text"], (number, pack(texts)))
