"""Why a fact of the expected bundle is not made: the first line that fits. The test asks that one fits each miss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from tests.corpus.recall.recall import Miss, Score

# (start of the path, reason)
REASONS: Final = (
    ("Practitioner.name._family", "XCN.2.2 to XCN.2.5, the parts of a surname: the language has no extensions on primitive elements yet"),
    ("RelatedPerson.name._family", "PRT-5.2.2 to PRT-5.2.5: as for Practitioner, and PRT is not read"),
    ("Patient._birthDate", "PID-7 with an hour: the extension stands on a primitive element, which the language cannot say yet"),
    ("Practitioner.name.use", "XCN.10 `B` is written as `official` there; HL7's own concept map of table 0200 has no use for a birth name"),
    (
        "Location.physicalType",
        "one Location for each level of a PL there (building, floor, room, bed); here one for the place, with the names of its levels",
    ),
    ("Location.", "the further Locations of the levels of a PL, ORC-13 and NDL"),
    ("Observation.status", "OBX-11 is absent: `unknown` there; here final, as before HL7 2.3, and reported"),
    ("Observation.valueRatio", "SN with a separator: a ratio; not asked for by a UK laboratory, kept in the archive"),
    ("Observation.extension.valueAttachment", "OBX-5 ED: an element of R5; kept in the archive"),
    ("Observation.", "OBX-2 VR; a time of day without colons there; a type for OBX-21; a unit code that no table is certain of"),
    ("Organization that gave", "PL.11, the maker of a place's number, or a namespace beside a universal id"),
    ("Location that gave", "a facility (HD) beside a universal id"),
    ("Encounter.participant.type.text", "the label of the role (`referrer`); here its code"),
    ("Encounter.identifier.type", "`VN` and `visit number` are the mapper's own; here CX.5 as it was sent"),
    ("Encounter.identifier.system", "the namespace beside a universal id"),
    ("Encounter.location", "which of several places is the temporary one: said by the status here"),
    ("Encounter.", "PV2-22 as a security label; A04 is `in-progress` there, here arrived"),
    ("EpisodeOfCare.", "PV1-54 in a message of HL7 2.5.1, which has no such field"),
    ("ServiceRequest.identifier", "OBR-53 in a message of HL7 2.5.1, which has no such field; ORC-33; the parent order as FGN"),
    ("ServiceRequest.intent", "a constant of the other mapper where OBR-4 is absent"),
    ("DiagnosticReport.", "OBR-22 without a time of day, which is no FHIR instant; ORC-2 and ORC-3 where OBR has its own numbers; ORC-16"),
    ("RelatedPerson.telecom", "NK1-40 and NK1-41 (HL7 2.7) in a message of HL7 2.5.1; XTN.14 and XTN.18"),
    ("RelatedPerson.identifier", "NK1-37: a social security number, not of the NHS; PRT-5"),
    ("RelatedPerson.address", "XAD.12, the range that XAD.13 and XAD.14 replaced; a use that FHIR has not"),
    ("RelatedPerson.", "PRT-5: participants of HL7 2.7 are not read"),
    ("Device.", "PRT-10 to PRT-22 and OBX-18 as a Device of its own: here the reference to the device"),
    (
        "Organization.",
        "the second repetition of PD1-3, PV2-23 and ORC-21, as for Practitioner; OBX-15, PD1-14 and organisations of NK1-13: kept in the archive",
    ),
    ("PractitionerRole.", "the role of a member of staff: said by the element that names the person; NDL"),
    (
        "Practitioner.",
        "the second repetition of ORC-10, ORC-11, ORC-12, ORC-19, OBX-16, PV2-13 and PD1-4: a row of a message map cannot ask each repetition yet; staff without an authority for their number (two hospitals would meet), NDL and CNN, ORC-24",
    ),
    ("Patient.extension", "race, publicity, living will, donor: not of the NHS"),
    ("Patient.", "PID-29 without a time of day"),
    ("Specimen.", "OBR-39, SPM-3, SPM-31 and SPM-32: kept in the archive"),
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
