"""The sequence number protocol: MSH-13 against what is expected. Pure.

HL7 v2 chapter 2, section 2.10.1: 0 (re)starts the link and asks which number is expected; -1 says that the next number, whichever it is,
is the first; any other must be the expected one. MSA-4 of the answer echoes the number, or names the expected one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hub.core.diagnostics import Diagnostic
from hub.engine.codes import SEQUENCE_NUMBER_MISSING, SEQUENCE_NUMBER_UNEXPECTED

__all__ = ["Sequence", "check_sequence", "is_link_message"]

_NUMBER: Final = re.compile(r"-1|[0-9]{1,15}")
_ANY: Final = -1


@dataclass(frozen=True, slots=True)
class Sequence:
    """answered: MSA-4. following: the number expected from now on, once the message is accepted; None: any."""

    answered: int
    following: int | None
    refusal: Diagnostic | None = None


def is_link_message(number: str) -> bool:
    """One that says nothing but where the link stands: the segments after its MSH need not be there."""
    return _NUMBER.fullmatch(number) is not None and int(number) <= 0


def check_sequence(number: str, expected: int | None) -> Sequence:
    """number: MSH-13."""
    told = _ANY if expected is None else expected
    if not _NUMBER.fullmatch(number):
        return Sequence(told, expected, Diagnostic(SEQUENCE_NUMBER_MISSING, "a whole number is needed", place="MSH-13"))
    given = int(number)
    if given == _ANY:
        return Sequence(_ANY, None)
    if given == 0:
        return Sequence(told, expected)
    if expected is not None and given != expected:
        what = "a number that has been" if given < expected else "numbers are missing before it"
        return Sequence(told, expected, Diagnostic(SEQUENCE_NUMBER_UNEXPECTED, what, place="MSH-13"))
    return Sequence(given, given + 1)
