"""Deliveries: what is owed, in the order of its lanes, who has it in hand, and how each ended."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from hub.core.errors import LeaseLost, StoreError
from hub.core.lifecycle import DELIVERY_MOVES, DeliveryState
from hub.store.postgresql.record import RecordWork
from hub.store.relational.instants import to_microseconds
from hub.store.relational.outbox import left_in_flight, spans_of_time, to_delivery
from hub.store.rows import Delivery, NewDelivery

__all__ = ["OutboxWork"]


class OutboxWork(RecordWork):
    """The part of a Transaction that owes, claims and settles deliveries.

    What is in flight is in the hands of one hub, whose lease says that it is alive. Another hub takes it over when that lease has run
    out; the first one, should it come back, can settle it no more (LeaseLost).
    """

    def owe(self, delivery: NewDelivery) -> int:
        self._check_receipt(delivery.receipt)
        number = self._next("delivery_id")
        self._own.deliveries.append(
            {
                "id": number,
                "destination": self._names.number("destination", delivery.destination),
                "type": self._names.number("type", delivery.type),
                "resource_id": delivery.id,
                "version": delivery.version,
                "map_name": delivery.map_name,
                "lane": delivery.lane,
                "person": delivery.person,
                "receipt": delivery.receipt,
                "due": to_microseconds(delivery.due),
            }
        )
        return number

    def claim(self, destination: str, now: datetime, limit: int, *, horizon: datetime | None = None) -> Sequence[Delivery]:
        claimed: list[int] = []
        for after, until in spans_of_time(now, horizon):
            given = {"destination": destination, "after": after, "until": until, "limit": limit - len(claimed)}
            nothing_owed = not (self._own.deliveries or self._kept.deliveries)
            if nothing_owed and self._ask("ready", given).fetchone() is None:
                continue  # asked again and again: nobody else is held up by it
            self._write_at_once()
            claimed += [number for (number,) in self._ask("claim", {**given, "hub": self._names.hub})]
        if not claimed:
            return []
        return [to_delivery(row) for row in self._ask("deliveries_by_id", {"ids": json.dumps(claimed)})]

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
        self._write_at_once()
        row = self._ask("hold_of_delivery", (delivery,)).fetchone()
        if row is None:
            raise StoreError("there is no such delivery")
        before, destination, lane, hub = row
        if hub is not None and hub != self._names.hub:
            raise LeaseLost("another hub has taken this delivery over")
        if state not in DELIVERY_MOVES[DeliveryState(before)]:
            ends_an_attempt = state in DELIVERY_MOVES[DeliveryState.IN_FLIGHT]  # one that another hub has ended meanwhile
            kind = LeaseLost if ends_an_attempt and before != DeliveryState.IN_FLIGHT else StoreError
            raise kind(f"a delivery that is {before} cannot become {state}")
        given = {"id": delivery, "state": state.value, "not_before": to_microseconds(not_before or now), "reason": reason, "holds": holds}
        self._do("settle_delivery", {**given, "hub": self._names.hub})
        if state is DeliveryState.DUE:
            self._take_place(delivery, destination, lane)
        elif state in (DeliveryState.DELIVERED, DeliveryState.DEAD) and lane is not None:
            self._next_head(destination, lane)

    def discard(self, delivery: int, *, reason: str) -> None:
        row = self._ask("hold_of_delivery", (delivery,)).fetchone()
        found = self.find_delivery(delivery)
        if row is None or found is None or found.state is not DeliveryState.DEAD or found.discarded:
            raise StoreError("only a dead letter that is not discarded can be discarded")
        self._do("discard_delivery", {"id": delivery, "reason": reason})
        if found.lane is not None and found.holds:
            self._next_head(row[1], found.lane)

    def find_delivery(self, delivery: int) -> Delivery | None:
        rows = self._ask("deliveries_by_id", {"ids": json.dumps([delivery])})
        return next((to_delivery(row) for row in rows), None)

    def recover(self, now: datetime, may_repeat: Callable[[str], bool]) -> int:
        """Not of the contract's Transaction: `Store.recover` submits it."""
        given = {"watched": self._names.watched()}
        if self._ask("lapsed", given).fetchone() is None:
            return 0
        self._write_at_once()
        lapsed = sorted(self._ask("lapsed", given).fetchall())
        for delivery, destination in lapsed:
            self._do("take_over", {"id": delivery, "hub": self._names.hub})
            state = DeliveryState.WAITING if may_repeat(destination) else DeliveryState.DEAD
            self.settle(delivery, state, now=now, reason=left_in_flight(may_repeat(destination)))
        return len(lapsed)

    def _take_place(self, revived: int, destination: int, lane: str | None) -> None:
        """A revived delivery goes before a younger head, unless that one is on its way already."""
        if lane is None:
            self._do("set_heads", (True, revived))
            return
        head = self._ask("head_of_lane", (destination, lane)).fetchone()
        if head is not None:
            number, state = head
            if number < revived or state == DeliveryState.IN_FLIGHT:
                return
            self._do("set_heads", (False, number))
        self._next_head(destination, lane)

    def _next_head(self, destination: int, lane: str) -> None:
        """Where nothing is the head."""
        self._do("next_head", {"destination": destination, "lane": lane})
