"""The life of a message and of a delivery: every state, every legal move and who makes it, in this one file.

Two legs, never one status: what happened to the message here (`MessageState`), and what its sender was told
(`AckOutcome`). What a destination did is a third thing (`DeliveryState`), a row for each destination.
The diagrams of docs/reference/lifecycle.md and the totality tests are made from the tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

S = TypeVar("S", bound=StrEnum)


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


class Mover(StrEnum):
    """Who makes a move."""

    MAP = "map"  # what the message says, as its map reads it
    POLICY = "policy"  # what hub.yaml says of the source or the destination
    HUB = "hub"  # the engine in the course of its work
    PERSON = "person"  # an operator, with a command


@dataclass(frozen=True, slots=True)
class Move(Generic[S]):
    """when: in words, for the diagram."""

    before: S
    after: S
    by: Mover
    when: str


MESSAGE_LIFE: Final = (
    Move(MessageState.PENDING, MessageState.COMMITTED, Mover.MAP, "its effect is in the record"),
    Move(MessageState.PENDING, MessageState.FILTERED, Mover.MAP, "there is nothing to do"),
    Move(MessageState.PENDING, MessageState.DUPLICATE, Mover.HUB, "it was taken before"),
    Move(MessageState.PENDING, MessageState.REFUSED, Mover.MAP, "the sender's fault, and the sender is told"),
    Move(MessageState.PENDING, MessageState.PARKED, Mover.POLICY, "the hub's fault, or the sender was told AA already"),
    Move(MessageState.PENDING, MessageState.SKIPPED, Mover.POLICY, "the hub's fault, where on_poison is skip"),
    Move(MessageState.PARKED, MessageState.PENDING, Mover.PERSON, "released"),
    Move(MessageState.PARKED, MessageState.SKIPPED, Mover.PERSON, "discarded, or superseded by a correction"),
)

# A second answer (the application acknowledgement of enhanced mode) is noted over the first.
ANSWER_LIFE: Final = (
    Move(AckOutcome.PENDING, AckOutcome.DELIVERED, Mover.HUB, "the answer was written to the connection"),
    Move(AckOutcome.PENDING, AckOutcome.UNDELIVERED, Mover.HUB, "the connection was gone"),
    Move(AckOutcome.PENDING, AckOutcome.NOT_OWED, Mover.HUB, "nobody waits for one"),
    Move(AckOutcome.DELIVERED, AckOutcome.DELIVERED, Mover.HUB, "the second answer was written too"),
    Move(AckOutcome.DELIVERED, AckOutcome.UNDELIVERED, Mover.HUB, "the second answer was not"),
    Move(AckOutcome.UNDELIVERED, AckOutcome.UNDELIVERED, Mover.HUB, "nor was the second"),
    Move(AckOutcome.UNDELIVERED, AckOutcome.DELIVERED, Mover.HUB, "the second answer was written"),
)

DELIVERY_LIFE: Final = (
    Move(DeliveryState.DUE, DeliveryState.IN_FLIGHT, Mover.HUB, "claimed, at the head of its lane"),
    Move(DeliveryState.IN_FLIGHT, DeliveryState.DELIVERED, Mover.HUB, "accepted there"),
    Move(DeliveryState.IN_FLIGHT, DeliveryState.WAITING, Mover.POLICY, "failed, and may be tried again"),
    Move(DeliveryState.IN_FLIGHT, DeliveryState.DEAD, Mover.POLICY, "failed, and may not"),
    Move(DeliveryState.WAITING, DeliveryState.IN_FLIGHT, Mover.HUB, "claimed again when its time has come"),
    Move(DeliveryState.DEAD, DeliveryState.DUE, Mover.PERSON, "revived"),
)


def _moves(states: type[S], life: Iterable[Move[S]]) -> dict[S, frozenset[S]]:
    return {state: frozenset(move.after for move in life if move.before is state) for state in states}


MESSAGE_MOVES: Final = _moves(MessageState, MESSAGE_LIFE)
ANSWER_MOVES: Final = _moves(AckOutcome, ANSWER_LIFE)
DELIVERY_MOVES: Final = _moves(DeliveryState, DELIVERY_LIFE)


def settle(failure: Failure, *, expired: bool, idempotent: bool) -> DeliveryState:
    """The state a failed delivery moves to. `expired`: the destination's retry time (retry.for) has passed."""
    match failure:
        case Failure.PERMANENT:
            return DeliveryState.DEAD
        case Failure.AMBIGUOUS:
            return DeliveryState.WAITING if idempotent and not expired else DeliveryState.DEAD
        case Failure.TRANSIENT:
            return DeliveryState.DEAD if expired else DeliveryState.WAITING
