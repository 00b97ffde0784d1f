"""What the header must say before a message is taken: HL7 v2 chapter 2, section 2.14.9, the required fields of MSH."""

from __future__ import annotations

from typing import Final

from hub.codec.codes import HEADER_FIELD_MISSING, VERSION_UNSUPPORTED
from hub.codec.hl7v2.dictionary import known_version
from hub.codec.hl7v2.message import Message
from hub.core.diagnostics import Diagnostic

__all__ = ["check_header"]

_REQUIRED: Final = ((9, "message type"), (10, "control id"), (11, "processing id"), (12, "version"))


def check_header(message: Message) -> tuple[Diagnostic, ...]:
    """Every reason not to take this message that MSH alone can give; empty where there is none."""
    found = [
        Diagnostic(HEADER_FIELD_MISSING, f"the {name} is empty", place=f"MSH-{number}")
        for number, name in _REQUIRED
        if not message.msh.field(number)
    ]
    if message.version and known_version(message.version) is None:
        found.append(Diagnostic(VERSION_UNSUPPORTED, "the version is none of 2.1 to 2.8.2", place="MSH-12"))
    return tuple(found)
