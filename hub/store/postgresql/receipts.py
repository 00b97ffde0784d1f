"""Messages, as a piece of work keeps them."""

from __future__ import annotations

from collections.abc import Sequence

from hub.core.errors import StoreError
from hub.core.lifecycle import MESSAGE_MOVES, AckOutcome, MessageState
from hub.store.postgresql.lanes import LaneWork
from hub.store.postgresql.topics import lane_topic, topic
from hub.store.relational.packing import unpack
from hub.store.relational.receiving import HeldReceipt, may_be_noted
from hub.store.rows import Arrival, Receipt

__all__ = ["ReceiptWork"]


class ReceiptWork(LaneWork):
    """The part of a Transaction that keeps messages."""

    def archive(self, arrival: Arrival) -> int:
        receipt = self._next("receipt_id")
        self._own.receipts[receipt] = HeldReceipt(receipt, self._names.number("source", arrival.source), arrival)
        if arrival.control_id is not None:
            self._own.topics.add(topic("control id", arrival.source, arrival.control_id))
        return receipt

    def find_receipt(self, source: str, control_id: str) -> Receipt | None:
        asked = topic("control id", source, control_id)
        self._now_reading(asked)
        if asked in self._kept.topics or asked in self._own.topics:
            self._flush()
        return self._known(self._ask("find_receipt", (source, control_id)).fetchone())

    def get_receipt(self, receipt: int) -> Receipt:
        self._write_messages()
        found = self._known(self._ask("get_receipt", (receipt,)).fetchone())
        if found is None:
            raise StoreError("there is no such receipt")
        return found

    def body_of(self, receipt: int) -> bytes:
        self._write_messages()
        row = self._ask("body_of", (receipt,)).fetchone()
        if row is None:
            raise StoreError("there is no such receipt, or its body has been pruned")
        return unpack(self._connection, *row)

    def move(self, receipt: int, state: MessageState, *, reason: str | None = None) -> None:
        held = self._own.receipts.get(receipt)
        before = self._state_of(receipt) if held is None else held.state
        if state not in MESSAGE_MOVES[before]:
            raise StoreError(f"a message that is {before} cannot become {state}")
        if held is None:
            self._do("move_receipt", (state.value, reason, receipt))
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
        held = self._own.receipts.get(receipt)
        if held is not None:
            held.conclude(answer=answer, ack_code=ack_code, ack_outcome=ack_outcome, map_set=maps, person=person, lane=lane)
            return
        if not may_be_noted(ack_outcome):
            raise StoreError(f"an answer cannot become {ack_outcome}")
        if ack_outcome is not None and (answer, ack_code, map_set, person, lane) == (None,) * 5:
            self._own.outcomes[receipt] = ack_outcome.value  # said of every message, and nothing is decided by it
            return
        self._own.topics |= {topic("message", str(receipt))} | ({lane_topic(lane)} if lane is not None else set())
        self._write_messages()
        if not self._do("conclude_receipt", (answer, ack_code, ack_outcome, maps, person, lane, receipt, ack_outcome, ack_outcome)):
            raise StoreError("there is no such receipt, or its answer cannot become this")

    def adopt(self) -> int:
        """Not of the contract's Transaction: `Store.adopt` submits it."""
        given = {"watched": self._names.watched()}
        if self._ask("left_pending", given).fetchone() is None:
            return 0
        self._write_at_once()
        return self._do("adopt", {**given, "hub": self._names.hub})

    def in_hand(self, after: int, limit: int) -> Sequence[int]:
        """Not of the contract's Transaction: `Store.in_hand` submits it. What this batch adds is asked for after it."""
        return [number for (number,) in self._ask("in_hand", {"hub": self._names.hub, "after": after, "limit": limit})]

    def _state_of(self, receipt: int) -> MessageState:
        """Of one that is written, or was by another piece; it is about to move."""
        self._flush()  # under the seal: nobody else moves it
        row = self._ask("stand_of_receipt", (receipt,)).fetchone()
        if row is None:
            raise StoreError("there is no such receipt")
        state, lane, source, control_id = row
        self._own.topics.add(topic("message", str(receipt)))
        if lane is not None:
            self._own.topics.add(lane_topic(lane))
        if control_id is not None:
            self._own.topics.add(topic("control id", source, control_id))
        return MessageState(state)
