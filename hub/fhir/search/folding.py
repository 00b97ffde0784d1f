"""Text as searches compare it: lower case, without accents. https://hl7.org/fhir/R4/search.html#string"""

from __future__ import annotations

import unicodedata

__all__ = ["fold"]


def fold(text: str) -> str:
    """Zoë  Müller becomes "zoe muller": case, accents and runs of white space make no difference."""
    if not text.isascii():
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return " ".join(text.casefold().split())
