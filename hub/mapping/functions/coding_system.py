"""The names of coding systems: HL7 table 0396 and the uris of https://hl7.org/fhir/R4/terminologies-systems.html."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote

from hub.mapping.registry import Example, Function

__all__ = ["FUNCTIONS", "system_name", "system_uri"]

_OID: Final = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*))+", re.ASCII)
_FALLBACK: Final = "urn:x-calder:codesystem:"
_TABLE: Final = "http://terminology.hl7.org/CodeSystem/v2-"

# The first name of a uri is the one written back.
_URIS: Final = {
    "MDC": "urn:iso:std:iso:11073:10101",
    "SCT": "http://snomed.info/sct",
    "SNM3": "http://snomed.info/sct",
    "SNOMED-CT": "http://snomed.info/sct",
    "LN": "http://loinc.org",
    "LOINC": "http://loinc.org",
    "UCUM": "http://unitsofmeasure.org",
    "I10": "http://hl7.org/fhir/sid/icd-10",
    "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "I10-UK": "http://hl7.org/fhir/sid/icd-10-uk",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "DMD": "https://dmd.nhs.uk",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "CVX": "http://hl7.org/fhir/sid/cvx",
    "NDC": "http://hl7.org/fhir/sid/ndc",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "ATC": "http://www.whocc.no/atc",
    "ISO3166_1": "urn:iso:std:iso:3166",
}
_NAMES: Final = {uri: name for name, uri in reversed(_URIS.items())}


def system_uri(name: str) -> str:
    """`MDC`, `HL70085`, `LOCAL` to a uri; what is a uri already stays."""
    if not name or ":" in name:
        return name
    if name in _URIS:
        return _URIS[name]
    if _OID.fullmatch(name):
        return f"urn:oid:{name}"
    if name.startswith("HL7") and name[3:].isascii() and name[3:].isdigit() and len(name) == 7:
        return _TABLE + name[3:]
    return _FALLBACK + quote(name, safe="", errors="replace")


def system_name(uri: str) -> str:
    """The way back; a uri without a name is written as it is."""
    if uri in _NAMES:
        return _NAMES[uri]
    if uri.startswith(_FALLBACK):
        return unquote(uri.removeprefix(_FALLBACK))
    if uri.startswith(_TABLE) and len(uri) == len(_TABLE) + 4 and uri[len(_TABLE) :].isdigit():
        return "HL7" + uri.removeprefix(_TABLE)
    return uri


FUNCTIONS: Final = (
    Function(
        name="coding_system",
        doc="The name of a coding system (CWE.3, HL7 table 0396) as a uri. A name without a uri becomes "
        "`urn:x-calder:codesystem:NAME`, so that two senders' local codes are told apart and the name is had again.",
        takes=("ST",),
        gives="uri",
        forward=system_uri,
        back=lambda uri: (system_name(uri),),
        examples=(
            Example(("MDC",), "urn:iso:std:iso:11073:10101"),
            Example(("LN",), "http://loinc.org"),
            Example(("SNOMED-CT",), "http://snomed.info/sct", one_way=True),
            Example(("HL70085",), "http://terminology.hl7.org/CodeSystem/v2-0085"),
            Example(("99LOCAL CODES",), "urn:x-calder:codesystem:99LOCAL%20CODES"),
            Example(("2.16.840.1.113883.6.1",), "urn:oid:2.16.840.1.113883.6.1", one_way=True),
            Example(("http://example.org/codes",), "http://example.org/codes"),
        ),
    ),
)
