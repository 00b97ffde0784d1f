"""Messages, as a piece of work keeps them."""

from __future__ import annotations

from collections.abc import Sequence

from hub.core.errors import StoreError
from hub.core.lifecycle import MESSAGE_MOVES, AckOutcome, MessageState
from hub.store.relational.packing import unpack
from hub.store.relational.receipts import to_receipt
from hub.store.relational.receiving import HeldReceipt, may_be_noted
from hub.store.rows import Arrival, Receipt
from hub.store.sqlite.lanes import LaneWork
from hub.store.sqlite.statements import SQL

__all__ = ["ReceiptWork"]


class ReceiptWork(LaneWork):
    """The part of a Transaction that keeps messages."""

    __slots__ = ()

    def archive(self, arrival: Arrival) -> int:
        receipt = self._next_receipt()
        self._held[receipt] = HeldReceipt(receipt, self._names.number("source", arrival.source), arrival)
        return receipt

    def find_receipt(self, source: str, control_id: str) -> Receipt | None:
        row = self._read_messages(SQL["find_receipt"], (source, control_id)).fetchone()
        return None if row is None else to_receipt(row)

    def get_receipt(self, receipt: int) -> Receipt:
        row = self._read_messages(SQL["get_receipt"], (receipt,)).fetchone()
        if row is None:
            raise StoreError("there is no such receipt")
        return to_receipt(row)

    def body_of(self, receipt: int) -> bytes:
        row = self._read_messages(SQL["body_of"], (receipt,)).fetchone()
        if row is None:
            raise StoreError("there is no such receipt, or its body has been pruned")
        return unpack(self._connection, *row)

    def move(self, receipt: int, state: MessageState, *, reason: str | None = None) -> None:
        held = self._held.get(receipt)
        before = self._state_of(receipt) if held is None else held.state
        if state not in MESSAGE_MOVES[before]:
            raise StoreError(f"a message that is {before} cannot become {state}")
        if held is None:
            self._write(SQL["move_receipt"], (state.value, reason, receipt))
        else:
            held.state, held.reason = state, reason

    def conclude(
        self,
        receipt: int,
        *,
        answer: bytes | None = None,
        ack_code: str | None = None,
        ack_outcome: AckOutcome | None = None,
        map_set: str | None = None,
        person: str | None = None,
        lane: str | None = None,
    ) -> None:
        maps = None if map_set is None else self._names.number("map_set", map_set)
        lane = None if lane is None else self._joined(lane)
        held = self._held.get(receipt)
        if held is not None:
            held.conclude(answer=answer, ack_code=ack_code, ack_outcome=ack_outcome, map_set=maps, person=person, lane=lane)
            return
        known = (answer, ack_code, ack_outcome, maps, person, lane)
        if not may_be_noted(ack_outcome) or not self._write(SQL["conclude_receipt"], (*known, receipt, ack_outcome, ack_outcome)).rowcount:
            raise StoreError("there is no such receipt, or its answer cannot become this")

    def in_hand(self, after: int, limit: int) -> Sequence[int]:
        """Not of the contract's Transaction: `Store.in_hand` submits it."""
        return [number for (number,) in self._read(SQL["in_hand"], {"after": after, "limit": limit})]

    def adopt(self) -> int:
        """Not of the contract's Transaction. There is nobody to take over from: all that is pending is in the hands of the one writer."""
        return 0

    def _state_of(self, receipt: int) -> MessageState:
        row = self._read_messages(SQL["state_of_receipt"], (receipt,)).fetchone()
        if row is None:
            raise StoreError("there is no such receipt")
        return MessageState(row[0])
