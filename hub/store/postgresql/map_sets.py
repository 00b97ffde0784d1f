"""The texts of the map sets that the hubs have used, in a piece of work."""

from __future__ import annotations

from hub.store.postgresql.work import Work
from hub.store.relational.connection import only
from hub.store.relational.map_sets import pack
from hub.store.rows import MapSetTexts

__all__ = ["MapSetWork"]


class MapSetWork(Work):
    """The part of a Transaction that keeps maps. They are written at once: a hub does it when it starts."""

    def keep_map_set(self, digest: str, texts: MapSetTexts) -> None:
        number = self._names.number("map_set", digest)
        if not only(self._ask("has_map_set_text", (number,))):
            self._do("add_map_set_text", (number, pack(texts)))
