"""The map sets that the hub has used: their texts go into the store when a set is first used, and the set comes back from there.

So a message can be explained, and played again, with the maps of its day.
"""

from __future__ import annotations

from typing import Final

from hub.core.errors import StoreError
from hub.core.visibility import Visibility
from hub.mapping.mapset import MapSet, load
from hub.mapping.registry import Registry
from hub.store.contract import Store
from hub.store.rows import MapSetTexts

__all__ = ["KeptMapSets"]

_SYSTEM = Visibility.system("map sets")
_MOST: Final = 8  # sets that are kept compiled


class KeptMapSets:
    """functions: those that maps may name; they are the software's, and come with its version."""

    def __init__(self, store: Store, functions: Registry) -> None:
        self._store = store
        self._functions = functions
        self._loaded: dict[str, MapSet] = {}

    async def keep(self, maps: MapSet) -> None:
        """Durable when it returns; does nothing for a set that is kept."""
        texts = MapSetTexts(maps.texts.maps, maps.texts.tables)
        if maps.digest not in await self._store.map_sets(_SYSTEM):
            await self._store.submit(lambda tx: tx.keep_map_set(maps.digest, texts))

    async def find(self, beginning: str) -> str:
        """The whole digest of the one kept set that begins so."""
        found = [digest for digest in await self._store.map_sets(_SYSTEM) if digest.startswith(beginning.lower())]
        if len(found) != 1:
            raise StoreError(f"{len(found)} map sets that are kept begin with {beginning[:64]}" if found else "no such map set is kept")
        return found[0]

    async def get(self, digest: str) -> MapSet:
        """StoreError for one that is not kept, or whose texts are not those of its digest any more."""
        known = self._loaded.get(digest)
        if known is None:
            known = await self._load(digest)
            if len(self._loaded) >= _MOST:
                self._loaded.clear()
            self._loaded[digest] = known
        return known

    async def _load(self, digest: str) -> MapSet:
        texts = await self._store.map_set_texts(_SYSTEM, digest)
        if texts is None:
            raise StoreError("the maps of that day are not kept: this hub began to keep them later")
        maps = load(texts.maps, texts.tables, self._functions)
        if maps.digest != digest:
            raise StoreError("the texts of the map set are not those that its digest is of")
        return maps
