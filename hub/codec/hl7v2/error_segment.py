"""ERR: what was wrong and where, in the sender's own terms.

HL7 v2 chapter 2, section 2.14.5 (2.5 and later: one segment for each error) and the older ERR-1 (one segment, a repetition for each error).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hub.codec.hl7v2.encoding import EncodingCharacters
from hub.codec.hl7v2.escape import escape
from hub.codec.hl7v2.path import Path, parse_path
from hub.core.diagnostics import Diagnostic, Severity

__all__ = ["ERROR_TEXTS", "MOST_ERRORS", "error_location", "render_errors", "summary"]

MOST_ERRORS: Final = 50  # an answer need not be longer than the message
ERROR_TEXTS: Final = {  # table 0357
    "0": "Message accepted",
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "202": "Unsupported processing id",
    "203": "Unsupported version id",
    "204": "Unknown key identifier",
    "205": "Duplicate key identifier",
    "206": "Application record locked",
    "207": "Application internal error",
}
_SEVERITIES: Final = {Severity.ERROR: "E", Severity.WARNING: "W", Severity.INFORMATION: "I"}  # table 0516


def render_errors(diagnostics: Sequence[Diagnostic], encoding: EncodingCharacters, *, by_location: bool) -> list[str]:
    """ERR segments without terminators. by_location: the form before 2.5, where ERR-1 holds place and code."""
    reported = diagnostics[:MOST_ERRORS]
    if not reported:
        return []
    if by_location:
        return [encoding.field.join(("ERR", encoding.repetition.join(_err1(each, encoding) for each in reported)))]
    return [_err(each, encoding) for each in reported]


def error_location(diagnostic: Diagnostic) -> Path | None:
    """The diagnostic's place as ERR-2 can say it; None for places that are not fields of a message."""
    path = parse_path(diagnostic.place or "")
    return path if isinstance(path, Path) else None


def summary(diagnostic: Diagnostic) -> str:
    """One line for the person who reads the answer."""
    return f"{diagnostic.code.title}: {diagnostic.detail}"


def _err(diagnostic: Diagnostic, encoding: EncodingCharacters) -> str:
    code = diagnostic.code
    path = error_location(diagnostic)
    user_message = summary(diagnostic) + (f". {diagnostic.fix}" if diagnostic.fix else "")
    fields = (
        "ERR",
        "",
        _erl(path, encoding) if path else "",
        encoding.component.join((code.hl7, ERROR_TEXTS.get(code.hl7, ""), "HL70357")),
        _SEVERITIES[code.severity],
        encoding.component.join((escape(code.name, encoding), escape(code.title, encoding), "L")),
        "",
        escape(diagnostic.detail, encoding),
        escape(user_message, encoding),
    )
    return encoding.field.join(fields)


def _erl(path: Path, encoding: EncodingCharacters) -> str:
    """Segment, its occurrence, field, repetition, component, subcomponent."""
    occurrence = path.occurrence or 1
    repetition = path.repetition if isinstance(path.repetition, int) else (1 if path.field else None)
    numbers = (occurrence, path.field, repetition, path.component, path.subcomponent)
    return encoding.component.join((path.segment, *(str(number or "") for number in numbers))).rstrip(encoding.component)


def _err1(diagnostic: Diagnostic, encoding: EncodingCharacters) -> str:
    """Segment, its occurrence, field, code (identifier, text and system as subcomponents)."""
    path = error_location(diagnostic)
    place = (path.segment, str(path.occurrence or 1), str(path.field or "")) if path else ("", "", "")
    code = encoding.subcomponent.join((diagnostic.code.hl7, ERROR_TEXTS.get(diagnostic.code.hl7, ""), "HL70357"))
    return encoding.component.join((*place, code))
