"""The engine of one hub: both doors to the record, and everything that runs behind them.

start: transformers, recover the store, take up what was left pending, deliveries, then the sources
stop:  the sources first (what they have taken is answered), then the backlog, then deliveries
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from hub.core.caller import Caller
from hub.core.errors import StoreClosed, StoreError
from hub.core.ports import Clock, Ids
from hub.core.visibility import Visibility
from hub.engine.admission import Admission
from hub.engine.applying import Applied, apply_changes
from hub.engine.author import Author
from hub.engine.backlog import Backlog
from hub.engine.change import Change
from hub.engine.configuration import DestinationConfig, Retention, RouteConfig, SourceConfig
from hub.engine.dead_letters import Decided, discard_delivery, revive_delivery
from hub.engine.delivery import DeliveryWorker
from hub.engine.events import SourceStarted, WorkerFailed, emit
from hub.engine.intake import Intake
from hub.engine.map_sets import KeptMapSets
from hub.engine.pending import Pending, source_of
from hub.engine.preparing import Surroundings
from hub.engine.releasing import Correction, Mended, discard, find_message, release, resubmit
from hub.engine.rendering import find_map
from hub.engine.replaying import Rehearsal, rehearse, replay
from hub.engine.retention import RetentionWorker
from hub.engine.settlement import Settled
from hub.engine.told import Told
from hub.engine.transformers.transformers import Transformers
from hub.engine.transforming import InProcess
from hub.engine.wakeup import Wakeup
from hub.mapping.mapset import MapSet, MapSets
from hub.sdk.connector import Destination, Source
from hub.store.contract import Store
from hub.store.rows import IncidentKind, Receipt

__all__ = ["Engine"]

_SYSTEM = Visibility.system("recovery")
_LOOK = 5.0  # seconds between two looks at what other hubs may have left


class Engine:
    """Built by `hub.app`. Its doors work from the first moment; `start` brings the connectors to life."""

    def __init__(
        self,
        *,
        store: Store,
        maps: MapSets | MapSet,
        clock: Clock,
        ids: Ids,
        sources: Sequence[SourceConfig] = (),
        destinations: Sequence[DestinationConfig] = (),
        routes: Sequence[RouteConfig] = (),
        retention: Retention | None = None,
        transformers: Transformers | None = None,
    ) -> None:
        """transformers: for these maps and sources; None: maps run in this process."""
        sets = maps if isinstance(maps, MapSets) else MapSets(maps)
        self._around = Surroundings(store, sets, clock, ids, tuple(routes), Told(store), Wakeup(), transformers or InProcess(sets))
        self._sources = {source.name: source for source in sources}
        self._destinations = {destination.name: destination for destination in destinations}
        self._pending = Pending(self._sources, self._around, self._stop_source)
        self._backlog = Backlog(store, self._pending)
        admission = Admission({source.name: source.share for source in sources})
        self._intakes = {source.name: Intake(source, self._around, admission, self._backlog.wake) for source in sources}
        self._kept = KeptMapSets(store, sets.site.program.functions)
        self._listening: dict[str, Source] = {}
        self._workers: list[DeliveryWorker] = []
        self._transformers = transformers
        self._watch: asyncio.Task[None] | None = None
        self._retention = RetentionWorker(store, retention or Retention(), clock)

    # --- the doors

    def intake(self, source: str) -> Intake:
        """For the connector of this source. KeyError for a source that is not configured."""
        return self._intakes[source]

    async def apply(
        self, changes: Sequence[Change], *, caller: Caller, interaction: str, body: bytes, media_type: str = "application/fhir+json"
    ) -> Sequence[Applied]:
        """All of it or none, durable when it returns; one Applied for each change. Raises ChangeRefused, VersionConflict, StoreBusy."""
        return await apply_changes(changes, self._around, caller=caller, interaction=interaction, body=body, media_type=media_type)

    # --- what a person does with messages

    async def release(self, receipt: int, by: Author, *, maps: MapSet | None = None) -> Mended:
        """Run a parked message again, then what waited behind it."""
        return await release(receipt, self._around, self._pending, by, maps=await self._keep(maps))

    async def discard(self, receipt: int, by: Author) -> Mended:
        """Put a parked message aside for good; what waited behind it goes on."""
        return await discard(receipt, self._around, self._pending, by)

    async def revive_delivery(self, delivery: int, by: Author) -> Decided:
        """A dead letter is due again."""
        return await revive_delivery(delivery, self._around, by)

    async def discard_delivery(self, delivery: int, by: Author) -> Decided:
        """A dead letter is put aside for good."""
        return await discard_delivery(delivery, self._around, by)

    async def resubmit(self, correction: Correction) -> Mended:
        """A corrected message in the place of another."""
        await self._keep(correction.maps)
        source = self._source_of(await find_message(correction.of, self._around))
        return await resubmit(correction, self._around, self._pending, source)

    async def replay(self, receipt: int, by: Author, *, maps: MapSet | None = None) -> Settled:
        """Play a message again: with today's maps, or with those that are given."""
        source = self._source_of(await find_message(receipt, self._around))
        await self._keep(maps or self._around.maps.of(source.name))
        return await replay(receipt, self._around, source, by, maps=maps)

    async def rehearse(self, receipt: int, *, maps: MapSet | None = None) -> Rehearsal:
        """What playing it again would change; nothing is done."""
        return await rehearse(receipt, self._around, self._source_of(await find_message(receipt, self._around)), maps=maps)

    def _source_of(self, receipt: Receipt) -> SourceConfig:
        name = source_of(receipt)
        if name not in self._sources:
            raise StoreError(f"message {receipt.id} is of the source {name}, which is not configured here: name its hub.yaml with --config")
        return self._sources[name]

    async def _keep(self, maps: MapSet | None) -> MapSet | None:
        if maps is not None:
            await self._kept.keep(maps)
        return maps

    async def pinned_maps(self, digest: str) -> MapSet:
        """The maps of the day on which a message came. StoreError where they are not kept."""
        return await self._kept.get(digest)

    # --- life

    def missing_maps(self) -> tuple[str, ...]:
        """Maps that routes name and the map set does not have; told at start, not at the first delivery."""
        return tuple(sorted({each.map for each in self._around.routes if find_map(self._around.maps.site, each.map) is None}))

    async def start(
        self, listeners: Mapping[str, Source] | None = None, receivers: Mapping[str, Destination] | None = None
    ) -> dict[str, str]:
        """Connectors by the name of their source or destination. Gives each source's address. Raises OSError where one cannot listen."""
        for each in self._around.maps.every:
            await self._kept.keep(each)
        if self._transformers is not None:
            await self._transformers.start()
        await self._recover()
        self._watch = asyncio.create_task(self._look_after_others())
        self._backlog.start()
        self._retention.start()
        for name, receiver in (receivers or {}).items():
            worker = DeliveryWorker(self._destinations[name], receiver, self._around)
            worker.start()
            self._workers.append(worker)
        addresses: dict[str, str] = {}
        for name, listener in (listeners or {}).items():
            addresses[name] = await listener.start(self._intakes[name])
            self._listening[name] = listener
            emit(SourceStarted(name, addresses[name]))
        return addresses

    async def stop(self) -> None:
        """Safe to call when `start` failed halfway. The store is the caller's to close, afterwards."""
        for listener in self._listening.values():
            await listener.stop()
        self._listening.clear()
        await self._retention.stop()
        await self._backlog.stop()
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        for worker in self._workers:
            await worker.stop()
        self._workers.clear()
        if self._transformers is not None:
            await self._transformers.stop()
        await self._around.told.flush()

    async def drain(self) -> None:
        """Until everything that was answered when received is processed."""
        await self._backlog.drain()

    async def _recover(self) -> None:
        """Deliveries that were on their way may have arrived; pending messages are taken up in order."""
        store, now = self._around.store, self._around.clock.now()
        await store.recover(now, self._may_repeat)
        await store.adopt()
        await store.submit(lambda tx: [tx.close_incident(IncidentKind.SOURCE, name, now) for name in self._sources])
        await self._go_on()

    async def _go_on(self) -> None:
        """Lanes in which nothing parked stands first: whoever was working them off did not come to the end."""
        for lane in await self._around.store.free_lanes(_SYSTEM):
            await self._pending.work_off(lane)

    async def _look_after_others(self) -> None:
        """What another hub, or a command, had in hand when it went."""
        while True:
            await asyncio.sleep(_LOOK)
            try:
                if await self._around.store.recover(self._around.clock.now(), self._may_repeat):
                    self._around.wakeup.wake(frozenset(self._destinations))
                if await self._around.store.adopt():
                    self._backlog.begin_again()
                await self._go_on()
            except StoreClosed:
                return
            except StoreError as error:
                emit(WorkerFailed("recovery", type(error).__name__))

    def _may_repeat(self, destination: str) -> bool:
        config = self._destinations.get(destination)
        return config is not None and config.idempotent

    async def _stop_source(self, source: str, fault: str) -> None:
        await self._intakes[source].stop(fault)
