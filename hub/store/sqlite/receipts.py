"""Messages, as a piece of work keeps them."""

from __future__ import annotations

from collections.abc import Sequence

from hub.core.errors import StoreError
from hub.core.lifecycle import MESSAGE_MOVES, AckOutcome, MessageState
from hub.store.relational.packing import unpack
from hub.store.relational.receipts import to_receipt
from hub.store.relational.receiving import HeldReceipt, may_be_noted
from hub.store.rows import Arrival, Receipt
from hub.store.sqlite.statements import SQL
from hub.store.sqlite.work import Work

__all__ = ["ReceiptWork"]


class ReceiptWork(Work):
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
        held = self._held.get(receipt)
        if held is not None:
            held.conclude(answer=answer, ack_code=ack_code, ack_outcome=ack_outcome, map_set=maps, person=person, lane=lane)
            return
        known = (answer, ack_code, ack_outcome, maps, person, lane)
        if not may_be_noted(ack_outcome) or not self._write(SQL["conclude_receipt"], (*known, receipt, ack_outcome, ack_outcome)).rowcount:
            raise StoreError("there is no such receipt, or its answer cannot become this")

    def lane_is_blocked(self, lane: str) -> bool:
        # Asked for every message, so those of this work are looked at where they are held.
        if any(held.holds == lane for held in self._held.values()):
            return True
        return bool(self._read(SQL["lane_is_blocked"], (lane,)).fetchone()[0])

    def release_order(self, lane: str) -> Sequence[Receipt]:
        return [to_receipt(row) for row in self._read_messages(SQL["release_order"], (lane,))]

    def adopt(self) -> Sequence[int]:
        """Not of the contract's Transaction: `Store.adopt` submits it. Later calls find nothing, as with `recover`."""
        if self._adopted:
            return []
        self._adopted = True
        return [number for (number,) in self._read_messages(SQL["left_pending"], ())]

    def _state_of(self, receipt: int) -> MessageState:
        row = self._read_messages(SQL["state_of_receipt"], (receipt,)).fetchone()
        if row is None:
            raise StoreError("there is no such receipt")
        return MessageState(row[0])
