"""Which v2 types become which FHIR types without a map being named: the simple ones here, the others through datatype maps.

HL7 v2 chapter 2A and https://hl7.org/fhir/R4/datatypes.html#primitive; `primitives` does the work.
"""

from __future__ import annotations

from typing import Final

from hub.fhir.elements import is_primitive as is_fhir_primitive
from hub.mapping.types.declared import Declared
from hub.mapping.types.v2 import ANYTHING, V2Type, is_primitive, same_positions

__all__ = ["CODED", "converts", "fits", "holds_code", "later_name", "legal_text", "same_primitive", "takes"]

_TEXTS: Final = frozenset({"string", "markdown", "code", "uri", "url", "canonical", "id", "oid", "uuid", "base64Binary", "xhtml"})
_NUMBERS: Final = frozenset({"decimal", "integer", "positiveInt", "unsignedInt"})
_MOMENTS: Final = frozenset({"date", "dateTime", "instant"})
_TAKES: Final = {
    "ID": _TEXTS | {"boolean"},
    "IS": _TEXTS | {"boolean"},
    "ST": _TEXTS | {"boolean"},
    "NM": _NUMBERS | {"string"},
    "SI": _NUMBERS | {"string"},
    "DT": frozenset({"date", "dateTime"}),
    "DTM": _MOMENTS,
    "TS": _MOMENTS,
    "TM": frozenset({"time"}),
}
CODED: Final = frozenset({"CE", "CWE", "CNE", "CF"})
# Complex types that a text of the map can fill: the code of a Coding, the words of a concept, the display of a reference.
_WRITTEN: Final = frozenset({"Coding", "CodeableConcept", "Reference"})
_CODE_ELEMENTS: Final = frozenset({"Coding", "CodeableConcept", "Quantity"})


def converts(version: str, source: V2Type, target: str, declared: Declared, *, table: bool) -> bool:
    """Does a value of this v2 type become a value of this FHIR type, in a row that names no map?"""
    kind = source.datatype
    if kind in ANYTHING:
        return True
    if kind in {"segment", "group"}:
        return declared.between(source.label, target) is not None
    if declared.between(kind, target) is not None:
        return True
    if table and holds_code(version, kind):
        return target in _TEXTS | _CODE_ELEMENTS | {"boolean"}
    if kind in {"ID", "IS", "ST"} and target in {"Coding", "CodeableConcept"}:
        return True  # a code alone
    return is_primitive(version, kind) and target in _TAKES.get(kind, _TEXTS)


def holds_code(version: str, datatype: str) -> bool:
    """A type whose code a table can look up."""
    return datatype in CODED | ANYTHING or (is_primitive(version, datatype) and datatype not in {"DT", "DTM", "TS", "TM"})


def later_name(version: str, datatype: str) -> str:
    """CM_NDL of 2.3 is NDL from 2.3.1 on, with the same positions (chapter 2). 2.2 puts them otherwise."""
    return datatype.removeprefix("CM_") if version == "2.3" else datatype


def takes(wanted: str, version: str, given: V2Type) -> bool:
    """Does a function that takes `wanted` take this? ST is the text of the field as it stands: anything has one."""
    if given.datatype in ANYTHING or wanted in ANYTHING | {"ST"}:
        return True
    if is_primitive(version, wanted) and is_primitive(version, given.datatype):
        return (
            wanted == given.datatype or same_positions(wanted, given.datatype) or {wanted, given.datatype} <= {"ID", "IS", "ST", "TX", "FT"}
        )
    return same_positions(wanted, given.datatype)


def same_primitive(given: str, target: str) -> bool:
    """May a FHIR value of one type stand where another is expected: a code for a uri, a date for a dateTime?"""
    families = (_TEXTS, _NUMBERS, _MOMENTS)
    return given == target or any(given in family and target in family for family in families)


def fits(given: str, target: str) -> bool:
    if is_fhir_primitive(given) and is_fhir_primitive(target):
        return same_primitive(given, target)
    return given == target


def legal_text(text: str, target: str) -> str | None:
    """Why a value written in the map is none of this type; None when it is one. Complex types have no text."""
    if target == "boolean":
        return None if text in {"true", "false"} else "`true` or `false` belongs here"
    if target in _NUMBERS:
        digits = text.lstrip("-").replace(".", "", 1) if target == "decimal" else text.lstrip("-")
        return None if digits.isascii() and digits.isdigit() else "digits belong here"
    if target in _MOMENTS:
        return None if text[:4].isdigit() and len(text) in {4, 7, 10} | set(range(16, 36)) else "a date belongs here: 2026-11-23"
    if target in _TEXTS | _WRITTEN or target == "time":
        return None
    return f"{target} has elements of its own: name one of them"
