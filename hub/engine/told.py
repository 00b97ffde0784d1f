"""The second leg: whether the answer reached the sender. A fact of its own, noted after the message's state and never with it.

Notes are gathered and written together. One that is lost in a crash leaves "pending": the truth, since nobody knows.
"""

from __future__ import annotations

import asyncio

from hub.core.errors import StoreError
from hub.core.lifecycle import AckOutcome
from hub.engine.events import AnswerNotKept, emit
from hub.store.contract import Store, Transaction

__all__ = ["Told"]

_GATHER = 0.2  # seconds: under load one write for hundreds of answers


class Told:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._notes: dict[int, AckOutcome] = {}
        self._seconds: dict[int, AckOutcome] = {}  # application acknowledgements that follow an accept acknowledgement
        self._writing: asyncio.Task[None] | None = None

    def note(self, receipt: int, written: bool) -> None:
        self._notes[receipt] = AckOutcome.DELIVERED if written else AckOutcome.UNDELIVERED
        self._write_later()

    def note_second(self, receipt: int, written: bool) -> None:
        self._seconds[receipt] = AckOutcome.DELIVERED if written else AckOutcome.UNDELIVERED
        self._write_later()

    def _write_later(self) -> None:
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_soon())

    async def flush(self) -> None:
        """Write what there is; before the store is closed."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
            self._writing = None
        await self._write()

    async def _write_soon(self) -> None:
        await asyncio.sleep(_GATHER)
        self._writing = None
        await self._write()

    async def _write(self) -> None:
        notes, self._notes = self._notes, {}
        seconds, self._seconds = self._seconds, {}
        if not notes and not seconds:
            return

        def work(tx: Transaction) -> None:
            for receipt, outcome in notes.items():
                tx.conclude(receipt, ack_outcome=outcome)
            for receipt, outcome in seconds.items():
                tx.note_application(receipt, outcome)

        try:
            await self._store.submit(work)
        except StoreError:
            emit(AnswerNotKept(len(notes) + len(seconds)))
