"""Deliveries: what is owed, in the order of its lanes, and how each ended."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from hub.core.errors import StoreError
from hub.core.lifecycle import DELIVERY_MOVES, DeliveryState
from hub.store.relational.instants import to_microseconds
from hub.store.relational.outbox import left_in_flight, spans_of_time, to_delivery
from hub.store.rows import Delivery, NewDelivery
from hub.store.sqlite.names import added_key
from hub.store.sqlite.statements import SQL
from hub.store.sqlite.work import Work

__all__ = ["OutboxWork"]


class OutboxWork(Work):
    """The part of a Transaction that owes, claims and settles deliveries.

    One delivery of each lane is marked as its head (the oldest unfinished one), so that claiming looks at heads only, however
    long the queue behind them is.
    """

    __slots__ = ()

    def owe(self, delivery: NewDelivery) -> int:
        self._check_receipt(delivery.receipt)
        given = {
            "destination": self._names.number("destination", delivery.destination),
            "type": self._names.number("type", delivery.type),
            "id": delivery.id,
            "version": delivery.version,
            "map_name": delivery.map_name,
            "lane": delivery.lane,
            "person": delivery.person,
            "receipt": delivery.receipt,
            "due": to_microseconds(delivery.due),
        }
        return added_key(self._write(SQL["add_delivery"], given))

    def claim(self, destination: str, now: datetime, limit: int, *, horizon: datetime | None = None) -> Sequence[Delivery]:
        claimed: list[int] = []
        for after, until in spans_of_time(now, horizon):
            given = {"destination": destination, "after": after, "until": until, "limit": limit - len(claimed)}
            claimed += [number for (number,) in self._write(SQL["claim"], given).fetchall()]
        if not claimed:
            return []
        return [to_delivery(row) for row in self._read(SQL["deliveries_by_id"], {"ids": json.dumps(claimed)})]

    def settle(
        self,
        delivery: int,
        state: DeliveryState,
        *,
        now: datetime,
        not_before: datetime | None = None,
        reason: str | None = None,
        holds: bool = False,
    ) -> None:
        row = self._read(SQL["stand_of_delivery"], (delivery,)).fetchone()
        if row is None:
            raise StoreError("there is no such delivery")
        before, destination, lane = row
        if state not in DELIVERY_MOVES[DeliveryState(before)]:
            raise StoreError(f"a delivery that is {before} cannot become {state}")
        given = {"id": delivery, "state": state.value, "not_before": to_microseconds(not_before or now), "reason": reason, "holds": holds}
        self._write(SQL["settle_delivery"], given)
        if state is DeliveryState.DUE:
            self._take_place(delivery, destination, lane)
        elif state in (DeliveryState.DELIVERED, DeliveryState.DEAD) and lane is not None:
            self._next_head(destination, lane)

    def discard(self, delivery: int, *, reason: str) -> None:
        row = self._read(SQL["stand_of_delivery"], (delivery,)).fetchone()
        found = self.find_delivery(delivery)
        if row is None or found is None or found.state is not DeliveryState.DEAD or found.discarded:
            raise StoreError("only a dead letter that is not discarded can be discarded")
        self._write(SQL["discard_delivery"], {"id": delivery, "reason": reason})
        if found.lane is not None and found.holds:
            self._next_head(row[1], found.lane)

    def find_delivery(self, delivery: int) -> Delivery | None:
        rows = self._read(SQL["deliveries_by_id"], {"ids": json.dumps([delivery])})
        return next((to_delivery(row) for row in rows), None)

    def recover(self, now: datetime, may_repeat: Callable[[str], bool]) -> int:
        """Not of the contract's Transaction: `Store.recover` submits it. Later calls find nothing: no other hub can leave anything here."""
        if self._recovered:
            return 0
        left = self._read(SQL["left_in_flight"], ()).fetchall()
        for delivery, destination in left:
            state = DeliveryState.WAITING if may_repeat(destination) else DeliveryState.DEAD
            self.settle(delivery, state, now=now, reason=left_in_flight(may_repeat(destination)))
        self._recovered = True
        return len(left)

    def _take_place(self, revived: int, destination: int, lane: str | None) -> None:
        """A revived delivery goes before a younger head, unless that one is on its way already."""
        if lane is None:
            self._write(SQL["set_heads"], (1, revived))
            return
        head = self._read(SQL["head_of_lane"], (destination, lane)).fetchone()
        if head is not None:
            number, state = head
            if number < revived or state == DeliveryState.IN_FLIGHT:
                return
            self._write(SQL["set_heads"], (0, number))
        self._next_head(destination, lane)

    def _next_head(self, destination: int, lane: str) -> None:
        """Where nothing is the head."""
        self._write(SQL["next_head"], {"destination": destination, "lane": lane})
