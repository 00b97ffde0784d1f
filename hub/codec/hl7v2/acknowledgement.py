"""Answers: writing ACK for a message, and reading the ACK of another system.

HL7 v2 chapter 2, sections 2.9 "Message processing rules", 2.14.8 "MSA" and 2.14.5 "ERR"; tables 0008, 0357 and 0516.
The answer has the character set, the encoding characters and the version of the message, and MSA-2 is MSH-10 byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from hub.codec.codes import NOT_AN_ACKNOWLEDGEMENT
from hub.codec.hl7v2.encoding import DEFAULT_ENCODING, EncodingCharacters
from hub.codec.hl7v2.error_segment import render_errors, summary
from hub.codec.hl7v2.escape import escape, unescape
from hub.codec.hl7v2.message import Message, Segment
from hub.codec.hl7v2.tokenizer import parse_header, parse_message
from hub.core.diagnostics import Diagnostic

__all__ = ["AckCode", "Acknowledgement", "acknowledge", "parse_acknowledgement"]

_ERR_BY_LOCATION_BEFORE: Final = (2, 5)  # ERR-1 up to 2.4, ERR-2 and on from 2.5
_STRUCTURE_NAMED_FROM: Final = (2, 3, 1)


class AckCode(StrEnum):
    """MSA-1, table 0008. A.: the application has processed it. C.: it is kept safe, and processed later."""

    AA = "AA"
    AE = "AE"
    AR = "AR"
    CA = "CA"
    CE = "CE"
    CR = "CR"

    @property
    def is_accepted(self) -> bool:
        return self in {AckCode.AA, AckCode.CA}


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What another system answered. `text` is theirs and may name a person: show it, never log it.

    control_id: MSA-2, raw: it must equal the MSH-10 that was sent. errors: ERR-3 codes (table 0357) in the order they came.
    """

    code: AckCode
    control_id: str
    text: str = field(default="", repr=False)
    errors: tuple[str, ...] = ()


def acknowledge(
    message: Message | bytes | None,
    code: AckCode,
    *,
    control_id: str,
    at: datetime,
    diagnostics: Sequence[Diagnostic] = (),
    expected: int | None = None,
) -> bytes:
    """The answer to a message; to the bytes of one that cannot be read, as far as its MSH can be; or to none at all.

    control_id: MSH-10 of the answer. at: MSH-7. expected: MSA-4, where sequence numbers are kept.
    """
    header = parse_header(message) if isinstance(message, bytes) else message
    known = header if isinstance(header, Message) else None
    encoding = known.encoding if known else DEFAULT_ENCODING
    version = _numbers(known.version if known else "")
    separator = encoding.field
    is_old = version < _ERR_BY_LOCATION_BEFORE
    said = escape(summary(diagnostics[0])[:80], encoding) if diagnostics and is_old else ""  # MSA-3 is ST(80) before 2.5
    message_acknowledged = separator.join(_msa(known, code, said, expected)).rstrip(separator)
    segments = [_msh(known, encoding, version, control_id, at), message_acknowledged]
    segments += render_errors(diagnostics, encoding, by_location=is_old)
    lead = "\ufeff" if known and known.charset.startswith("utf-16") else ""
    text = lead + "".join(segment + "\r" for segment in segments)
    # Every text of the message fits its own charset; ours may hold a dash that ASCII lacks.
    return text.encode(known.charset if known else "ascii", errors="replace")


def parse_acknowledgement(data: bytes) -> Acknowledgement | Diagnostic:
    message = parse_message(data)
    if isinstance(message, Diagnostic):
        return message
    found = next((segment for segment in message.segments if segment.name == "MSA"), None)
    if found is None:
        return Diagnostic(NOT_AN_ACKNOWLEDGEMENT, "the answer has no MSA segment")
    code = found.field(1).strip()
    if code not in AckCode.__members__:
        return Diagnostic(NOT_AN_ACKNOWLEDGEMENT, "MSA-1 is not a code of table 0008", place="MSA-1")
    errors = [segment for segment in message.segments if segment.name == "ERR"]
    texts = [found.field(3)] + [error.field(8) or error.field(7) for error in errors]
    text = "\n".join(unescape(each, message.encoding, message.charset) for each in texts if each)
    error_codes = tuple(each for error in errors for each in _error_codes(error, message.encoding) if each)
    return Acknowledgement(AckCode(code), found.field(2), text, error_codes)


def _msh(known: Message | None, encoding: EncodingCharacters, version: tuple[int, ...], control_id: str, at: datetime) -> str:
    """Sender and receiver change places; the rest of the header is the message's own."""
    parts = ["ACK"]
    if known and known.trigger_event and version > (2, 1):
        parts.append(known.trigger_event)
        if version >= _STRUCTURE_NAMED_FROM:
            parts.append("ACK")
    fields = [
        "MSH",
        encoding.msh2,
        known.receiving_application if known else "",
        known.receiving_facility if known else "",
        known.sending_application if known else "",
        known.sending_facility if known else "",
        at.strftime("%Y%m%d%H%M%S%z"),
        "",
        encoding.component.join(parts),
        escape(control_id, encoding),
        (known.msh.field(11) if known else "") or "P",
        (known.msh.field(12) if known else "") or "2.5",
        *[""] * 5,
        known.msh.field(18) if known else "",
    ]
    return encoding.field.join(fields).rstrip(encoding.field)


def _msa(known: Message | None, code: AckCode, text: str, expected: int | None) -> list[str]:
    """text: MSA-3, escaped."""
    return ["MSA", code.value, known.control_id if known else "", text, "" if expected is None else str(expected)]


def _error_codes(error: Segment, encoding: EncodingCharacters) -> list[str]:
    """ERR-3.1, or before 2.5 the code inside ERR-1.4 of each repetition."""
    if error.field(3):
        return [error.field(3).split(encoding.component)[0]]
    locations = [repetition.split(encoding.component) for repetition in error.field(1).split(encoding.repetition)]
    return [components[3].split(encoding.subcomponent)[0] for components in locations if len(components) > 3]


def _numbers(version: str) -> tuple[int, ...]:
    """From "2.3.1" to (2, 3, 1); what is no version counts as the newest form of the answer."""
    parts = version.split(".")
    return tuple(int(part) for part in parts) if parts[0] == "2" and all(part.isdecimal() for part in parts) else (2, 5)
