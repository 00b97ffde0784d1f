"""A message on its way in, before its row is written."""

from __future__ import annotations

import zlib
from typing import Final

from hub.core.lifecycle import AckOutcome, MessageState
from hub.store.rows import Arrival
from hub.store.sqlite.instants import to_microseconds

__all__ = ["HeldReceipt", "unpack"]

_PACK_FROM: Final = 8192  # smaller bodies are kept plain: packing them costs the one writer more than it saves


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

    def archive_row(self) -> tuple[object, ...]:
        """The values of `add_archive`."""
        body = self.arrival.body
        if len(body) < _PACK_FROM:
            return self.id, self.source, "plain", body
        return self.id, self.source, "zlib", zlib.compress(body, 1)


def unpack(encoding: str, body: bytes) -> bytes:
    return zlib.decompress(body) if encoding == "zlib" else body
