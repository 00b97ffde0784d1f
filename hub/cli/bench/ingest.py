"""`calder bench ingest`: durable intake on a fresh store of either kind, beside what SQLite alone would do with the same messages.

Many senders at once, each waiting for its answer before it sends again, as MLLP connections do; no network, since the limit has none.

    received      the answer is given when the message is in the archive; nothing is processed meanwhile
    busy          the same, while what was received before is processed behind it, in the same process
    committed     the answer is given when its effect is in the record
    bare loop     the same bytes and a receipt's row, so many to a commit as there are senders: the most that intake could do
    by hand       the bare loop, and the hand-written map, and as many rows of resources and index as the hub wrote: the most
                  that `committed` could do in one process of Python
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from hub.app.installed import load_maps
from hub.app.stores import open_store
from hub.app.surroundings import RandomIds, SystemClock
from hub.cli.bench.by_hand import convert_by_hand
from hub.cli.bench.figures import Figure, Goal, Limit
from hub.cli.bench.fresh import FreshStores, index_rows
from hub.cli.bench.limits import Also, BareStore, keep_bare
from hub.cli.bench.samples import nhs_numbers, reading, registration
from hub.core.json import render_json
from hub.engine.configuration import Acknowledge, SourceConfig
from hub.engine.supervisor import Engine
from hub.mapping.mapset import MapSet
from hub.sdk import Intake, Message, Outcome

__all__ = ["Contest", "bench_ingest"]

_PEOPLE = nhs_numbers(100)


def _message(number: int) -> bytes:
    return reading(number, _PEOPLE[number % len(_PEOPLE)])


@dataclass(frozen=True, slots=True)
class Pace:
    """Messages a second, and the CPU of the whole process for one, which a busy machine blurs less."""

    rate: float
    microseconds: float


@dataclass(slots=True)
class Contest:
    """entries: index rows for each message, as counted in the hub's store of the last `committed` round."""

    stores: FreshStores
    maps: MapSet
    senders: int
    seconds: float
    entries: int = 0

    async def received(self) -> Pace:
        return await self._hub(Acknowledge.RECEIVED, processing=False)

    async def busy(self) -> Pace:
        return await self._hub(Acknowledge.RECEIVED)

    async def committed(self) -> Pace:
        return await self._hub(Acknowledge.COMMITTED)

    async def bare(self) -> Pace:
        return self._bare()

    async def by_hand(self) -> Pace:
        return self._bare(self._rows_by_hand)

    async def _hub(self, acknowledge: Acknowledge, *, processing: bool = True) -> Pace:
        """Without processing the engine is not started: its doors are open, and nothing runs behind them."""
        with self.stores.address() as address:
            return await self._on(address, acknowledge, processing=processing)

    async def _on(self, address: str, acknowledge: Acknowledge, *, processing: bool) -> Pace:
        store = open_store(address)
        feed, gateway = SourceConfig("pas"), SourceConfig("gateway", acknowledge=acknowledge)
        engine = Engine(store=store, maps=self.maps, clock=SystemClock(), ids=RandomIds(), sources=[feed, gateway])
        try:
            if processing:
                await engine.start()
            for number, person in enumerate(_PEOPLE):
                await _send(engine.intake("pas"), registration(number, person))
            await _send(engine.intake("gateway"), _message(0))  # compiles the map
            before, cpu = index_rows(address), process_time()
            answered, spent = await _send_for(engine.intake("gateway"), self.senders, self.seconds)
            cpu = process_time() - cpu
            if acknowledge is Acknowledge.COMMITTED:
                self.entries = (index_rows(address) - before) // answered
        finally:
            await engine.stop()
            await store.close()
        return Pace(answered / spent, cpu / answered * 1e6)

    def _bare(self, also: Also | None = None) -> Pace:
        cpu = process_time()
        kept, spent = keep_bare(self.stores.file(), _message, seconds=self.seconds, batch=self.senders, also=also)
        return Pace(kept / spent, (process_time() - cpu) / kept * 1e6)

    def _rows_by_hand(self, store: BareStore, number: int, body: bytes) -> None:
        made = convert_by_hand(body)
        first = number * len(made)
        store.connection.executemany(
            "INSERT INTO version VALUES (?, ?, 1, ?)",
            [(first + place, each.full_url, render_json(each.resource)) for place, each in enumerate(made)],
        )
        store.connection.executemany(
            "INSERT INTO entry VALUES (?, ?, ?)",
            [(place // len(made), made[place % len(made)].full_url, first + place % len(made)) for place in range(self.entries)],
        )


async def _send(intake: Intake, body: bytes) -> None:
    receipt = await intake(Message(body))
    if receipt.outcome is not Outcome.ACCEPTED:
        raise AssertionError("the hub did not take a message of the benchmark: its figures would say nothing")


async def _send_for(intake: Intake, senders: int, seconds: float) -> tuple[int, float]:
    """How many were answered, and in how long."""
    numbers = count(1)
    answered = 0
    begun = perf_counter()

    async def sender() -> None:
        nonlocal answered
        while perf_counter() - begun < seconds:
            await _send(intake, _message(next(numbers)))
            answered += 1

    await asyncio.gather(*(sender() for _ in range(senders)))
    return answered, perf_counter() - begun


async def _paces(contestants: Sequence[Callable[[], Awaitable[Pace]]], rounds: int) -> list[Pace]:
    """In turn; the medians of the rounds."""
    found = [[await contestant() for contestant in contestants] for _ in range(rounds)]
    return [Pace(median(pace.rate for pace in each), median(pace.microseconds for pace in each)) for each in zip(*found, strict=True)]


def bench_ingest(
    folder: Path, *, database: str | None = None, rounds: int = 3, seconds: float = 2.0, senders: int = 64
) -> Sequence[Figure]:
    contest = Contest(FreshStores(folder, database), load_maps(), senders, seconds)
    received, bare, busy, committed, by_hand = asyncio.run(
        _paces([contest.received, contest.bare, contest.busy, contest.committed, contest.by_hand], rounds)
    )
    half = Goal(at_least=0.5)
    loop = f"bare loop, {senders} messages to a commit"
    work = f"bare loop with the map by hand and {contest.entries} index rows"
    return [
        Figure("intake_received", "intake, answered when archived", received.rate, "/s", Limit(loop, bare.rate), half),
        Figure("intake_received_cpu", "CPU of one message", received.microseconds, "µs", Limit(loop, bare.microseconds)),
        Figure(
            "intake_busy", "the same, others processed behind it", busy.rate, "/s", Limit("answered, and nothing processed", received.rate)
        ),
        Figure("intake_committed", "intake, answered when in the record", committed.rate, "/s", Limit(loop, bare.rate)),
        Figure("intake_committed_work", "the same, beside the same work by hand", committed.rate, "/s", Limit(work, by_hand.rate), half),
        Figure("intake_committed_cpu", "CPU of one message", committed.microseconds, "µs", Limit(work, by_hand.microseconds)),
    ]
