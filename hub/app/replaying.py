"""Playing archived messages again: an embedded store is this process's for as long as it takes, on PostgreSQL it is one hub more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from hub.app.operator import as_operator
from hub.app.running import Hub, open_hub
from hub.core.errors import StoreError
from hub.engine.author import Author
from hub.engine.pending import source_of
from hub.engine.replaying import Rehearsal
from hub.engine.settlement import Settled
from hub.mapping.mapset import MapSet
from hub.settings.model import HubSettings
from hub.store.rows import Receipt

__all__ = ["Player", "player"]


@dataclass(frozen=True, slots=True)
class Player:
    """pinned: with the maps of the message's day. candidate: with these. Neither: with today's of its source."""

    hub: Hub
    pinned: bool = False
    candidate: MapSet | None = None

    async def replay(self, number: int, *, author: str, reason: str) -> Settled:
        receipt = await self._find(number)
        maps = await self._maps(receipt)
        return await self.hub.engine.replay(number, Author(author, reason), maps=maps)

    async def rehearse(self, number: int) -> Rehearsal:
        receipt = await self._find(number)
        return await self.hub.engine.rehearse(number, maps=await self._maps(receipt))

    async def check(self, numbers: Sequence[int]) -> None:
        """Before anything is done: each is there, and can be played. Raises StoreError for the first that cannot."""
        for number in numbers:
            receipt = await self._find(number)
            self._source(receipt)
            await self._maps(receipt)

    async def _find(self, number: int) -> Receipt:
        receipt = await self.hub.store.receipt(as_operator("messages replay"), number)
        if receipt is None:
            raise StoreError(f"there is no message {number}")
        return receipt

    def _source(self, receipt: Receipt) -> str:
        name = source_of(receipt)
        if name not in {source.config.name for source in self.hub.settings.sources}:
            raise StoreError(f"message {receipt.id} is of the source {name}, which is not configured here: name its hub.yaml with --config")
        return name

    async def _maps(self, receipt: Receipt) -> MapSet | None:
        if not self.pinned:
            return self.candidate
        if receipt.map_set is None:
            raise StoreError(f"message {receipt.id} was not converted: there are no maps of its day")
        return await self.hub.engine.pinned_maps(receipt.map_set)


@asynccontextmanager
async def player(settings: HubSettings, *, pinned: bool = False, candidate: MapSet | None = None) -> AsyncIterator[Player]:
    """Raises StoreError where a hub runs on an embedded store."""
    hub = open_hub(replace(settings, transformers=0))
    try:
        yield Player(hub, pinned, candidate)
    finally:
        await hub.stop()
