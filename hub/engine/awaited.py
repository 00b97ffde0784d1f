"""Senders that were told that their message is kept, and wait on their connection for what becomes of it (enhanced mode).

In memory only: a sender whose connection went waits no more, and what it would have been told is kept with the message.
"""

from __future__ import annotations

import asyncio

from hub.sdk.message import Receipt

__all__ = ["Awaited"]


class Awaited:
    def __init__(self) -> None:
        self._waiting: dict[int, list[asyncio.Future[Receipt | None]]] = {}

    def expect(self, receipt: int) -> asyncio.Future[Receipt | None]:
        """Cancelled by who waits no longer."""
        expected: asyncio.Future[Receipt | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(receipt, []).append(expected)
        expected.add_done_callback(lambda done: self._forget(receipt, done))
        return expected

    def is_awaited(self, receipt: int) -> bool:
        return receipt in self._waiting

    def tell(self, receipt: int, second: Receipt | None) -> bool:
        """second: None where nothing more is said. Whether anybody still waits for it."""
        waiting = [each for each in self._waiting.pop(receipt, []) if not each.done()]
        for each in waiting:
            each.set_result(second)
        return bool(waiting)

    def _forget(self, receipt: int, done: asyncio.Future[Receipt | None]) -> None:
        others = [each for each in self._waiting.get(receipt, []) if each is not done]
        if others:
            self._waiting[receipt] = others
        else:
            self._waiting.pop(receipt, None)
