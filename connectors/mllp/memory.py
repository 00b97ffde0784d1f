"""How much of messages all connections of one listener hold together, whatever their senders do.

Each connection has a little of its own, so that ordinary messages never wait for anybody. What goes beyond it comes out of one
budget. While that is used up, connections are not read (TCP tells their senders); the one that has waited longest may go on to the
end of its message, so something always moves; and of those that hold much and send next to nothing, the largest are closed.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

__all__ = ["Holder", "Memory"]

OWN: Final = 8192
_READ: Final = 65_536
_LOOK: Final = 1.0  # seconds between two looks at who is slow, while somebody waits
_SLOW: Final = 4096  # bytes in that time


class Holder(Protocol):
    """A connection, as its memory knows it."""

    @property
    def held(self) -> int:
        """Bytes of what came and is not answered yet."""
        ...

    @property
    def is_receiving(self) -> bool:
        """Whether it is the sender that is waited for, and not the hub."""
        ...

    received: int  # bytes, since it was opened

    def may_read(self) -> None: ...
    def close_for_memory(self) -> None: ...


class Memory:
    """limit: bytes of the budget. One message more may be held than fits, by the one that goes on."""

    def __init__(self, limit: int, largest_message: int) -> None:
        self._limit = limit
        self._largest = largest_message
        self._beyond: dict[Holder, int] = {}  # of the budget, by holder
        self._used = 0
        self._waiting: dict[Holder, None] = {}  # the one that has waited longest first
        self._going_on: Holder | None = None
        self._received: dict[Holder, int] = {}  # at the last look
        self._look: asyncio.TimerHandle | None = None
        self.scratch = memoryview(bytearray(_READ))  # read into by all: a read is copied before the next one

    @property
    def used(self) -> int:
        return self._used

    def allowance(self, holder: Holder) -> int:
        """How many bytes it may take now."""
        if holder is self._going_on:
            return self._largest
        return max(0, OWN - holder.held) + max(0, self._limit - self._used)

    def note(self, holder: Holder) -> None:
        """What it holds has changed."""
        beyond = max(0, holder.held - OWN)
        before = self._beyond.pop(holder, 0)
        if beyond:
            self._beyond[holder] = beyond
        self._used += beyond - before
        if beyond < before:
            self._release(holder)

    def wait(self, holder: Holder) -> None:
        """It is not read until `may_read` is called."""
        self._waiting.setdefault(holder)
        self._received.pop(holder, None)
        self._let_one_go_on()
        if self._waiting and self._look is None:
            self._look = asyncio.get_running_loop().call_later(_LOOK, self._close_the_slow)

    def forget(self, holder: Holder) -> None:
        self._waiting.pop(holder, None)
        self._received.pop(holder, None)
        self._used -= self._beyond.pop(holder, 0)
        self._release(holder)

    def _release(self, holder: Holder) -> None:
        """Something was given back."""
        if holder is self._going_on:
            self._going_on = None
        self._let_in()

    def _let_in(self) -> None:
        """As many of those that wait as there is room for at one read each; the others at the next release, or the next look."""
        for _ in range(min(len(self._waiting), -(-(self._limit - self._used) // _READ))):
            self._first().may_read()
        self._let_one_go_on()

    def _first(self) -> Holder:
        first = next(iter(self._waiting))
        del self._waiting[first]
        return first

    def _let_one_go_on(self) -> None:
        if self._going_on is None and self._waiting:
            self._going_on = self._first()
            self._going_on.may_read()

    def _close_the_slow(self) -> None:
        self._look = None
        if not self._waiting:
            self._received.clear()
            return
        moving = {holder: holder.received for holder in self._beyond if holder.is_receiving and holder not in self._waiting}
        slow = [holder for holder, count in moving.items() if count - self._received.get(holder, -_SLOW) < _SLOW]
        for holder in sorted(slow, key=lambda each: self._beyond[each], reverse=True):
            if self._used > self._limit // 2:
                holder.close_for_memory()
        self._received = moving
        self._let_in()
        self._look = asyncio.get_running_loop().call_later(_LOOK, self._close_the_slow)
