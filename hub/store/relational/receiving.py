"""A message on its way in, before its row is written."""

from __future__ import annotations

from typing import Final

from hub.core.errors import StoreError
from hub.core.lifecycle import ANSWER_MOVES, AckOutcome, MessageState
from hub.store.relational.instants import to_microseconds
from hub.store.relational.packing import Packer
from hub.store.rows import Arrival

__all__ = ["HOLDING", "HeldReceipt", "may_be_noted"]

HOLDING: Final = frozenset({MessageState.PENDING, MessageState.PARKED})  # the states that hold a lane, as in `lane_is_blocked`


class HeldReceipt:
    __slots__ = ("ack_code", "ack_outcome", "answer", "arrival", "id", "lane", "map_set", "person", "reason", "source", "state")

    def __init__(self, id_: int, source: int, arrival: Arrival) -> None:
        self.id = id_
        self.source = source
        self.arrival = arrival
        self.state = MessageState.PENDING
        self.reason: str | None = None
        self.answer: bytes | None = None
        self.ack_code: str | None = None
        self.ack_outcome = AckOutcome.PENDING
        self.map_set: int | None = None
        self.person: str | None = None
        self.lane: str | None = None

    def conclude(
        self,
        *,
        answer: bytes | None,
        ack_code: str | None,
        ack_outcome: AckOutcome | None,
        map_set: int | None,
        person: str | None,
        lane: str | None,
    ) -> None:
        """What is None is left as it stands."""
        if ack_outcome is not None and ack_outcome not in ANSWER_MOVES[self.ack_outcome]:
            raise StoreError(f"an answer that is {self.ack_outcome} cannot become {ack_outcome}")
        self.answer = self.answer if answer is None else answer
        self.ack_code = self.ack_code if ack_code is None else ack_code
        self.ack_outcome = self.ack_outcome if ack_outcome is None else ack_outcome
        self.map_set = self.map_set if map_set is None else map_set
        self.person = self.person if person is None else person
        self.lane = self.lane if lane is None else lane

    @property
    def holds(self) -> str | None:
        """The lane that it holds."""
        return self.lane if self.state in HOLDING else None

    def row(self) -> tuple[object, ...]:
        """The values of `add_receipt`."""
        arrival = self.arrival
        return (
            self.id,
            self.source,
            arrival.control_id,
            arrival.message_type,
            arrival.digest,
            to_microseconds(arrival.received),
            arrival.peer,
            arrival.media_type,
            self.state.value,  # not the StrEnum: sqlite3 is slow to adapt what is not exactly a str
            self.reason,
            self.answer,
            self.ack_code,
            self.ack_outcome.value,
            self.map_set,
            self.person,
            self.lane,
        )

    def archive_row(self, packer: Packer) -> tuple[object, ...]:
        """The values of `add_archive`."""
        return self.id, self.source, to_microseconds(self.arrival.received), *packer.pack(self.arrival.body)


def may_be_noted(outcome: AckOutcome | None) -> bool:
    """Whether any move leads there. From where, the statements ask themselves (`conclude_receipt`)."""
    return outcome is None or any(outcome in after for after in ANSWER_MOVES.values())
