"""Codes through a table, both ways. docs/mapping-language.md, "Tables".

Into a CodeableConcept the mapped codings are added and the original stays; going back the added ones are taken off again,
so that the original is what is written. Into a code the mapped code stands alone.
"""

from __future__ import annotations

from typing import Any, Final

from hub.core.json import Json
from hub.mapping.codes.run import KEPT_UNMAPPED, NO_WAY_BACK, NOT_IN_TABLE
from hub.mapping.running import Place, Run
from hub.mapping.tables import Coded, Table
from hub.mapping.values.primitives import Misread

__all__ = [
    "add_codings",
    "agrees",
    "codings_of",
    "map_coding",
    "map_simple_concept",
    "not_in_table",
    "take_off_codings",
    "unmap_code",
    "unmap_coding",
]

_HL7_TABLE: Final = "http://terminology.hl7.org/CodeSystem/v2-"


def not_in_table(table: Table) -> Misread:
    return Misread(NOT_IN_TABLE, f"not in table {table.name}")


def agrees(table: Table, code: str, display: str) -> bool:
    """Is the text sent with the code absent, or the line's? A code whose name says something else is not believed."""
    return not display or display in table.displays.get(code, ())


def map_coding(table: Table, coding: dict[str, Any]) -> dict[str, Any]:
    """Into a Coding there is place for one: the mapped one, or the original where there is none."""
    found = _targets(table, coding)
    return found[0].coding if found else coding


def map_simple_concept(table: Table, run: Run, text: str, place: Place) -> dict[str, Any]:
    """A field that has only a code (IS, ID): the original coding gets the table's own system, where the line has one."""
    found = table.any_targets(text)
    original: dict[str, Any] = {"code": text}
    system = table.systems.get(text, "") or table.source_system
    if system:
        original = {"system": system, **original}
    if not found:
        run.report(KEPT_UNMAPPED, f"not in table {table.name}", place)
    return {"coding": _joined([original], found)}


def add_codings(table: Table, run: Run, concept: Json, place: Place, *, agreeing: bool) -> Json:
    if not isinstance(concept, dict):
        return concept
    codings = concept.get("coding")
    if not codings:
        return concept
    found = [
        target
        for coding in codings
        if not agreeing or agrees(table, coding.get("code", ""), coding.get("display", ""))
        for target in _targets(table, coding)
    ]
    if found:
        concept["coding"] = _joined(codings, found)
    elif _should_have(table, codings):
        run.report(KEPT_UNMAPPED, f"not in table {table.name}", place)
    return concept


def _should_have(table: Table, codings: list[dict[str, Any]]) -> bool:
    """Is one of the codings of a system that the table has lines for? Codes of other systems are nothing that it misses."""
    systems = {system for system, _ in table.forward}
    sent = {coding.get("system", "") for coding in codings}
    return "" in systems or bool(sent & systems) or ("" in sent and _hl7_system(table))


def _hl7_system(table: Table) -> bool:
    """In a field of an HL7 table a code without a system is of that table. Of other systems it may be anything."""
    return table.source_system.startswith(_HL7_TABLE)


def take_off_codings(table: Table, concept: dict[str, Any]) -> dict[str, Any]:
    """The codings that the table would add to the others are taken off; one that stands alone is turned back to its source."""
    codings = codings_of(concept)
    kept = [coding for coding in codings if not any(_is_added(table, coding, other) for other in codings if other is not coding)]
    if len(codings) == 1:
        return {**concept, "coding": [unmap_coding(table, codings[0])]}
    return {**concept, "coding": kept} if codings else concept


def _is_added(table: Table, coding: dict[str, Any], other: dict[str, Any]) -> bool:
    """Would the table have put this coding beside the other?"""
    return any(_is_same(target, coding) for target in _targets(table, other)) and not _is_same_coding(coding, other)


def _is_same_coding(coding: dict[str, Any], other: dict[str, Any]) -> bool:
    return (coding.get("system"), coding.get("code")) == (other.get("system"), other.get("code"))


def unmap_code(table: Table, code: str) -> str:
    found = table.any_source(code)
    if found is None:
        raise Misread(NO_WAY_BACK, f"not a target in table {table.name}")
    return found.code


def unmap_coding(table: Table, coding: dict[str, Any]) -> dict[str, Any]:
    found = _source(table, coding)
    return coding if found is None else found.coding


def codings_of(concept: dict[str, Any]) -> list[dict[str, Any]]:
    """Whatever JSON it is."""
    codings = concept.get("coding")
    return [coding for coding in codings if isinstance(coding, dict)] if isinstance(codings, list) else []


def _targets(table: Table, coding: dict[str, Any]) -> tuple[Coded, ...]:
    if not coding.get("system") and _hl7_system(table):
        return table.any_targets(str(coding.get("code", "")))
    return table.targets(str(coding.get("system", "")), str(coding.get("code", "")))


def _source(table: Table, coding: dict[str, Any]) -> Coded | None:
    return table.source(str(coding.get("system", "")), str(coding.get("code", "")))


def _is_same(coded: Coded, coding: dict[str, Any]) -> bool:
    return coding.get("code") == coded.code and (not coded.system or coding.get("system", coded.system) == coded.system)


def _joined(codings: list[dict[str, Any]], found: list[Coded] | tuple[Coded, ...]) -> list[dict[str, Any]]:
    joined = list(codings)
    for target in found:
        if not any(_is_same(target, coding) for coding in joined):
            joined.append(target.coding)
    return joined
