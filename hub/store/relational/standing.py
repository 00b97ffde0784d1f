"""What waits now: for metrics, alerts and `calder top`, which ask often. The ledger counts everything that was ever kept."""

from __future__ import annotations

from collections.abc import Iterator

from hub.core.lifecycle import DeliveryState, MessageState
from hub.core.visibility import Visibility
from hub.store.relational.connection import Connection
from hub.store.relational.instants import parse_instant
from hub.store.rows import Standing, Unfinished

__all__ = ["standing"]


def standing(connection: Connection, visibility: Visibility) -> Standing:
    if visibility.people is not None or visibility.types is not None:
        return Standing({}, {}, (), ())
    received: dict[str, int] = dict(connection.execute(connection.queries["ledger_received"]))
    owed: dict[str, int] = dict(connection.execute(connection.queries["ledger_owed"]))
    messages = _waiting(connection, "oldest_message", received, (MessageState.PENDING, MessageState.PARKED))
    unfinished = (DeliveryState.DUE, DeliveryState.IN_FLIGHT, DeliveryState.WAITING, DeliveryState.DEAD)
    deliveries = _waiting(connection, "oldest_delivery", owed, unfinished)
    return Standing(received, owed, tuple(messages), tuple(deliveries))


def _waiting(
    connection: Connection, query: str, names: dict[str, int], states: tuple[MessageState, ...] | tuple[DeliveryState, ...]
) -> Iterator[Unfinished]:
    """One count over an index for each name and state."""
    for name in names:
        for state in states:
            count, oldest = connection.execute(connection.queries[query], {"name": name, "state": state}).fetchone()
            if count:
                yield Unfinished(name, state.value, count, parse_instant(oldest))
