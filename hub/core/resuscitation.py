"""The codes of CPR decisions, in this one table: SNOMED CT 450475007 is FOR cardiopulmonary resuscitation, 450476008 is NOT FOR.

Rules (`hub.care`) and pages (`hub.documents`) both read it from here: the two codes differ by little, a swap is catastrophic
(hazard H01), and two tables could come to differ. Codes must be checked against the current UK edition.
"""

from __future__ import annotations

from enum import StrEnum

from hub.core.json import Resource

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


def find_decision(coding: Resource) -> Decision | None:
    """A coding without a system is taken at its code's word: nothing else has these numbers."""
    if not isinstance(coding.get("code"), str) or not str(coding.get("system") or SNOMED).startswith(_SPELLINGS):
        return None
    return DECISIONS.get(coding["code"])
