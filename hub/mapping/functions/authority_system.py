"""Assigning authorities: HD (HL7 v2 chapter 2A) and the system of an Identifier (https://hl7.org/fhir/R4/datatypes.html#Identifier)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote

from hub.codec.hl7v2 import escape, unescape
from hub.mapping.registry import Example, Function

__all__ = ["FUNCTIONS", "authority_hd", "authority_uri"]

_FALLBACK: Final = "urn:x-calder:authority:"
_OID: Final = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*))+", re.ASCII)
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def authority_uri(hd: str) -> str | None:
    """`NAMESPACE^UNIVERSAL ID^TYPE` to a uri: the universal id where it is one, else the namespace, else a URN of the three."""
    namespace, universal, kind = ([unescape(part) for part in hd.replace("&", "^").split("^")] + ["", "", ""])[:3]
    if universal:
        return _universal(universal, kind)
    return _FALLBACK + _quoted(namespace) if namespace else None


def _universal(universal: str, kind: str) -> str:
    if kind == "ISO" and _OID.fullmatch(universal):
        return f"urn:oid:{universal}"
    if kind in {"UUID", "GUID"} and _UUID.fullmatch(universal):
        return f"urn:uuid:{universal.lower()}"
    if kind in {"URI", "URL"} and ":" in universal and not re.search(r"\s", universal):
        return universal
    return f"{_FALLBACK}{_quoted(universal)}:{_quoted(kind)}"


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


def authority_hd(uri: str) -> tuple[str, ...]:
    if uri.startswith(_FALLBACK):
        universal, divider, kind = uri.removeprefix(_FALLBACK).partition(":")
        if not divider:
            return (escape(unquote(universal)),)
        return (f"^{escape(unquote(universal))}^{escape(unquote(kind))}".rstrip("^"),)
    if uri.startswith("urn:oid:"):
        return (f"^{escape(uri.removeprefix('urn:oid:'))}^ISO",)
    if uri.startswith("urn:uuid:"):
        return (f"^{escape(uri.removeprefix('urn:uuid:'))}^UUID",)
    return (f"^{escape(uri)}^URI",)


def entity_uri(namespace: str, universal: str, kind: str) -> str | None:
    return authority_uri("^".join(escape(part) for part in (namespace, universal, kind)))


def entity_parts(uri: str) -> tuple[str, ...]:
    parts = [unescape(part) for part in authority_hd(uri)[0].split("^")]
    return tuple((*parts, "", "")[:3])


FUNCTIONS: Final = (
    Function(
        name="authority_system",
        doc="An assigning authority (HD: namespace, universal id, its type) as a uri. An OID becomes `urn:oid:`, a UUID `urn:uuid:`, a uri "
        "stays; where there is only a namespace it becomes `urn:x-calder:authority:NAMESPACE`. Where there is a universal id, going back "
        "writes it without the namespace.",
        takes=("HD",),
        gives="uri",
        forward=authority_uri,
        back=authority_hd,
        examples=(
            Example(("^2.16.840.1.113883.2.1.4.1^ISO",), "urn:oid:2.16.840.1.113883.2.1.4.1"),
            Example(("NHS^2.16.840.1.113883.2.1.4.1^ISO",), "urn:oid:2.16.840.1.113883.2.1.4.1", one_way=True),
            Example(("^https://fhir.nhs.uk/Id/nhs-number^URI",), "https://fhir.nhs.uk/Id/nhs-number"),
            Example(("ST JAMES",), "urn:x-calder:authority:ST%20JAMES"),
            Example(("^00E0FBFFFE123456^EUI-64",), "urn:x-calder:authority:00E0FBFFFE123456:EUI-64"),
        ),
    ),
    Function(
        name="entity_authority",
        doc="As `authority_system`, over the components of an entity identifier (EI.2 namespace, EI.3 universal id, EI.4 its type).",
        takes=("ST", "ST", "ST"),
        gives="uri",
        forward=entity_uri,
        back=entity_parts,
        examples=(
            Example(("", "1.3.4.565", "ISO"), "urn:oid:1.3.4.565"),
            Example(("Imaginary Hospital", "1.3.4.565", "ISO"), "urn:oid:1.3.4.565", one_way=True),
            Example(("ST JAMES", "", ""), "urn:x-calder:authority:ST%20JAMES"),
            Example(("AcmeAHDInc", "ACDE48234567ABCD", "EUI-64"), "urn:x-calder:authority:ACDE48234567ABCD:EUI-64", one_way=True),
            Example(("", "6F9619FF-8B86-D011-B42D-00C04FC964FF", "GUID"), "urn:uuid:6f9619ff-8b86-d011-b42d-00c04fc964ff", one_way=True),
        ),
    ),
)
