"""From archived bytes to a settlement: the same for a message that has just come, one that waited, and one that is played again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from hub.care.sharing import PERMIT_ALL
from hub.core.caller import Caller
from hub.core.ports import Clock, Ids
from hub.engine.addressee import nhs_numbers_of
from hub.engine.committed import Origin
from hub.engine.configuration import RouteConfig, SourceConfig
from hub.engine.lanes import lane_of, merges_in
from hub.engine.settlement import Answer, Settlement
from hub.engine.told import Told
from hub.engine.transform import Reading
from hub.engine.transforming import Transform
from hub.engine.wakeup import Wakeup
from hub.mapping.mapset import MapSet, MapSets
from hub.store.contract import Store

__all__ = ["Surroundings", "prepare"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all parts of one engine share. alerting: set when an incident begins or ends."""

    store: Store
    maps: MapSets
    clock: Clock
    ids: Ids
    routes: tuple[RouteConfig, ...]
    told: Told
    wakeup: Wakeup
    transform: Transform
    alerting: asyncio.Event = field(default_factory=asyncio.Event)


async def prepare(
    reading: Reading,
    digest: bytes,
    source: SourceConfig,
    around: Surroundings,
    now: datetime,
    *,
    answer: Answer | None = None,
    told: bool = False,
    ordered: bool = True,
) -> Settlement:
    """Runs the map; everything but the store's work. What is prepared together may come out of order: callers submit in theirs."""
    message = reading.message
    maps = around.maps.of(source.name)
    outcome = reading.fault if reading.fault is not None or message is None else await around.transform(message, source, digest)
    assert outcome is not None, "what cannot be read has a fault"  # noqa: S101 -- for the type checker: `read` gives one of the two
    return Settlement(
        source=source,
        origin=_origin(source, around, maps, digest, now),
        outcome=outcome,
        answer=answer,
        lane=lane_of(message, source) if message is not None else None,
        about=nhs_numbers_of(message),
        merges=merges_in(message) if message is not None else (),
        told=told,
        ordered=ordered,
    )


def _origin(source: SourceConfig, around: Surroundings, maps: MapSet, digest: bytes, now: datetime) -> Origin:
    return Origin(
        caller=Caller(client=source.name, organisation=source.organisation),
        now=now,
        digest=digest,
        scope=source.scope,
        interaction="message",
        basis=PERMIT_ALL,
        map_set=maps.digest,
        routes=around.routes,
    )
