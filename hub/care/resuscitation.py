"""CPR decisions: SNOMED CT 450475007 is FOR cardiopulmonary resuscitation, 450476008 is NOT FOR.

The two codes differ by little and a swap is catastrophic (hazard H01). A coding whose display says the opposite of its code is
refused at every door; a decision is never inferred from text alone. Codes must be checked against the current UK edition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from hub.care.codes import CONTRADICTED
from hub.core.diagnostics import Diagnostic
from hub.core.json import Json, Resource

SNOMED = "http://snomed.info/sct"
_SPELLINGS = (SNOMED, "https://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96")  # as senders write it, editions included


class Decision(StrEnum):
    FOR = "for"
    NOT_FOR = "not-for"


DECISIONS = {
    "450475007": Decision.FOR,
    "450476008": Decision.NOT_FOR,
    "304252001": Decision.FOR,  # older Summary Care Record codes
    "304253006": Decision.NOT_FOR,
}

_NEGATION = re.compile(r"\b(not|no|never|dna[- ]?r|dna[- ]?cpr|don['\u2019]t|decline[sd]?|refuse[sd]?|withhold)\b", re.IGNORECASE)
_ABOUT_CPR = re.compile(r"resuscitat|\bcpr\b|\bdna[- ]?r\b|\bdna[- ]?cpr\b", re.IGNORECASE)


def decisions(resource: Resource) -> frozenset[Decision]:
    """The CPR decisions that are coded in a resource, at any depth."""
    found = (_decision(coding) for _, coding, _ in _codings(resource, "", None))
    return frozenset(decision for decision in found if decision is not None)


def contradictions(resource: Resource) -> list[Diagnostic]:
    """Every CPR coding in a resource, at any depth, whose display (or whose concept's text) says the opposite."""
    return [
        Diagnostic(CONTRADICTED, "the display says the opposite of the code", place=place, fix="send the display of the code, or none")
        for place, coding, text in _codings(resource, str(resource.get("resourceType", "")), None)
        if _contradicts(coding, text)
    ]


def _contradicts(coding: Resource, text: str | None) -> bool:
    decision = _decision(coding)
    if decision is None:
        return False
    shown = [words for words in (coding.get("display"), text) if isinstance(words, str) and _ABOUT_CPR.search(words)]
    return any(bool(_NEGATION.search(words)) != (decision is Decision.NOT_FOR) for words in shown)


def _decision(coding: Resource) -> Decision | None:
    """A coding without a system is taken at its code's word: nothing else has these numbers."""
    return DECISIONS.get(str(coding.get("code"))) if str(coding.get("system") or SNOMED).startswith(_SPELLINGS) else None


def _codings(node: Json, place: str, text: str | None) -> Iterator[tuple[str, Resource, str | None]]:
    """Codings with their place and the text of the concept they stand in."""
    stack: list[tuple[Json, str, str | None]] = [(node, place, text)]
    while stack:
        value, where, words = stack.pop()
        if isinstance(value, dict):
            if isinstance(value.get("code"), str):
                yield where, value, words
            own = value.get("text") if isinstance(value.get("text"), str) else None
            stack += [(child, f"{where}.{name}", own) for name, child in value.items() if isinstance(child, dict | list)]
        elif isinstance(value, list):
            stack += [(child, f"{where}[{index}]", words) for index, child in enumerate(value) if isinstance(child, dict | list)]
