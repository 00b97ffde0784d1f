"""Diagnostics of the way back, FHIR to v2: M490 to M499. docs/mapping-language.md, "Going back" and "Residue"."""

from __future__ import annotations

from typing import Final

from hub.core.diagnostics import Code, Severity

_WARNING: Final = Severity.WARNING
_INFORMATION: Final = Severity.INFORMATION

NO_ROW_WRITES = Code(
    "M490",
    "an element that no row writes",
    "The resource has this element, and no two-way row and no row `<-` of the map writes it: it is not in the message. "
    "Add a row, or turn a row `->` round. Reported once for each element of a message, however many resources have it.",
    _WARNING,
    issue="incomplete",
)
NO_ROW_WRITES_RESOURCE = Code(
    "M491",
    "a resource that no row writes",
    "No row of the map takes resources of this type, or this one is not related to those that are written "
    "(`with subject = patient`, `in report.result`), or the row would not read again what it writes (its `when`). "
    "It is not in the message.",
    _INFORMATION,
    issue="incomplete",
)
RESIDUE_LEFT_OUT = Code(
    "M492",
    "residue left out: the resource has changed",
    "What no row writes comes from the message that the resource came from, and only while the resource is still the version which that "
    "message made. This one has changed since, or is gone. Its segment is written of what FHIR has now.",
    _INFORMATION,
    issue="informational",
)
RESIDUE_UNDECIDED = Code(
    "M493",
    "residue left out: it cannot be told where it belongs",
    "The archived message has more or fewer segments or repetitions here than the resources give, so that its residue could stand on the "
    "wrong one. None of it is used here.",
    _WARNING,
    issue="incomplete",
)
RESIDUE_OTHER_VERSION = Code(
    "M494",
    "no residue: the archived message has another version of HL7",
    "Fields move from version to version, so what no row writes goes only into a message of the version it came in. Write that version.",
    _WARNING,
    issue="not-supported",
)
RESIDUE_UNREAD = Code(
    "M495",
    "no residue: this map does not read the archived message",
    "The residue is what the map's two-way rows do not write of the message. It cannot be known of a message that the map refuses, "
    "or of one for another map.",
    _WARNING,
    issue="not-supported",
)
NOT_IN_CHARSET = Code(
    "M496",
    "a letter that the message's character set does not have",
    "With residue the message is written in the delimiters and the character set of the archived message (MSH-18), and a text of the "
    "resources has a letter that it cannot hold. Write the message without residue: then it is UTF-8.",
    issue="value",
)

CODES: Final[tuple[Code, ...]] = tuple(value for value in list(globals().values()) if isinstance(value, Code))
