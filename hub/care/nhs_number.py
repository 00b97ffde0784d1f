"""The NHS number: ten digits, the last of which checks the others.

NHS Data Dictionary, "NHS NUMBER", Modulus 11: weights 10 to 2 on the first nine digits; 11 less the remainder of their sum by 11
is the check digit, 11 is written 0, and 10 makes no number.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["SYSTEM", "is_nhs_number", "normalise"]

SYSTEM: Final = "https://fhir.nhs.uk/Id/nhs-number"

_TEN_DIGITS: Final = re.compile(r"[0-9]{10}")
# In use, by the first nine digits; the 9 series is for tests. A Scottish CHI number passes the check digit too and lies outside.
_RANGES: Final = (range(400_000_000, 500_000_000), range(600_000_000, 800_000_000), range(900_000_000, 1_000_000_000))


def normalise(text: str) -> str:
    """Without the spaces (or hyphens) of the printed form, 3-3-4."""
    return "".join(text.split()).replace("-", "")


def is_nhs_number(text: str, *, by_authority: bool) -> bool:
    """Whether the text can be one person's NHS number.

    by_authority: the sender says that it is an NHS number (NHS, NHSNBR), so the check digit alone decides: older test streams
    use numbers outside the ranges. Otherwise it must also lie in a range in use.
    """
    number = normalise(text)
    if _TEN_DIGITS.fullmatch(number) is None or len(set(number)) == 1:
        return False
    check = 11 - sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)) % 11
    if check == 10 or check % 11 != int(number[9]):
        return False
    return by_authority or any(int(number[:9]) in numbers for numbers in _RANGES)
