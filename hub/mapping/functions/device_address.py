"""EUI-64 device identifiers: EI (HL7 v2 chapter 2A) as PCD-01 uses it, and the HL7 PHD guide's `urn:oid:1.2.840.10004.1.1.1.0.0.1.0.0.1.2680`."""

from __future__ import annotations

import re
from typing import Final

from hub.mapping.registry import Example, Function, Unreadable

__all__ = ["FUNCTIONS"]

_EUI64: Final = re.compile(r"[0-9A-Fa-f]{16}")


def eui64(text: str) -> str:
    """Sixteen hexadecimal digits, hyphens and colons not counted, as `00-E0-FB-FF-FE-12-34-56`."""
    digits = re.sub(r"[-:. ]", "", text)
    if not _EUI64.fullmatch(digits):
        raise Unreadable("not sixteen hexadecimal digits")
    digits = digits.upper()
    return "-".join(digits[at : at + 2] for at in range(0, 16, 2))


FUNCTIONS: Final = (
    Function(
        name="eui64",
        doc="A device's EUI-64 as FHIR writes it in the Personal Health Device guide: eight pairs of hexadecimal digits with hyphens.",
        takes=("ST",),
        gives="string",
        forward=eui64,
        back=lambda text: (re.sub("-", "", text),),
        examples=(
            Example(("00E0FBFFFE123456",), "00-E0-FB-FF-FE-12-34-56"),
            Example(("00-e0-fb-ff-fe-12-34-56",), "00-E0-FB-FF-FE-12-34-56", one_way=True),
            Example(("12",), fails=True),
        ),
    ),
)
