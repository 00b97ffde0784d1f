"""Why a fact of the expected bundle is not made: the first line that fits. The test asks that one fits each miss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from tests.corpus.recall.recall import Miss, Score

_PRT = "PRT-5: made as a Practitioner; next of kin there, whatever part they took"
_LEVELS = "one Location for each level of a place there (building, floor, room, bed); here one for the place, with the names of its levels"

# (start of the path, reason)
REASONS: Final = (
    ("Practitioner.name.use", "XCN.10 `B` is written as `official` there; HL7's own concept map of table 0200 has no use for a birth name"),
    (
        "Patient._birthDate",
        "PID-7 with an hour: hospital systems fill it with zeros, and `born at midnight` would be said of nearly everybody",
    ),
    ("Location.physicalType", _LEVELS),
    ("Location.type", "PV1-37, the kind of place that the patient went to: kept in the archive"),
    ("Location.", _LEVELS),
    ("Observation.valueRatio", "the unit and the separator of a ratio: kept in the archive"),
    ("Observation.extension.valueAttachment", "OBX-5 ED: an element of R5; kept whole in the archive"),
    (
        "Observation.",
        "OBX-11 `N` makes no result here; OBX-2 VR; a time of day without colons there; a unit code that no table is certain of",
    ),
    ("Organization that gave", "a second name of the authority: PD1-10 is kept in the archive"),
    ("Encounter.identifier.type", "`VN` in the place of the type that was sent (CX.5): here CX.5 as it was sent"),
    ("Encounter.location", "which of several places is the temporary or the planned one: said by the status here"),
    ("Encounter.", "PV2-22 as a security label: judged where a visit is shared; A04 is `in-progress` there, here arrived"),
    (
        "ServiceRequest.identifier",
        "ORC-2, ORC-3 and ORC-33 where OBR has its own numbers (HL7's map: only where OBR has none); the parent order as FGN; the namespace beside a universal id",
    ),
    ("ServiceRequest.intent", "a constant of the other mapper where OBR-4 is absent"),
    (
        "DiagnosticReport.",
        "OBR-22 without a time of day, which is no FHIR instant; ORC-2 and ORC-3 where OBR has its own numbers; the parent order as FGN",
    ),
    ("RelatedPerson.telecom", "XTN.14 and XTN.18, how long a number holds and its rank"),
    ("RelatedPerson.identifier", "NK1-37: a social security number, not of the NHS; PRT-5"),
    ("RelatedPerson.address", "XAD.12, the range that XAD.13 and XAD.14 replaced; a use that FHIR has not"),
    ("RelatedPerson.", _PRT),
    ("Device.", "PRT-10 as a carrier of a UDI: here its number; a type for OBX-18 that nobody sent"),
    ("Organization.telecom", "ORC-23 where ORC-21 names no facility"),
    (
        "Organization.",
        "NK1-13 and PRT-8 without a number: a name alone would make one with each message; one facility twice there; OBX-15.3 as it is spelt",
    ),
    ("PractitionerRole.", "the role of a member of staff: said by the element that names the person; when an interpreter began and ended"),
    (
        "Practitioner.identifier.system",
        "the namespace beside a universal id: HL7 lets either stand for the authority",
    ),
    (
        "Practitioner.",
        "staff without an authority for their number (two hospitals would meet); one orderer twice there, with and without the address",
    ),
    ("Patient.identifier", "the namespace beside a universal id: HL7 lets either stand for the authority"),
    ("Patient.extension", "race: not of the NHS; a second place of worship"),
    ("Specimen.", "a constant type on SPM-3, whose numbers are read; OBR-7 and OBR-2 as the specimen's where there is no SPM"),
    ("Account.", "PID-18, the account of a visit: bills"),
)


def reason(miss: Miss) -> str | None:
    return next((text for start, text in REASONS if miss.path.startswith(start)), None)


def misses(scores: dict[str, Score]) -> Iterator[str]:
    """A line of the table in docs/recall.md for each reason and source."""
    for source, one in scores.items():
        grouped: Counter[str] = Counter()
        where: dict[str, set[str]] = {}
        for miss, facts in one.misses.items():
            text = reason(miss) or "?"
            grouped[text] += facts
            where.setdefault(text, set()).add(miss.path.split(".")[0])
        for text, facts in grouped.most_common():
            yield f"| {source} | {facts} | {', '.join(sorted(where[text]))} | {text} |"
