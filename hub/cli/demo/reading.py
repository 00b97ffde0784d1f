"""What a person would read out of what came back."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import html

from hub.codec.hl7v2 import Message, split_components
from hub.core.json import Resource
from hub.core.resuscitation import DECISIONS, Decision
from hub.documents import phrases


@dataclass(frozen=True, slots=True)
class Page:
    """The document of an MDM^T02 as text: a few lines for the eye, and all of it."""

    lines: tuple[str, ...]
    text: str


def readings(observations: Iterable[Resource]) -> list[str]:
    return [
        f"{phrases.concept(one.get('code'))} {phrases.reading(one)} ({phrases.day(one.get('effectiveDateTime'))})" for one in observations
    ]


def cpr_words(resources: Iterable[Resource]) -> str:
    for resource in resources:
        for coding in (resource.get("code") or {}).get("coding") or ():
            decision = DECISIONS.get(str(coding.get("code")))
            if decision is not None:
                return "FOR cardiopulmonary resuscitation" if decision is Decision.FOR else "NOT for cardiopulmonary resuscitation"
    return "no CPR decision is recorded"


def plan_lines(message: Message) -> Page:
    """OBX-5 of type ED, decoded and read as a browser would."""
    document = next(segment for segment in message.segments if segment.name == "OBX" and segment.field(2) == "ED")
    data = split_components(document.field(5), message.encoding)[4]
    page = html.document_fromstring(b64decode(data))
    for style in page.iter("style"):
        style.text = ""
    texts = [" ".join(str(text).split()) for text in page.itertext()]
    words = [text for text in texts if text]
    return Page(tuple(words[1:8:2]) or tuple(words[:4]), " ".join(words))
