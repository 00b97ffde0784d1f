"""Which answers a message asks for: MSH-15 and MSH-16, whose presence is what makes the enhanced mode.

HL7 v2 chapter 2, sections 2.9.3 "Enhanced acknowledgement rules" and 2.14.9.15; table 0155 (AL: always).
"""

from __future__ import annotations

from typing import Final

from hub.codec.hl7v2.message import Message
from hub.codec.hl7v2.tokenizer import parse_message

__all__ = ["ask_for_both"]

_ACCEPT, _APPLICATION = 14, 15  # where MSH-15 and MSH-16 stand when MSH is cut at its separator
_ALWAYS: Final = "AL"


def ask_for_both(body: bytes) -> bytes:
    """The message, asking for an accept and for an application acknowledgement. Bytes that are no message stay as they are."""
    message = parse_message(body)
    if not isinstance(message, Message):
        return body
    msh, separator = message.msh, message.encoding.field
    fields = msh.text.split(separator)
    fields += [""] * (_APPLICATION + 1 - len(fields))
    fields[_ACCEPT] = fields[_APPLICATION] = _ALWAYS
    text = message.text[: msh.start] + separator.join(fields) + message.text[msh.start + len(msh.text) :]
    return text.encode(message.charset)
