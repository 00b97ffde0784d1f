"""Devices: their EUI-64 addresses (EI, HL7 v2 chapter 2A, as IHE PCD-01 uses it) and the partitions of ISO/IEEE 11073-10101 codes."""

from __future__ import annotations

import re
from typing import Final

from hub.mapping.registry import Example, Function, Unreadable

__all__ = ["FUNCTIONS"]

_EUI64: Final = re.compile(r"[0-9A-Fa-f]{16}")
_CODE: Final = re.compile(r"\d{1,10}", re.ASCII)


def eui64(text: str) -> str:
    """Sixteen hexadecimal digits, hyphens and colons not counted, as `00-E0-FB-FF-FE-12-34-56`."""
    digits = text if text.isalnum() else re.sub(r"[-:. ]", "", text)
    if not _EUI64.fullmatch(digits):
        raise Unreadable("not sixteen hexadecimal digits")
    digits = digits.upper()
    return "-".join([digits[at : at + 2] for at in range(0, 16, 2)])


def mdc_partition(code: str) -> str:
    """The upper sixteen bits of a context-free code; what is no number has none."""
    return str(int(code) >> 16) if _CODE.fullmatch(code) else ""


FUNCTIONS: Final = (
    Function(
        name="eui64",
        doc="A device's EUI-64 as FHIR writes it in the Personal Health Device guide: eight pairs of hexadecimal digits with hyphens.",
        takes=("ST",),
        gives="string",
        forward=eui64,
        back=lambda text: (text.replace("-", ""),),
        examples=(
            Example(("00E0FBFFFE123456",), "00-E0-FB-FF-FE-12-34-56"),
            Example(("00-e0-fb-ff-fe-12-34-56",), "00-E0-FB-FF-FE-12-34-56", one_way=True),
            Example(("12",), fails=True),
        ),
    ),
    Function(
        name="mdc_partition",
        doc="The partition of an MDC code (2 measurements, 4 units, 8 infrastructure): the code divided by 65536. "
        "A text that is no number has none.",
        takes=("ST",),
        gives="code",
        forward=mdc_partition,
        back=None,
        examples=(
            Example(("150021",), "2"),
            Example(("528391",), "8"),
            Example(("65573",), "1"),
            Example(("tt-0003",), ""),
        ),
    ),
)
