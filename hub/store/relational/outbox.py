"""Deliveries, as a caller reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.core.lifecycle import DeliveryState
from hub.core.visibility import Visibility
from hub.store.relational.connection import Connection
from hub.store.relational.instants import parse_instant
from hub.store.relational.limits import limits
from hub.store.rows import Delivery

__all__ = ["left_in_flight", "list_deliveries", "to_delivery"]


def list_deliveries(
    connection: Connection, visibility: Visibility, *, destination: str | None, state: DeliveryState | None, limit: int
) -> Sequence[Delivery]:
    # Delivered ones are nearly all of them: see hub.store.relational.receipts.list_receipts.
    name = "deliveries" if state in (None, DeliveryState.DELIVERED) else "deliveries_in_state"
    given = {"destination": destination, "state": state, "limit": limit, **limits(visibility)}
    return [to_delivery(row) for row in connection.execute(connection.queries[name], given)]


def to_delivery(row: tuple[Any, ...]) -> Delivery:
    """The columns of @delivery_columns."""
    number, destination, type_, resource_id, version, map_name, lane, state, attempts, not_before, first_due, reason, receipt = row
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
    )


def left_in_flight(may_repeat: bool) -> str:
    """The reason for a delivery whose hub stopped: it may have been accepted. One that may not go out twice is a person's to decide."""
    left = "the hub stopped while it was in flight"
    return left if may_repeat else f"ambiguous: {left}"
