"""The life of a message and of a delivery: every state, every legal move, in this one file.

Two legs, never one status: what happened to the message here (`MessageState`), and what its sender was told
(`AckOutcome`). What a destination did is a third thing (`DeliveryState`), a row for each destination.
Diagrams in docs/ and the totality tests are made from the tables.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class MessageState(StrEnum):
    """Where a received message stands."""

    PENDING = "pending"  # archived, not yet processed
    COMMITTED = "committed"  # its effect is in the record
    FILTERED = "filtered"  # nothing to do, said by a map or a policy
    DUPLICATE = "duplicate"  # the same source, control id and bytes again
    REFUSED = "refused"  # the sender's fault, and the sender was told
    PARKED = "parked"  # our fault, or the sender cannot be told: waits for a person
    SKIPPED = "skipped"  # put aside, with a reason (policy skip, or discarded by a person)


class AckOutcome(StrEnum):
    """What the sender was told."""

    PENDING = "pending"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"  # the connection went before the answer could be written
    NOT_OWED = "not-owed"  # files, replays, the API


class DeliveryState(StrEnum):
    """Where one delivery to one destination stands."""

    DUE = "due"
    IN_FLIGHT = "in-flight"
    DELIVERED = "delivered"
    WAITING = "waiting"  # failed, will be tried again at `not_before`
    DEAD = "dead"  # will not be tried again by itself: a person revives it


class Failure(StrEnum):
    """Why a delivery failed. Retry on the class, never on the state."""

    TRANSIENT = "transient"  # provably not accepted: retry
    AMBIGUOUS = "ambiguous"  # may have been accepted: retry only where the destination is idempotent
    PERMANENT = "permanent"  # retry can never help


MESSAGE_MOVES: Final[dict[MessageState, frozenset[MessageState]]] = {
    MessageState.PENDING: frozenset(MessageState) - {MessageState.PENDING},
    MessageState.COMMITTED: frozenset(),
    MessageState.FILTERED: frozenset(),
    MessageState.DUPLICATE: frozenset(),
    MessageState.REFUSED: frozenset(),
    MessageState.PARKED: frozenset({MessageState.PENDING, MessageState.SKIPPED}),
    MessageState.SKIPPED: frozenset(),
}

DELIVERY_MOVES: Final[dict[DeliveryState, frozenset[DeliveryState]]] = {
    DeliveryState.DUE: frozenset({DeliveryState.IN_FLIGHT}),
    DeliveryState.IN_FLIGHT: frozenset({DeliveryState.DELIVERED, DeliveryState.WAITING, DeliveryState.DEAD}),
    DeliveryState.WAITING: frozenset({DeliveryState.IN_FLIGHT}),
    DeliveryState.DELIVERED: frozenset(),
    DeliveryState.DEAD: frozenset({DeliveryState.DUE}),
}


def settle(failure: Failure, *, expired: bool, idempotent: bool) -> DeliveryState:
    """The state a failed delivery moves to. `expired`: the destination's retry time (retry.for) has passed."""
    match failure:
        case Failure.PERMANENT:
            return DeliveryState.DEAD
        case Failure.AMBIGUOUS:
            return DeliveryState.WAITING if idempotent and not expired else DeliveryState.DEAD
        case Failure.TRANSIENT:
            return DeliveryState.DEAD if expired else DeliveryState.WAITING
