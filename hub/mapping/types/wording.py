"""The words of a name, so that `birthDate`, `date_of_birth` and HL7's "Date Time of Birth" are found by one another."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["closest_by_words", "words"]

# Words that say nothing about which field is meant.
_EMPTY = frozenset({"of", "the", "and", "or", "s", "id", "number", "type", "time", "list", "code"})
_SAME = {"birthday": "birth", "dob": "birth", "gender": "sex", "surname": "family", "forename": "given", "telecom": "phone"}


def words(name: str) -> frozenset[str]:
    """`birthDate` and "Date Time of Birth" share {"birth", "date"}."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    return frozenset(_SAME.get(part.lower(), part.lower()) for part in parts) - _EMPTY


def closest_by_words(wanted: frozenset[str], known: Iterable[tuple[str, str]]) -> str | None:
    """The key whose name has all the wanted words and the fewest others; None when no name has them all."""
    if not wanted:
        return None
    found = [(len(words(name)), key) for key, name in known if wanted <= words(name)]
    return min(found, default=(0, None), key=lambda pair: pair[0])[1]
