"""What is not counted, on either side, and why. Kept in step with docs/recall.md by the test."""

from __future__ import annotations

from typing import Final

from hub.core.json import Json

ENVELOPE_TYPES: Final = {"MessageHeader": "", "Provenance": ""}
ENVELOPE_ONLY: Final = frozenset({"Organization", "Device", "Location"})
ISSUERS: Final = frozenset({"Organization", "Location"})
UNIVERSAL_ID_TYPES: Final = frozenset({"DNS", "GUID", "HCD", "HL7", "ISO", "L", "M", "N", "Random", "URI", "UUID", "x400", "x500", "CLIA", "CLIP"})
_RS = "https://reportstream.cdc.gov/fhir/StructureDefinition/"


def is_bookkeeping(path, name, node) -> bool:
    if name in {"id", "fullUrl", "reference", "div", "url", "lastUpdated", "profile", "versionId"}:
        return True
    if name == "system" and not path[-1].endswith("telecom") and not path[-1].lower().endswith("identifier"):
        return True
    if name == "coding" and False:
        return True
    if name == "text" and isinstance(node.get("text"), dict):
        return True
    if name == "system" and False:
        return True
    if name == "display" and "code" in node:
        return True
    return str(node.get("system", "")).endswith("v2-0301") or (name == "code" and path[-3:] == ("identifier", "type", "coding") and node.get("code") in UNIVERSAL_ID_TYPES)


def is_artefact(extension: Json) -> bool:
    return str(extension.get("url", "")).startswith((_RS, "http://example.com/v2-to-fhir-converter/")) or extension.get("url") == "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
