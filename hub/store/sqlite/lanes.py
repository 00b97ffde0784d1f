"""The order of messages, in a piece of work."""

from __future__ import annotations

from hub.store.relational.receipts import to_receipt
from hub.store.rows import Receipt
from hub.store.sqlite.statements import SQL
from hub.store.sqlite.work import Work

__all__ = ["LaneWork"]


class LaneWork(Work):
    """The part of a Transaction that knows who waits for whom."""

    __slots__ = ()

    def lane_is_blocked(self, lane: str) -> bool:
        joined, blocked = self._read(SQL["lane_is_blocked"], {"lane": lane}).fetchone()
        # Asked for every message, so those of this work are looked at where they are held.
        return bool(blocked) or any(held.holds == joined for held in self._held.values())

    def first_in_lane(self, lane: str) -> Receipt | None:
        row = self._read_messages(SQL["first_in_lane"], {"lane": self._joined(lane)}).fetchone()
        return None if row is None else to_receipt(row)

    def same_lane(self, lane: str, other: str) -> bool:
        return self._joined(lane) == self._joined(other)

    def join_lanes(self, whose: str, joined: str) -> None:
        given = {"whose": self._joined(whose), "joined": self._joined(joined)}
        if given["whose"] == given["joined"]:
            return
        if self._held:
            self._write_held()
        for name in ("rejoin_lanes", "join_lanes", "rename_lanes", "rename_incidents"):
            self._write(SQL[name], given)

    def _joined(self, lane: str) -> str:
        return str(self._read(SQL["find_joined_lane"], {"lane": lane}).fetchone()[0])
