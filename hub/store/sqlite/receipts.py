"""Messages: their bytes, and where each stands."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from hub.core.errors import StoreError
from hub.core.lifecycle import MESSAGE_MOVES, AckOutcome, MessageState
from hub.core.visibility import Visibility
from hub.store.rows import Arrival, Receipt
from hub.store.sqlite.instants import parse_instant
from hub.store.sqlite.limits import limits
from hub.store.sqlite.receiving import HeldReceipt, unpack
from hub.store.sqlite.statements import SQL
from hub.store.sqlite.work import Work

__all__ = ["ReceiptWork", "archived", "list_receipts", "receipt_of", "unprocessed"]

_LAST: Final = 2**63 - 1
_HOLDING: Final = frozenset({MessageState.PENDING, MessageState.PARKED})  # the states that hold a lane, as in `lane_is_blocked`


class ReceiptWork(Work):
    """The part of a Transaction that keeps messages."""

    __slots__ = ()

    def archive(self, arrival: Arrival) -> int:
        receipt = self._next_receipt()
        self._held[receipt] = HeldReceipt(receipt, self._names.number("source", arrival.source), arrival)
        return receipt

    def find_receipt(self, source: str, control_id: str) -> Receipt | None:
        row = self._read_messages(SQL["find_receipt"], (source, control_id)).fetchone()
        return None if row is None else _to_receipt(row)

    def get_receipt(self, receipt: int) -> Receipt:
        row = self._read_messages(SQL["get_receipt"], (receipt,)).fetchone()
        if row is None:
            raise StoreError("there is no such receipt")
        return _to_receipt(row)

    def body_of(self, receipt: int) -> bytes:
        row = self._read_messages(SQL["body_of"], (receipt,)).fetchone()
        if row is None:
            raise StoreError("there is no such receipt, or its body has been pruned")
        return unpack(*row)

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
            held.answer = held.answer if answer is None else answer
            held.ack_code = held.ack_code if ack_code is None else ack_code
            held.ack_outcome = held.ack_outcome if ack_outcome is None else ack_outcome
            held.map_set = held.map_set if maps is None else maps
            held.person = held.person if person is None else person
            held.lane = held.lane if lane is None else lane
        elif not self._write(SQL["conclude_receipt"], (answer, ack_code, ack_outcome, maps, person, lane, receipt)).rowcount:
            raise StoreError("there is no such receipt")

    def lane_is_blocked(self, lane: str) -> bool:
        # Asked for every message, so those of this work are looked at where they are held.
        if any(held.lane == lane and held.state in _HOLDING for held in self._held.values()):
            return True
        return bool(self._read(SQL["lane_is_blocked"], (lane,)).fetchone()[0])

    def release_order(self, lane: str) -> Sequence[Receipt]:
        return [_to_receipt(row) for row in self._read_messages(SQL["release_order"], (lane,))]

    def _state_of(self, receipt: int) -> MessageState:
        row = self._read_messages(SQL["state_of_receipt"], (receipt,)).fetchone()
        if row is None:
            raise StoreError("there is no such receipt")
        return MessageState(row[0])


def receipt_of(connection: sqlite3.Connection, visibility: Visibility, receipt: int) -> Receipt | None:
    row = connection.execute(SQL["receipt"], {"receipt": receipt, **limits(visibility)}).fetchone()
    return None if row is None else _to_receipt(row)


def list_receipts(
    connection: sqlite3.Connection,
    visibility: Visibility,
    *,
    state: MessageState | None,
    source: str | None,
    limit: int,
    before: int | None,
) -> Sequence[Receipt]:
    # Committed messages are nearly all of them: going back from the newest finds a page at once, an index would have to sort them.
    name = "receipts" if state in (None, MessageState.COMMITTED) else "receipts_in_state"
    given = {"state": state, "source": source, "limit": limit, "before": _LAST if before is None else before}
    return [_to_receipt(row) for row in connection.execute(SQL[name], given | limits(visibility))]


def archived(connection: sqlite3.Connection, visibility: Visibility, receipt: int) -> bytes | None:
    row = connection.execute(SQL["archived"], {"receipt": receipt, **limits(visibility)}).fetchone()
    return None if row is None else unpack(*row)


def unprocessed(connection: sqlite3.Connection, visibility: Visibility, person: str) -> int:
    return int(connection.execute(SQL["unprocessed"], {"person": person, **limits(visibility)}).fetchone()[0])


def _to_receipt(row: tuple[Any, ...]) -> Receipt:
    """The columns of @receipt_columns."""
    key, source, control_id, message_type, digest, received, state, reason, answer, ack_code, ack_outcome, *rest = row
    return Receipt(
        key,
        source,
        control_id,
        message_type,
        digest,
        parse_instant(received),
        MessageState(state),
        reason,
        answer,
        ack_code,
        AckOutcome(ack_outcome),
        *rest,
    )
