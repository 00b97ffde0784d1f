"""CPR decisions in resources: what is decided, and where a display says the opposite of its code (hazard H01).

A coding that contradicts itself is refused; a decision is never inferred from text alone. The codes stand in hub.core.resuscitation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hub.care.codes import CONTRADICTED
from hub.core.diagnostics import Diagnostic
from hub.core.json import Json, Resource
from hub.core.resuscitation import Decision, find_decision

_NEGATION = re.compile(r"\b(not|no|never|dna[- ]?r|dna[- ]?cpr|don['\u2019]t|decline[sd]?|refuse[sd]?|withhold)\b", re.IGNORECASE)
_ABOUT_CPR = re.compile(r"resuscitat|\bcpr\b|\bdna[- ]?r\b|\bdna[- ]?cpr\b", re.IGNORECASE)


def decisions(resource: Resource) -> frozenset[Decision]:
    """The CPR decisions that are coded in a resource, at any depth."""
    found = (find_decision(coding) for _, coding, _ in _codings(resource, "", None))
    return frozenset(decision for decision in found if decision is not None)


def contradictions(resource: Resource) -> list[Diagnostic]:
    """Every CPR coding in a resource, at any depth, whose display (or whose concept's text) says the opposite."""
    return [
        Diagnostic(CONTRADICTED, "the display says the opposite of the code", place=place, fix="send the display of the code, or none")
        for place, coding, text in _codings(resource, str(resource.get("resourceType", "")), None)
        if _contradicts(coding, text)
    ]


def _contradicts(coding: Resource, text: str | None) -> bool:
    decision = find_decision(coding)
    if decision is None:
        return False
    shown = [words for words in (coding.get("display"), text) if isinstance(words, str) and _ABOUT_CPR.search(words)]
    return any(bool(_NEGATION.search(words)) != (decision is Decision.NOT_FOR) for words in shown)


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
