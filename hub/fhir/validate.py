"""Structural validation of a resource against R4: https://hl7.org/fhir/R4/validation.html (structure, cardinality, value
domains, required bindings) and https://hl7.org/fhir/R4/json.html

A pure walk over plain dicts. It never raises, always ends (depth and number of findings are bounded), and says where
and what kind, never which value.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

from hub.core.diagnostics import Code, Diagnostic
from hub.core.json import Json, Resource
from hub.fhir import codes
from hub.fhir.elements import is_resource_type
from hub.fhir.facts import structure_names
from hub.fhir.shapes import Shape, Slot, shape_of

__all__ = ["validate"]

_DEPTH: Final = 64
_NAME: Final = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}")


def validate(resource: Resource, *, limit: int = 50) -> list[Diagnostic]:
    """What is wrong with a resource, in the order it stands; the first `limit` findings. Empty: structurally valid R4."""
    walk = _Walk(limit)
    try:
        name = resource.get("resourceType") if type(resource) is dict else None
        walk.resource(resource, name if type(name) is str and is_resource_type(name) else "Resource", _DEPTH)
    except _EnoughError:
        pass
    return walk.findings


class _EnoughError(Exception):
    """The limit of findings is reached; ends the walk."""


class _Walk:
    """One validation: the findings so far, and the steps of the walk."""

    __slots__ = ("findings", "limit")

    def __init__(self, limit: int) -> None:
        self.findings: list[Diagnostic] = []
        self.limit = limit

    def add(self, code: Code, place: str, detail: str, fix: str | None = None) -> None:
        self.findings.append(Diagnostic(code, detail, place=place, fix=fix))
        if len(self.findings) >= self.limit:
            raise _EnoughError

    def resource(self, node: Json, place: str, depth: int) -> None:
        if type(node) is not dict:
            self.refuse_kind(node, place, "a resource")
            return
        name = node.get("resourceType")
        if type(name) is not str or not is_resource_type(name):
            self.add(codes.UNKNOWN_TYPE, place, "resourceType is missing or not one of R4")
            return
        self.object(node, shape_of(name), place, depth)

    def object(self, node: Resource, shape: Shape, place: str, depth: int) -> None:
        if depth == 0:
            self.add(codes.TOO_DEEP, place, f"more than {_DEPTH} levels")
            return
        slots = shape.slots
        for key, value in node.items():
            slot = slots.get(key)
            if slot is None:
                self.sibling_or_unknown(node, key, shape, place, depth)
            elif slot.is_list:
                self.list(node, key, slot, place, depth)
            elif slot.check is None:
                self.complex(value, slot, f"{place}.{key}", depth)
            elif fault := slot.check(value):
                self.refuse_primitive(fault, value, slot, f"{place}.{key}")
        self.counts(node, shape, place)

    def counts(self, node: Resource, shape: Shape, place: str) -> None:
        """Required elements, and choices that stand twice."""
        keys = node.keys()
        for name, names in shape.required:
            if keys.isdisjoint(names):
                self.add(codes.REQUIRED, f"{place}.{name}", f"{shape.name} needs it")
        for stem, names in shape.choices:
            found = keys & names
            if len(found) > 1 and len({key.lstrip("_") for key in found}) > 1:
                self.add(codes.CHOICE_CONFLICT, f"{place}.{stem}[x]", f"{len(found)} types are present, one is allowed")

    def complex(self, value: Json, slot: Slot, place: str, depth: int) -> None:
        if type(value) is not dict:
            self.refuse_kind(value, place, f"an object ({slot.element.types[0]})")
        elif not value:
            self.add(codes.EMPTY, place, "an object with nothing in it")
        elif slot.content == "Resource":
            self.inner_resource(value, slot, place, depth)
        else:
            self.object(value, shape_of(slot.content), place, depth - 1)
            finding = slot.whole(value) if slot.whole is not None else None
            if finding is not None:
                code, detail, child = finding
                self.add(code, f"{place}.{child}" if child else place, detail)

    def inner_resource(self, value: Resource, slot: Slot, place: str, depth: int) -> None:
        if slot.element.path == "DomainResource.contained" and "contained" in value:
            self.add(codes.NESTED_CONTAINED, f"{place}.contained", "a contained resource contains resources")
            return
        self.resource(value, place, depth - 1)

    def list(self, node: Resource, key: str, slot: Slot, place: str, depth: int) -> None:
        value = node[key]
        if type(value) is not list:
            code = codes.NULL if value is None else codes.NOT_A_LIST
            self.add(code, f"{place}.{key}", "write it as an array")
        elif not value:
            self.add(codes.EMPTY, f"{place}.{key}", "an array with nothing in it")
        elif slot.check is None:
            for index, item in enumerate(value):
                self.complex(item, slot, f"{place}.{key}[{index}]", depth)
        else:
            for index, item in enumerate(value):
                fault = slot.check(item)
                if fault is not None and not (item is None and _is_extended(node, key, index)):
                    self.refuse_primitive(fault, item, slot, f"{place}.{key}[{index}]")

    # --- what does not stand in the shape under its own name

    def sibling_or_unknown(self, node: Resource, key: str, shape: Shape, place: str, depth: int) -> None:
        slot = shape.slots.get(key[1:]) if type(key) is str and key.startswith("_") else None
        if slot is None or key == "_resourceType":
            self.unknown(key, shape, place)
        elif slot.check is None:
            self.add(codes.SIBLING, f"{place}.{key}", f"{key[1:]} is not a primitive: put the extension inside it")
        elif slot.is_list:
            self.sibling_list(node, key, f"{place}.{key}", depth)
        else:
            self.sibling(node[key], f"{place}.{key}", depth)

    def sibling(self, value: Json, place: str, depth: int) -> None:
        if type(value) is not dict or not value:
            self.add(codes.SIBLING, place, "an object with id or extension is needed")
        else:
            self.object(value, shape_of("Element"), place, depth - 1)

    def sibling_list(self, node: Resource, key: str, place: str, depth: int) -> None:
        items, primitives = node[key], node.get(key[1:])
        if type(items) is not list or all(item is None for item in items):
            self.add(codes.SIBLING, place, "an array with at least one object is needed")
            return
        if type(primitives) is list and len(primitives) != len(items):
            self.add(codes.SIBLING, place, f"{len(items)} places beside {len(primitives)} values")
        for index, item in enumerate(items):
            if item is not None:
                self.sibling(item, f"{place}[{index}]", depth)

    def unknown(self, key: str, shape: Shape, place: str) -> None:
        shown = key if type(key) is str and _NAME.fullmatch(key) else "?"
        for stem, names in shape.choices:
            kind = key[len(stem) :] if shown != "?" and key.startswith(stem) else ""
            if kind and not structure_names().isdisjoint({kind, kind[0].lower() + kind[1:]}):
                allowed = ", ".join(sorted(name for name in names if not name.startswith("_")))
                self.add(codes.CHOICE_TYPE, f"{place}.{shown}", f"allowed are {allowed}")
                return
        near = get_close_matches(shown, shape.slots, n=1)
        self.add(
            codes.UNKNOWN_ELEMENT, f"{place}.{shown}", f"{shape.name} has no such element", f"did you mean {near[0]}?" if near else None
        )

    # --- how a value is refused

    def refuse_primitive(self, fault: Code, value: Json, slot: Slot, place: str) -> None:
        kind = slot.element.types[0]
        if fault is codes.WRONG_JSON_TYPE:
            self.refuse_kind(value, place, kind)
        elif fault is codes.NOT_IN_VALUESET and slot.element.binding is not None:
            self.add(fault, place, f"a code of {slot.element.binding.valueset} is required")
        else:
            self.add(fault, place, f"this is not a {kind}")

    def refuse_kind(self, value: Json, place: str, needed: str) -> None:
        if value is None:
            self.add(codes.NULL, place, "leave it out")
        elif type(value) is list:
            self.add(codes.NOT_SINGLE, place, f"{needed} is needed, not an array")
        else:
            self.add(codes.WRONG_JSON_TYPE, place, f"{needed} is needed")


def _is_extended(node: Resource, key: str, index: int) -> bool:
    """Whether the null at this place of an array of primitives stands beside an extension."""
    siblings = node.get(f"_{key}")
    return type(siblings) is list and index < len(siblings) and siblings[index] is not None
