"""CPR decisions in words, always by their code and never by a sender's display (hazard H01).

The codes are those of `hub.core.resuscitation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hub.core.json import Json, Resource
from hub.core.resuscitation import DECISIONS, Decision, find_decision

FOR: Final = "FOR cardiopulmonary resuscitation"
NOT_FOR: Final = "NOT for cardiopulmonary resuscitation"
_SAID: Final = {Decision.FOR: FOR, Decision.NOT_FOR: NOT_FOR}
WORDS: Final = {code: _SAID[decision] for code, decision in DECISIONS.items()}


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
    return (WORDS[coding["code"]],) if find_decision(coding) is not None else ()
