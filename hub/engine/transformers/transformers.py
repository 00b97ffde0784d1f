"""All transformers of a hub: each message to the one that has least in hand, and a lost transformer costs nobody a message.

    waiting ──► in hand (a few to each transformer) ──► outcome
                  │ its transformer is lost
                  ├─ it was the one being run ──► again, alone, in a fresh transformer ──► lost again: Poison
                  └─ it waited behind that one ──► waiting, first in line

Callers wait for their outcome, so what waits here is bounded by what they may have in the engine at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import count, repeat
from typing import Final

from hub.codec.hl7v2 import Message
from hub.core.diagnostics import Code
from hub.core.errors import CalderError
from hub.engine.codes import TOOK_ITS_PROCESS_DOWN, TOOK_TOO_LONG
from hub.engine.configuration import SourceConfig
from hub.engine.events import TransformerFailed, TransformerLost, emit
from hub.engine.transform import Outcome, Poison, poison
from hub.engine.transformers.frames import Done, Job, Setup, outcome_of
from hub.engine.transformers.transformer import Transformer

__all__ = ["Transformers", "TransformersFailed"]

_IN_HAND: Final = 4  # to each: enough that it never waits for the hub, few enough to run again when it is lost
_PAUSES: Final = (0.0, 1.0, 5.0, 30.0)  # seconds before one is started again that ended before it was ready


class TransformersFailed(CalderError):
    """None can be started: maps would run nowhere."""


@dataclass(slots=True, eq=False)
class _Wanted:
    """A job, and who waits for it. lost: how often its transformer went while it ran."""

    job: Job
    outcome: asyncio.Future[Outcome]
    lost: int = 0


class Transformers:
    """hub.engine.transforming.Transform, once started. limit: what one message may take."""

    def __init__(self, command: Sequence[str], setup: Setup, *, number: int, limit: timedelta) -> None:
        self._command = command
        self._setup = setup
        self._number = number
        self._limit = limit.total_seconds()
        self._numbers = count(1)
        self._wanted: dict[int, _Wanted] = {}  # in hand
        self._waiting: deque[_Wanted] = deque()
        self._alone: deque[_Wanted] = deque()  # for fresh transformers
        self._working: list[Transformer] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        """Until each is ready. Raises TransformersFailed."""
        started = await asyncio.gather(*(self._start() for _ in range(self._number)))
        self._working = [each for each in started if isinstance(each, Transformer)]
        failed = [each for each in started if isinstance(each, str)]
        if failed:
            await self.stop()
            raise TransformersFailed(f"a transformer cannot start: {failed[0]}")
        self._begin(self._watch())

    async def stop(self) -> None:
        """Nobody may be waiting for an outcome any more."""
        self._stopping.set()
        await asyncio.gather(*self._tasks)
        await asyncio.gather(*(each.stop() for each in self._working))
        self._working = []

    async def __call__(self, message: Message, source: SourceConfig, digest: bytes) -> Outcome:
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Wanted(Job(next(self._numbers), source.name, digest, message.raw), outcome))
        self._hand_out()
        return await outcome

    # --- who gets what

    def _hand_out(self) -> None:
        for each in self._working:
            if self._alone and each.is_fresh and not each.is_gone:
                self._give(each, self._alone.popleft())
        while self._waiting:
            free = min((each for each in self._working if self._takes_more(each)), key=lambda each: len(each.jobs), default=None)
            if free is None:
                return
            wanted = self._waiting.popleft()
            if not wanted.outcome.cancelled():
                self._give(free, wanted)

    def _takes_more(self, transformer: Transformer) -> bool:
        """One that runs a message alone has nothing else until it is done; one that is gone gets nothing."""
        if transformer.is_gone or len(transformer.jobs) >= _IN_HAND:
            return False
        return not (transformer.jobs and self._wanted[transformer.jobs[0]].lost)

    def _give(self, transformer: Transformer, wanted: _Wanted) -> None:
        self._wanted[wanted.job.number] = wanted
        transformer.give(wanted.job)

    def _done(self, done: Done) -> None:
        wanted = self._wanted.pop(done.number)
        if not wanted.outcome.done():
            wanted.outcome.set_result(_read(done))
        self._hand_out()

    # --- what follows when one is lost

    def _lost(self, transformer: Transformer) -> None:
        if self._stopping.is_set() or transformer not in self._working:
            return
        self._working.remove(transformer)
        emit(TransformerLost(transformer.cause or "", len(transformer.jobs)))
        in_hand = [self._wanted.pop(number) for number in transformer.jobs]
        self._waiting.extendleft(reversed(in_hand[1:]))
        for first in in_hand[:1]:
            first.lost += 1
            if first.lost == 1:
                self._alone.append(first)
            elif not first.outcome.done():
                first.outcome.set_result(_poison(transformer))
        self._begin(self._replace())
        self._hand_out()

    async def _replace(self) -> None:
        """Tried until it works: meanwhile messages wait for the others, or for this one."""
        for pause in _longer():
            if await self._stops_within(pause):
                return
            fresh = await self._start()
            if isinstance(fresh, Transformer):
                self._working.append(fresh)
                self._hand_out()
                return
            emit(TransformerFailed(fresh))

    async def _start(self) -> Transformer | str:
        """Ready, or why it cannot be."""
        try:
            fresh = Transformer(self._command, self._done, self._lost)
        except OSError as error:
            return type(error).__name__
        await fresh.start(self._setup)
        return fresh if fresh.cause is None else fresh.cause

    async def _watch(self) -> None:
        """Kills what has been at one message for too long. Time in which the hub itself stood still counts once only: answers may be
        there that it has not read.
        """
        loop = asyncio.get_running_loop()
        pause = self._limit / 8
        now = loop.time()
        while not await self._stops_within(pause):
            before, now = now, loop.time()
            stood_still = max(0.0, now - before - 2 * pause)
            for each in self._working:
                each.since += stood_still
                if each.jobs and now - each.since > self._limit:
                    each.kill(_TOO_LONG)

    async def _stops_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()

    def _begin(self, what: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


_TOO_LONG: Final = "it took longer than `transform_limit`"


def _read(done: Done) -> Outcome:
    """An outcome that cannot be read (software that was replaced beneath a running hub) is a fault of ours: nobody waits for ever."""
    try:
        return outcome_of(done.outcome)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it says nothing of the message
        return poison(error)


def _poison(transformer: Transformer) -> Poison:
    code: Code = TOOK_TOO_LONG if transformer.cause == _TOO_LONG else TOOK_ITS_PROCESS_DOWN
    return Poison(transformer.cause or "", code)


def _longer() -> Iterator[float]:
    yield from _PAUSES
    yield from repeat(_PAUSES[-1])
