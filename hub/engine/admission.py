"""How many messages are in the engine at once, and whose turn it is for the room that is left.

    connections ─► admission ─► decode, map, the store's queue ─► answer

A place is taken before a message is looked at and given back when it is answered or put aside. Who finds no place waits, and its
connection is not read meanwhile. No source has all the places, and the places that come free go to the sources in turn, by their
`share`: a flood on one source costs the others a turn, never their place in the queue.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from hub.engine.turns import Turns

__all__ = ["Admission", "Room"]


@dataclass(frozen=True, slots=True)
class Room:
    """messages, size: in the engine at once, all sources together; size in bytes. most: messages of one source."""

    messages: int = 512
    most: int = 256
    size: int = 16 << 20


class Admission:
    """shares: the weight of each source."""

    def __init__(self, shares: Mapping[str, int], room: Room | None = None) -> None:
        self._room = room or Room()
        self._turns: Turns[tuple[int, asyncio.Future[None]]] = Turns(shares)
        self._inside: Counter[str] = Counter()
        self._messages = 0
        self._size = 0

    @asynccontextmanager
    async def place(self, source: str, size: int) -> AsyncIterator[None]:
        """A place for a message of so many bytes; waited for where there is none."""
        if len(self._turns) or not self._has_place(source) or not self._fits(size):
            await self._wait(source, size)
        else:
            self._enter(source, size)
        try:
            yield
        finally:
            self._leave(source, size)

    async def _wait(self, source: str, size: int) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turns.add(source, (size, turn))
        self._let_in()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave(source, size)  # let in and called away at the same moment
            raise

    def _let_in(self) -> None:
        while (found := self._turns.peek(self._has_place)) is not None:
            source, (size, turn) = found
            if not turn.cancelled() and not self._fits(size):
                return  # it is its turn: nobody smaller goes before it, or a large one would wait for ever
            self._turns.take(source)
            if not turn.cancelled():
                self._enter(source, size)
                turn.set_result(None)

    def _has_place(self, source: str) -> bool:
        return self._messages < self._room.messages and self._inside[source] < self._room.most

    def _fits(self, size: int) -> bool:
        """One that is larger than all the room there is goes in alone."""
        return self._size + size <= self._room.size or not self._messages

    def _enter(self, source: str, size: int) -> None:
        self._inside[source] += 1
        self._messages += 1
        self._size += size

    def _leave(self, source: str, size: int) -> None:
        self._inside[source] -= 1
        self._messages -= 1
        self._size -= size
        self._let_in()
