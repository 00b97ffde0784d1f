"""Lanes: a key of order, (person, source, family of content). Pure.

Messages of one lane keep their order; a message that cannot be processed holds its own lane and no other. What must not wait passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from hub.codec.hl7v2 import Message, split_components, split_repetitions
from hub.engine.change import Change
from hub.engine.configuration import SourceConfig

__all__ = ["lane_of", "may_pass"]

_FAMILIES: Final = {"ADT": "adt", "ORU": "results", "MDM": "documents"}
# Plans, consents and alerts are what a crew acts on: stale is worse than out of order.
_URGENT: Final = frozenset({"CarePlan", "Consent", "Flag"})


def lane_of(message: Message, source: SourceConfig) -> str:
    """Readable in its source and family; the person's number is hashed, since lanes are shown and logged."""
    family = source.family or _FAMILIES.get(message.message_code, message.message_code.lower())
    return f"{source.name}/{family}/{sha256(_person(message).encode()).hexdigest()[:16]}"


def _person(message: Message) -> str:
    """The first number of PID-3 with its authority, as written: one feed writes one person's numbers in one order.

    Taken from the message and not from the map's result, so that it is known also when the map breaks.
    """
    pid = next((segment for segment in message.segments if segment.name == "PID"), None)
    if pid is None:
        return ""
    first = split_repetitions(pid.field(3) or pid.field(2), message.encoding)[:1]
    components = split_components(first[0], message.encoding) if first else []
    return "^".join((*components[:1], *components[3:4]))


def may_pass(changes: Sequence[Change]) -> bool:
    """Withdrawals, plans, consents and deaths never wait behind a parked result."""
    return any(change.is_withdrawal or change.type in _URGENT or _tells_of_death(change) for change in changes)


def _tells_of_death(change: Change) -> bool:
    resource = change.resource or {}
    return change.type == "Patient" and ("deceasedDateTime" in resource or resource.get("deceasedBoolean") is True)
