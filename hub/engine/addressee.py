"""Whom a message is about, read from PID-3 alone: for messages whose map broke, so that "not yet processed" is said of the right person."""

from __future__ import annotations

from collections.abc import Sequence

from hub.care import nhs_number
from hub.care.identity import Key
from hub.codec.hl7v2 import EncodingCharacters, Message, split_components, split_repetitions

__all__ = ["nhs_numbers_of"]

_AUTHORITIES = frozenset({"NHS", "NHSNBR", "NH"})
"""In CX.4 or CX.5: `…^^^NHS^NH`, `…^^^NHSNBR^NHSNMBR`, `…^^^^NH`."""


def nhs_numbers_of(message: Message | None) -> tuple[Key, ...]:
    """The valid NHS numbers of every PID, as identity keys. Local numbers need the maps' tables to be keys, and are left out."""
    if message is None:
        return ()
    pids = [segment.field(3) for segment in message.segments if segment.name == "PID"]
    numbers = [split_components(number, message.encoding) for field in pids for number in split_repetitions(field, message.encoding)]
    return tuple((nhs_number.SYSTEM, nhs_number.normalise(number[0])) for number in numbers if _is_valid(number, message.encoding))


def _is_valid(components: Sequence[str], encoding: EncodingCharacters) -> bool:
    authorities = {text.split(encoding.subcomponent)[0] for text in components[3:5]}
    return bool(authorities & _AUTHORITIES) and nhs_number.is_nhs_number(components[0], by_authority=True)
