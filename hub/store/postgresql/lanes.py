"""The order of messages, in a piece of work."""

from __future__ import annotations

from hub.store.postgresql.topics import lane_topic, topic
from hub.store.postgresql.work import Work
from hub.store.relational.connection import only
from hub.store.relational.receipts import to_receipt
from hub.store.rows import Receipt

__all__ = ["LaneWork"]


class LaneWork(Work):
    """The part of a Transaction that knows who waits for whom."""

    def lane_is_blocked(self, lane: str) -> bool:
        joined, blocked = self._ask("lane_is_blocked", {"lane": lane}).fetchone()
        self._now_reading(lane_topic(lane))
        self._now_reading(lane_topic(joined))
        # Asked for every message, so those that are not written yet are looked at where they are held.
        return bool(blocked) or any(held.holds == joined for several in (self._own, self._kept) for held in several.receipts.values())

    def first_in_lane(self, lane: str) -> Receipt | None:
        self._write_messages()
        return self._known(self._ask("first_in_lane", {"lane": self._joined(lane)}).fetchone())

    def same_lane(self, lane: str, other: str) -> bool:
        return self._joined(lane) == self._joined(other)

    def join_lanes(self, whose: str, joined: str) -> None:
        given = {"whose": self._joined(whose), "joined": self._joined(joined)}
        if given["whose"] == given["joined"]:
            return
        self._own.topics |= {lane_topic(name) for name in (whose, joined, *given.values())}
        self._write_messages()
        for name in ("rejoin_lanes", "join_lanes", "rename_lanes", "rename_incidents"):
            self._do(name, given)

    def _joined(self, lane: str) -> str:
        found = str(only(self._ask("find_joined_lane", {"lane": lane})))
        self._now_reading(lane_topic(lane))
        self._now_reading(lane_topic(found))
        return found

    def _known(self, row: tuple[object, ...] | None) -> Receipt | None:
        if row is None:
            return None
        receipt = to_receipt(row)
        self._now_reading(topic("message", str(receipt.id)))
        return receipt

    def _write_messages(self) -> None:
        """To read messages with those that are held."""
        if any(several.receipts or several.outcomes for several in (self._own, self._kept)):
            self._flush()
