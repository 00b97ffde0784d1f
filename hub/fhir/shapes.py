"""Shapes compiled for validation: what `validate` looks up for each object, made once for each type when it is first seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from hub.core.diagnostics import Code
from hub.core.json import Resource
from hub.fhir.codes import BAD_FORMAT, EXTENSION, NARRATIVE, NOT_IN_VALUESET, WRONG_TARGET
from hub.fhir.elements import Binding, Element, elements_of, is_primitive, is_resource_type
from hub.fhir.narrative import is_safe_narrative
from hub.fhir.primitives import PrimitiveCheck, primitive_check
from hub.fhir.references import is_well_formed, named_type

__all__ = ["Finding", "Shape", "Slot", "shape_of"]

# What is wrong with an object as a whole: code, detail, and the child it is about ("" for the object itself).
Finding = tuple[Code, str, str]
ObjectCheck = Callable[[Resource], Finding | None]


@dataclass(frozen=True, slots=True)
class Slot:
    """One name that may stand in an object. check: for primitives. content: the shape of what is not primitive."""

    element: Element
    is_list: bool
    check: PrimitiveCheck | None
    content: str
    whole: ObjectCheck | None


@dataclass(frozen=True, slots=True)
class Shape:
    """required: for each required element the names that can stand for it. choices: for each `value[x]` its stem and names."""

    name: str
    slots: Mapping[str, Slot]
    required: tuple[tuple[str, frozenset[str]], ...]
    choices: tuple[tuple[str, frozenset[str]], ...]


@cache
def shape_of(name: str) -> Shape:
    elements = elements_of(name)
    slots = {key: _slot(element) for key, element in elements.items()}
    if is_resource_type(name):
        slots = {"resourceType": _RESOURCE_TYPE, **slots}
    names_of: dict[str, list[str]] = {}
    for key, element in elements.items():
        names_of.setdefault(element.path, []).append(key)
    required = tuple((_last(path), _with_siblings(keys)) for path, keys in names_of.items() if elements[keys[0]].min > 0)
    choices = tuple((_last(path).removesuffix("[x]"), _with_siblings(keys)) for path, keys in names_of.items() if path.endswith("[x]"))
    return Shape(name, slots, required, choices)


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _with_siblings(keys: list[str]) -> frozenset[str]:
    """An extension on a primitive may stand for the primitive itself."""
    return frozenset(keys) | {f"_{key}" for key in keys}


def _slot(element: Element) -> Slot:
    kind = element.types[0]
    if is_primitive(kind):
        return Slot(element, element.is_list, _primitive(kind, element.binding), "", None)
    return Slot(element, element.is_list, None, element.content, _whole(kind, element))


def _primitive(kind: str, binding: Binding | None) -> PrimitiveCheck:
    plain = _check_narrative if kind == "xhtml" else primitive_check(kind)
    if binding is None or (binding.codes is None and binding.pattern is None):
        return plain
    codes, pattern = binding.codes, binding.pattern

    def check(value: object) -> Code | None:
        if type(value) is str and codes is not None and value in codes:
            return None
        fault = plain(value)
        if fault is None and (pattern is None or not pattern.fullmatch(str(value))):
            return NOT_IN_VALUESET
        return fault

    return check


def _check_narrative(value: object) -> Code | None:
    fault = primitive_check("xhtml")(value)
    if fault is BAD_FORMAT or (fault is None and not is_safe_narrative(str(value))):
        return NARRATIVE
    return fault


def _whole(kind: str, element: Element) -> ObjectCheck | None:
    if kind == "Reference":
        return _reference_check(frozenset(element.targets))
    if kind == "Extension":
        return _check_extension
    if element.binding is not None and element.binding.pairs is not None:
        return _concept_check(element.binding.pairs, element.binding.valueset)
    return None


def _reference_check(targets: frozenset[str]) -> ObjectCheck:
    def check(node: Resource) -> Finding | None:
        text = node.get("reference")
        if type(text) is not str or not text:
            return None
        if not is_well_formed(text):
            return BAD_FORMAT, "this is not a reference", "reference"
        named = named_type(text) if targets else None
        if named is not None and named not in targets:
            return WRONG_TARGET, f"only {', '.join(sorted(targets))} may stand here, not {named}", "reference"
        return None

    return check


def _check_extension(node: Resource) -> Finding | None:
    has_value = any(key.startswith(("value", "_value")) for key in node)
    if has_value == ("extension" in node):
        return EXTENSION, "it has both" if has_value else "it has neither", ""
    return None


def _concept_check(pairs: frozenset[tuple[str, str]], valueset: str) -> ObjectCheck:
    """For Coding, Quantity (system and code themselves) and CodeableConcept (one of its codings is enough)."""

    def check(node: Resource) -> Finding | None:
        codings = node.get("coding", [node])
        if type(codings) is not list or any(_is_in(pairs, coding) for coding in codings):
            return None
        if "coding" not in node and "extension" in node:
            return None  # an extension says why there is no code
        return NOT_IN_VALUESET, f"a code of {valueset} is required", ""

    return check


def _is_in(pairs: frozenset[tuple[str, str]], coding: object) -> bool:
    if type(coding) is not dict:
        return False
    system, code = coding.get("system"), coding.get("code")
    return type(system) is str and type(code) is str and (system, code) in pairs


_RESOURCE_TYPE: Final = Slot(
    Element("Resource.resourceType", ("code",), 1, 1, False, None, (), ""), is_list=False, check=lambda _: None, content="", whole=None
)
