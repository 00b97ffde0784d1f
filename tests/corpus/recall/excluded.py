"""What is not counted, on either side, and why. Kept in step with docs/recall.md by the test."""

from __future__ import annotations

from typing import Final

from hub.core.json import Json

ENVELOPE_TYPES: Final = {"MessageHeader": "", "Provenance": ""}
ENVELOPE_ONLY: Final = frozenset({"Organization", "Device"})
_RS = "https://reportstream.cdc.gov/fhir/StructureDefinition/"


def is_bookkeeping(path, name, node) -> bool:
    if name in {"id", "fullUrl", "reference", "div", "url", "lastUpdated", "profile", "versionId"}:
        return True
    if name == "system" and not path[-1].endswith("telecom"):
        return True
    if name == "text" and isinstance(node.get("text"), dict):
        return True
    if name == "system" and False:
        return True
    if name == "display" and "code" in node:
        return True
    return False


def is_artefact(extension: Json) -> bool:
    return str(extension.get("url", "")).startswith(_RS)
