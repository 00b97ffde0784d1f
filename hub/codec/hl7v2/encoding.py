"""MSH-1 and MSH-2: the characters that divide a message, and division by them.

HL7 v2 chapter 2, section 2.5.4 "Message delimiters". MSH-2 is component, repetition, escape, subcomponent and, from 2.7, truncation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

__all__ = [
    "ABSENT",
    "DEFAULT_ENCODING",
    "HL7_NULL",
    "EncodingCharacters",
    "find_encoding",
    "split_components",
    "split_repetitions",
    "split_subcomponents",
]

HL7_NULL: Final = '""'  # on the wire: delete what you hold
ABSENT: Final = ""  # on the wire: leave what you hold


@dataclass(frozen=True, slots=True)
class EncodingCharacters:
    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    truncation: str | None = None

    @property
    def msh2(self) -> str:
        return self.component + self.repetition + self.escape + self.subcomponent + (self.truncation or "")


DEFAULT_ENCODING: Final = EncodingCharacters()


def find_encoding(header: str) -> EncodingCharacters | None:
    """From the MSH segment, which begins with "MSH". None where its encoding characters cannot be used."""
    field = header[3:4]
    return _encoding(field, header[4:16].partition(field)[0]) if field else None


@lru_cache(maxsize=256)
def _encoding(field: str, msh2: str) -> EncodingCharacters | None:
    characters = field + msh2
    if len(msh2) not in {4, 5} or len(set(characters)) != len(characters):
        return None
    if not characters.isascii() or any(c.isalnum() or c.isspace() or not c.isprintable() for c in characters):
        return None
    return EncodingCharacters(field, *msh2)


def split_repetitions(text: str, encoding: EncodingCharacters) -> list[str]:
    return text.split(encoding.repetition)


def split_components(text: str, encoding: EncodingCharacters) -> list[str]:
    return text.split(encoding.component)


def split_subcomponents(text: str, encoding: EncodingCharacters) -> list[str]:
    return text.split(encoding.subcomponent)
