"""Deliveries, as a caller reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from hub.core.lifecycle import DeliveryState
from hub.core.visibility import Visibility
from hub.store.relational.connection import Connection
from hub.store.relational.instants import parse_instant, to_microseconds
from hub.store.relational.limits import limits
from hub.store.rows import Delivery

__all__ = ["find_delivery", "left_in_flight", "list_deliveries", "spans_of_time", "to_delivery"]

_BEGINNING: Final = -(2**62)
_END: Final = 2**62


def list_deliveries(
    connection: Connection,
    visibility: Visibility,
    *,
    destination: str | None,
    state: DeliveryState | None,
    discarded: bool | None,
    limit: int,
    before: int | None,
) -> Sequence[Delivery]:
    # Delivered ones are nearly all of them: see hub.store.relational.receipts.list_receipts.
    name = "deliveries" if state in (None, DeliveryState.DELIVERED) else "deliveries_in_state"
    given = {"destination": destination, "state": state, "discarded": discarded, "limit": limit, "before": before, **limits(visibility)}
    return [to_delivery(row) for row in connection.execute(connection.queries[name], given)]


def find_delivery(connection: Connection, visibility: Visibility, delivery: int) -> Delivery | None:
    row = connection.execute(connection.queries["delivery"], {"id": delivery, **limits(visibility)}).fetchone()
    return None if row is None else to_delivery(row)


def to_delivery(row: tuple[Any, ...]) -> Delivery:
    """The columns of @delivery_columns."""
    number, destination, type_, resource_id, version, map_name, lane, state, attempts, not_before, first_due, reason, *rest = row
    receipt, holds, discarded = rest
    return Delivery(
        number,
        destination,
        type_,
        resource_id,
        version,
        map_name,
        lane,
        DeliveryState(state),
        attempts,
        parse_instant(not_before),
        parse_instant(first_due),
        reason,
        receipt,
        bool(holds),
        bool(discarded),
    )


def spans_of_time(now: datetime, horizon: datetime | None) -> tuple[tuple[int, int], ...]:
    """(after, until): when what may be tried now was to be tried. What stands beyond the horizon was written by a clock that went wrong."""
    ready = (_BEGINNING, to_microseconds(now))
    return (ready,) if horizon is None else (ready, (to_microseconds(horizon), _END))


def left_in_flight(may_repeat: bool) -> str:
    """The reason for a delivery whose hub stopped: it may have been accepted. One that may not go out twice is a person's to decide."""
    left = "the hub stopped while it was in flight"
    return left if may_repeat else f"ambiguous: {left}"
