"""Messages, as a piece of work keeps them."""

from __future__ import annotations

from collections.abc import Sequence

from hub.core.errors import StoreError
from hub.core.lifecycle import MESSAGE_MOVES, AckOutcome, MessageState
from hub.store.postgresql.topics import topic
from hub.store.postgresql.work import Work
from hub.store.relational.packing import unpack
from hub.store.relational.receipts import to_receipt
from hub.store.relational.receiving import HeldReceipt, may_be_noted
from hub.store.rows import Arrival, Receipt

__all__ = ["ReceiptWork"]


class ReceiptWork(Work):
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
        held = self._own.receipts.get(receipt)
        if held is not None:
            held.conclude(answer=answer, ack_code=ack_code, ack_outcome=ack_outcome, map_set=maps, person=person, lane=lane)
            return
        if not may_be_noted(ack_outcome):
            raise StoreError(f"an answer cannot become {ack_outcome}")
        if ack_outcome is not None and (answer, ack_code, map_set, person, lane) == (None,) * 5:
            self._own.outcomes[receipt] = ack_outcome.value  # said of every message, and nothing is decided by it
            return
        self._own.topics |= {topic("message", str(receipt))} | ({topic("lane", lane)} if lane is not None else set())
        self._write_messages()
        if not self._do("conclude_receipt", (answer, ack_code, ack_outcome, maps, person, lane, receipt, ack_outcome, ack_outcome)):
            raise StoreError("there is no such receipt, or its answer cannot become this")

    def lane_is_blocked(self, lane: str) -> bool:
        self._now_reading(topic("lane", lane))
        # Asked for every message, so those that are not written yet are looked at where they are held.
        if any(held.holds == lane for several in (self._own, self._kept) for held in several.receipts.values()):
            return True
        return bool(self._ask("lane_is_blocked", (lane,)).fetchone()[0])

    def release_order(self, lane: str) -> Sequence[Receipt]:
        self._now_reading(topic("lane", lane))
        self._write_messages()
        return [to_receipt(row) for row in self._ask("release_order", (lane,))]

    def adopt(self) -> Sequence[int]:
        """Not of the contract's Transaction: `Store.adopt` submits it."""
        given = {"watched": self._names.watched()}
        if self._ask("left_pending", given).fetchone() is None:
            return []
        self._write_at_once()
        return sorted(number for (number,) in self._ask("adopt", {**given, "hub": self._names.hub}))

    def _known(self, row: tuple[object, ...] | None) -> Receipt | None:
        if row is None:
            return None
        receipt = to_receipt(row)
        self._now_reading(topic("message", str(receipt.id)))
        return receipt

    def _state_of(self, receipt: int) -> MessageState:
        """Of one that is written, or was by another piece; it is about to move."""
        self._flush()  # under the seal: nobody else moves it
        row = self._ask("stand_of_receipt", (receipt,)).fetchone()
        if row is None:
            raise StoreError("there is no such receipt")
        state, lane, source, control_id = row
        self._own.topics.add(topic("message", str(receipt)))
        if lane is not None:
            self._own.topics.add(topic("lane", lane))
        if control_id is not None:
            self._own.topics.add(topic("control id", source, control_id))
        return MessageState(state)

    def _write_messages(self) -> None:
        """To read messages with those that are held."""
        if any(several.receipts or several.outcomes for several in (self._own, self._kept)):
            self._flush()
