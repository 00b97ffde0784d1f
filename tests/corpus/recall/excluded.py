"""What is not counted, on either side, and why. docs/recall.md says the same in words.

Nothing is left out because the hub does not make it: what is left out says nothing of the person, the visit or the result.
"""

from __future__ import annotations

from typing import Final

from hub.core.json import Json

EXCLUDED: Final = {
    "MessageHeader, Provenance, and what only they name": "the envelope and the mapper itself: who sent what and when stands in the hub's message log",
    "ids, references, fullUrl, meta.profile, meta.lastUpdated, narrative": "made by the mapper; whether things are joined is not a fact of one of them",
    "systems of codes": "compared without their spelling; systems of identifiers are counted, as who gave out the number",
    "displays beside a code": "the label of the code",
    "types of universal ids (HL7 table 0301)": "how an authority's number is built (ISO, UUID): said by urn:oid: and urn:uuid:",
    "extensions of the mapper's own (reportstream.cdc.gov, example.com)": "copies of raw v2 fields for its own way back; the hub writes back from the message it keeps",
    "the extension data-absent-reason": "says that something is not there",
}

ENVELOPE_TYPES: Final = frozenset({"MessageHeader", "Provenance"})
ENVELOPE_ONLY: Final = frozenset({"Organization", "Device", "Location"})
ISSUERS: Final = frozenset({"Organization", "Location"})
_MADE: Final = frozenset({"id", "fullUrl", "reference", "div", "url", "lastUpdated", "profile", "versionId", "contained", "resourceType"})
_PRIVATE: Final = ("https://reportstream.cdc.gov/", "http://example.com/", "http://hl7.org/fhir/StructureDefinition/data-absent-reason")
_UNIVERSAL_ID_TYPES: Final = frozenset(
    {"DNS", "GUID", "HCD", "HL7", "ISO", "L", "M", "N", "Random", "URI", "UUID", "x400", "x500", "CLIA", "CLIP"}
)


def is_excluded(path: tuple[str, ...], name: str, holder: Json) -> bool:
    """name: an element of `holder`, which stands at `path`."""
    if name in _MADE:
        return True
    if name == "system":
        return path[-1] != "telecom"
    if name == "display":
        return "code" in holder
    return name == "text" and isinstance(holder[name], dict)


def is_private(extension: Json) -> bool:
    return str(extension.get("url", "")).startswith(_PRIVATE)


def is_universal_id_type(path: tuple[str, ...], coding: Json) -> bool:
    if str(coding.get("system", "")).endswith("v2-0301"):
        return True
    return path[-3:] == ("identifier", "type", "coding") and coding.get("code") in _UNIVERSAL_ID_TYPES
