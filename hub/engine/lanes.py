"""Lanes: a key of order, (person, source, family of content). Pure. HL7 v2 chapter 3 for merges.

Messages of one lane keep their order; a message that cannot be processed holds its own lane and no other. What must not wait passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

from hub.codec.hl7v2 import EncodingCharacters, Message, split_components, split_repetitions
from hub.engine.change import Change
from hub.engine.configuration import SourceConfig

__all__ = ["Merge", "family_in", "lane_of", "may_pass", "merges_in"]

_FAMILIES: Final = {"ADT": "adt", "ORU": "results", "MDM": "documents"}
# Plans, consents and alerts are what a crew acts on: stale is worse than out of order.
_URGENT: Final = frozenset({"CarePlan", "Consent", "Flag"})
# Two numbers are one person's from now on (chapter 3; A18, A34, A36 and A39 in older versions): MRG-1 names the old one.
_MERGING: Final = frozenset({"A18", "A34", "A36", "A39", "A40"})

_Number = tuple[str, str]  # CX.1, CX.4
_NOBODY: Final = ("", "")

Merge = tuple[str, str]
"""Whose lanes go on in whose: the hash of the old number, and of the one that stays."""


def lane_of(message: Message, source: SourceConfig) -> str:
    """Whose it is, the source and the family. The person's number is hashed, since lanes stand beside messages; it comes first, so that
    all lanes of a person stand together.
    """
    family = source.family or _FAMILIES.get(message.message_code, message.message_code.lower())
    return f"{_whose(_person(message))}/{source.name}/{family}"


def family_in(lane: str) -> str:
    """What may be told of a lane, besides its source."""
    return lane.rpartition("/")[2]


def merges_in(message: Message) -> tuple[Merge, ...]:
    """What a merge says of lanes: each PID is followed by the MRG that was merged into it. An old number without an authority has that
    of the number that stays.
    """
    if message.message_code != "ADT" or message.trigger_event not in _MERGING:
        return ()
    found: dict[Merge, None] = {}
    stays: _Number | None = None
    for segment in message.segments:
        if segment.name == "PID":
            stays = next(_numbers(segment.field(3) or segment.field(2), message.encoding), None)
        elif segment.name == "MRG" and stays is not None:
            for value, authority in _numbers(segment.field(1), message.encoding):
                gone = (value, authority or stays[1])
                if value and gone != stays:
                    found[_whose(gone), _whose(stays)] = None
    return tuple(found)


def _person(message: Message) -> _Number:
    """The first number of PID-3 with its authority, as written: one feed writes one person's numbers in one order.

    Taken from the message and not from the map's result, so that it is known also when the map breaks.
    """
    pid = next((segment for segment in message.segments if segment.name == "PID"), None)
    return next(_numbers(pid.field(3) or pid.field(2), message.encoding), _NOBODY) if pid is not None else _NOBODY


def _numbers(field: str, encoding: EncodingCharacters) -> Iterator[_Number]:
    for repetition in split_repetitions(field, encoding):
        components = (*split_components(repetition, encoding), "", "", "", "")
        yield components[0], components[3]


def _whose(number: _Number) -> str:
    return sha256("^".join(number).encode()).hexdigest()[:16]


def may_pass(changes: Sequence[Change]) -> bool:
    """Withdrawals, plans, consents and deaths never wait behind a parked result."""
    return any(change.is_withdrawal or change.type in _URGENT or _tells_of_death(change) for change in changes)


def _tells_of_death(change: Change) -> bool:
    resource = change.resource or {}
    return change.type == "Patient" and ("deceasedDateTime" in resource or resource.get("deceasedBoolean") is True)
