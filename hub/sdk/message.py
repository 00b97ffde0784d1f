"""What passes between a connector and the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came: the bytes exactly as received, and who brought it (network address or file name)."""

    body: bytes
    peer: str | None = None
    media_type: str = "application/hl7-v2"


class Outcome(StrEnum):
    """What became of a message, as far as its bringer needs to know."""

    ACCEPTED = "accepted"  # durable; `answer` says so
    REFUSED = "refused"  # durable in the archive, and refused; `answer` says why
    UNAVAILABLE = "unavailable"  # nothing was kept: give no answer, slow down, let the sender try again


@dataclass(frozen=True, slots=True)
class Receipt:
    """The engine's answer. `answer` is the bytes to send back (an ACK), None where none is owed.

    told: to be called once, with whether the answer could be written; None where nobody waits for it.
    """

    outcome: Outcome
    answer: bytes | None = None
    id: int | None = None
    told: Callable[[bool], None] | None = None


@dataclass(frozen=True, slots=True)
class Outbound:
    """A rendered message for a destination. `control_id` is what its answer must name (MSA-2).

    enhanced: it asks for two answers, that it is kept (accept) and what became of it (application).
    """

    body: bytes
    control_id: str
    media_type: str = "application/hl7-v2"
    enhanced: bool = False


class Taken(StrEnum):
    """How far the other side has come with a message to which it said yes."""

    PROCESSED = "processed"
    KEPT = "kept"  # it answers for it now (CA); what its application made of it was not heard


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a client heard for one message. code: MSA-1, or None when no answer came in time. answer: its bytes."""

    code: str | None
    answer: bytes | None
    milliseconds: float
