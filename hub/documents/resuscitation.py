"""CPR decisions in words, always by their code and never by a sender's display (hazard H01).

The codes are those of `hub.care.resuscitation`; rules and documents may not import each other, and a test holds the two tables together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hub.core.json import Json, Resource

FOR: Final = "FOR cardiopulmonary resuscitation"
NOT_FOR: Final = "NOT for cardiopulmonary resuscitation"
WORDS: Final = {
    "450475007": FOR,
    "450476008": NOT_FOR,
    "304252001": FOR,  # older Summary Care Record codes
    "304253006": NOT_FOR,
}
_SNOMED: Final = ("http://snomed.info/sct", "https://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96")


def decision_words(concept: Resource | None) -> tuple[str, ...]:
    """What a CodeableConcept decides about CPR; nothing for other concepts. Two of them in one concept are both said."""
    codings = (concept or {}).get("coding") or ()
    return tuple(dict.fromkeys(words for coding in codings for words in _words(coding)))


def decisions_in(node: Json) -> Iterator[str]:
    """Everything that a resource decides about CPR, at any depth."""
    stack = [node]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            yield from _words(value)
            stack += value.values()
        elif isinstance(value, list):
            stack += value


def _words(coding: Resource) -> Iterable[str]:
    words = WORDS.get(coding["code"]) if isinstance(coding.get("code"), str) else None
    return (words,) if words is not None and str(coding.get("system") or _SNOMED[0]).startswith(_SNOMED) else ()
