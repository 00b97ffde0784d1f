"""What the sender of one message is told, and when. Pure.

HL7 v2 chapter 2, section 2.9 "Message processing rules": in original mode one answer, when the message is processed; in enhanced mode an
accept acknowledgement (CA CE CR) when it is kept, and an application acknowledgement (AA AE AR) when it is processed, each under the
condition that MSH-15 and MSH-16 name (table 0155). docs/acknowledgement.md has the whole table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from hub.codec.hl7v2 import Message
from hub.codec.hl7v2.acknowledgement import AckCode, acknowledge
from hub.core.diagnostics import Diagnostic
from hub.engine.configuration import Mode

__all__ = ["Answering", "Asked", "Condition", "asked_by"]

_ACCEPT: Final = {AckCode.AA: AckCode.CA, AckCode.AE: AckCode.CE, AckCode.AR: AckCode.CR}


class Condition(StrEnum):
    """Table 0155."""

    ALWAYS = "AL"
    NEVER = "NE"
    ON_ERROR = "ER"
    ON_SUCCESS = "SU"

    def covers(self, code: AckCode) -> bool:
        if self is Condition.ALWAYS:
            return True
        return self is (Condition.ON_SUCCESS if code.is_accepted else Condition.ON_ERROR)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which answers are wanted. accept: None in original mode."""

    accept: Condition | None
    application: Condition


_ORIGINAL: Final = Asked(None, Condition.ALWAYS)
_BOTH: Final = Asked(Condition.ALWAYS, Condition.ALWAYS)


def asked_by(message: Message | None, mode: Mode) -> Asked:
    """message: None for one whose header cannot be read."""
    if mode is Mode.ORIGINAL:
        return _ORIGINAL
    accept, application = (message.accept_ack, message.application_ack) if message is not None else ("", "")
    if not accept and not application:
        return _BOTH if mode is Mode.ENHANCED else _ORIGINAL
    return Asked(_condition(accept), _condition(application))


def _condition(field: str) -> Condition:
    """A word that is none of the table's is answered: an answer too many is seen, one too few is waited for."""
    if not field:
        return Condition.NEVER
    return next((each for each in Condition if each.value == field), Condition.ALWAYS)


@dataclass(frozen=True, slots=True)
class Answering:
    """message: as far as it could be read. control_ids: MSH-10 of the two answers. expected: MSA-4, where sequence numbers are kept."""

    message: Message | bytes
    asked: Asked
    control_ids: tuple[str, str]
    at: datetime

    @property
    def accepts_first(self) -> bool:
        """Whether the sender is told that the message is kept, before it is processed."""
        return self.asked.accept is not None and self.asked.accept.covers(AckCode.CA)

    def accept(self, code: AckCode, diagnostics: Sequence[Diagnostic] = (), expected: int | None = None) -> bytes | None:
        """CA, CE or CR; None where it is not asked for."""
        if self.asked.accept is None or not self.asked.accept.covers(code):
            return None
        return self._write(code, 0, diagnostics, expected)

    def application(self, code: AckCode, diagnostics: Sequence[Diagnostic] = (), expected: int | None = None) -> bytes | None:
        """AA, AE or AR; None where it is not asked for."""
        return self._write(code, 1, diagnostics, expected) if self.asked.application.covers(code) else None

    def refusal(self, code: AckCode, diagnostics: Sequence[Diagnostic], expected: int | None) -> tuple[AckCode, bytes] | None:
        """Of a message that is not let in: by whichever answer the sender wants of errors; None where it wants none."""
        for each, write in ((_ACCEPT[code], self.accept), (code, self.application)):
            text = write(each, diagnostics, expected)
            if text is not None:
                return each, text
        return None

    def _write(self, code: AckCode, which: int, diagnostics: Sequence[Diagnostic], expected: int | None) -> bytes:
        return acknowledge(self.message, code, control_id=self.control_ids[which], at=self.at, diagnostics=diagnostics, expected=expected)
