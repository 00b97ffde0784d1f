"""`calder bench ingest`: a hub as it is served, real MLLP connections from a process of their own, beside what one bare loop would do.

    received      answered when the message is in the archive, while what was received before is processed behind it
    committed     answered when its effect is in the record; counted until a search finds the last observation
    bare loop     the same bytes and a receipt's row, so many to a commit as there are senders: the most that intake could do
    by hand       the bare loop, and the hand-written map, and as many rows of resources and index as the hub wrote: the most
                  that `committed` could do in one process of Python

CPU is told by the hub itself, by the clocks that the kernel keeps for its threads and transformers. What the senders take is not in it, but
they share the machine.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

from hub.cli.bench.by_hand import convert_by_hand
from hub.cli.bench.figures import Figure, Goal, Limit
from hub.cli.bench.fresh import FreshStores, contents_of
from hub.cli.bench.limits import Also, BareStore, keep_bare
from hub.cli.bench.samples import nhs_numbers, reading
from hub.cli.bench.sending import register_all
from hub.cli.bench.serving import ServedHub, served_hub
from hub.core.json import render_json

__all__ = ["Contest", "bench_ingest"]

_PEOPLE: Final = 100
_WARMING: Final = 64  # messages before the clock runs: maps are compiled at the first
_BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)  # of the readings: one second for each number
_STAGES: Final = {"intake": "main", "map": "transformers", "commit": "store-writer"}


@dataclass(frozen=True, slots=True)
class Run:
    """rates: messages a second. cpu: microseconds of each stage for a message, where they were `committed`. rows: index rows for each."""

    received: float
    committed: float
    cpu: dict[str, float]
    octets: float  # on the disk, for each Observation
    rows: int
    megabytes: float


@dataclass(slots=True)
class Contest:
    """messages: how many, of each kind."""

    stores: FreshStores
    senders: int
    messages: int
    rows: int = 0
    runs: list[Run] = field(default_factory=list)

    def run(self) -> None:
        """A hub on a fresh store, from its first message to its last."""
        with self.stores.address() as address, served_hub(self.stores.folder, address) as hub:
            register_all(hub.door("committed"), _PEOPLE)
            self._send(hub, "committed", 0, _WARMING)
            before, spent = contents_of(address), hub.thread_cpu()
            seconds = self._send(hub, "committed", _WARMING, self.messages)
            after, cpu = contents_of(address), {name: total - spent.get(name, 0.0) for name, total in hub.thread_cpu().items()}
            received = self._send(hub, "received", _WARMING + self.messages, self.messages, search=False)
            made = after - before
            self.rows = made.rows // self.messages
            self.runs.append(
                Run(
                    received=self.messages / received,
                    committed=self.messages / seconds,
                    cpu={stage: cpu.get(name, 0.0) / self.messages * 1e6 for stage, name in _STAGES.items()},
                    octets=made.octets / made.observations,
                    rows=self.rows,
                    megabytes=hub.megabytes(),
                )
            )

    def bare(self, also: Also | None = None) -> tuple[float, float]:
        """Messages a second, and CPU of one in microseconds."""
        people, cpu = nhs_numbers(_PEOPLE), time.process_time()
        kept, spent = keep_bare(
            self.stores.file(), lambda number: reading(number, people[number % _PEOPLE]), seconds=2.0, batch=self.senders, also=also
        )
        return kept / spent, (time.process_time() - cpu) / kept * 1e6

    def by_hand(self) -> tuple[float, float]:
        return self.bare(self._rows_by_hand)

    def _send(self, hub: ServedHub, door: str, first: int, messages: int, *, search: bool = True) -> float:
        """Seconds, from the first message until a search finds what the last of each sender made."""
        host, port = hub.door(door)
        numbers = map(str, (port, self.senders, first, messages, _PEOPLE))
        command = (sys.executable, "-m", "hub.cli.bench.sending", host, *numbers)
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- our own senders
        if done.returncode:
            raise AssertionError(f"the senders of the benchmark failed: {done.stderr[-500:]}")
        begun = time.perf_counter()
        for number in range(first + messages - min(self.senders, messages), first + messages) if search else ():
            while not hub.number_of_observations((_BEGIN + timedelta(seconds=number)).isoformat()):
                time.sleep(0.01)
        return float(done.stdout) + time.perf_counter() - begun

    def _rows_by_hand(self, store: BareStore, number: int, body: bytes) -> None:
        made = convert_by_hand(body)
        first = number * len(made)
        store.connection.executemany(
            "INSERT INTO version VALUES (?, ?, 1, ?)",
            [(first + place, each.full_url, render_json(each.resource)) for place, each in enumerate(made)],
        )
        store.connection.executemany(
            "INSERT INTO entry VALUES (?, ?)",
            [(hash((made[place % len(made)].full_url, place // len(made))), first + place % len(made)) for place in range(self.rows)],
        )


def bench_ingest(
    folder: Path, *, database: str | None = None, rounds: int = 3, messages: int = 1000, senders: int = 16
) -> Sequence[Figure]:
    contest = Contest(FreshStores(folder, database), senders, messages)
    bare: list[tuple[float, float]] = []
    by_hand: list[tuple[float, float]] = []
    for _ in range(rounds):
        contest.run()
        bare.append(contest.bare())
        by_hand.append(contest.by_hand())
    return _figures(contest, _medians(bare), _medians(by_hand))


def _medians(found: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return median(rate for rate, _ in found), median(cpu for _, cpu in found)


def _figures(contest: Contest, bare: tuple[float, float], by_hand: tuple[float, float]) -> Sequence[Figure]:
    loop = f"bare loop, {contest.senders} messages to a commit"
    work = f"bare loop with the map by hand and {contest.rows} index rows"

    def of(value: Callable[[Run], float]) -> float:
        return median(map(value, contest.runs))

    half = Goal(at_least=0.5)
    stages = [Figure(f"cpu_{stage}", f"of it: {stage}", median(run.cpu[stage] for run in contest.runs), "µs") for stage in _STAGES]
    return [
        Figure("acknowledged", "answered when archived", of(lambda run: run.received), "/s", Limit(loop, bare[0])),
        Figure("committed", "answered when committed, and searchable", of(lambda run: run.committed), "/s", Limit(work, by_hand[0]), half),
        Figure("cpu", "CPU of one message", of(lambda run: sum(run.cpu.values())), "µs", Limit(work, by_hand[1])),
        *stages,
        Figure("disk", "on the disk, for each Observation", of(lambda run: run.octets), "B", Limit("the goal", 400.0), Goal(at_most=1.0)),
        Figure("memory", "the hub and its transformers", of(lambda run: run.megabytes), "MB", Limit("the goal", 300.0), Goal(at_most=1.0)),
    ]
