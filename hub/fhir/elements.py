"""Typed access to the elements of R4 resources and datatypes, spelt as JSON spells them (`valueQuantity`, `_birthDate`).

https://hl7.org/fhir/R4/elementdefinition.html and https://hl7.org/fhir/R4/json.html

    resolve("Observation", "valueQuantity.value")   Element of Quantity.value
    resolve("Patient", "contact.name.family")       Element of HumanName.family
    resolve("Patient", "nmae")                      None; children("Patient") has what it could have been

A *shape* is what has children: a type ("HumanName") or a backbone element by its path ("Patient.contact").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from hub.fhir.facts import ElementFacts, StructureFacts, find_binding, find_structure, structure_names

__all__ = ["Binding", "Element", "children", "elements_of", "is_primitive", "is_resource_type", "resolve", "resource_types"]


@dataclass(frozen=True, slots=True)
class Binding:
    """codes and pairs (system, code): only for required bindings to a closed list; pattern: for required ones to an open system."""

    strength: str
    valueset: str
    codes: frozenset[str] | None = None
    pairs: frozenset[tuple[str, str]] | None = None
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """One element as it may stand in JSON.

    path: where R4 declares it ("HumanName.family", "Observation.value[x]" also for `valueQuantity`). types: the one type,
    or all that are allowed when `value[x]` itself was asked for. max None: without limit. targets: resource types a
    Reference may name, empty for any. content: the shape whose children stand below ("Quantity", "Patient.contact"),
    empty for `value[x]` itself.
    """

    path: str
    types: tuple[str, ...]
    min: int
    max: int | None
    choice: bool
    binding: Binding | None
    targets: tuple[str, ...]
    content: str
    modifier: bool = False
    summary: bool = False

    @property
    def is_list(self) -> bool:
        return self.max is None or self.max > 1


@cache
def resource_types() -> tuple[str, ...]:
    """The resource types that can be stored: 146, in alphabetical order."""
    found = (find_structure(name) for name in sorted(structure_names()))
    return tuple(facts.structure for facts in found if facts and facts.kind == "resource" and not facts.abstract)


@cache
def _resource_types() -> frozenset[str]:
    return frozenset(resource_types())


def is_resource_type(name: str) -> bool:
    return name in _resource_types()


@cache
def is_primitive(type_name: str) -> bool:
    facts = find_structure(type_name)
    return facts is not None and facts.kind == "primitive-type"


def resolve(type_name: str, path: str) -> Element | None:
    """The element at a dotted path below a type, or None. `value[x]` gives the choice itself."""
    shape, element = type_name, None
    for name in path.split("."):
        element = _child(shape, name)
        if element is None:
            return None
        shape = element.content
    return element


def children(type_or_path: str) -> tuple[str, ...]:
    """The names that may stand below a type or a path ("Patient", "Patient.contact.name"), choices spelt out."""
    root, _, path = type_or_path.partition(".")
    if not path:
        return tuple(elements_of(root))
    element = resolve(root, path)
    return () if element is None else tuple(elements_of(element.content))


@cache
def elements_of(shape: str) -> Mapping[str, Element]:
    """The elements of a shape by JSON name, inherited ones first, in the order of the standard. Empty for what has none."""
    root, _, path = shape.partition(".")
    facts = find_structure(root)
    if facts is None or facts.kind == "primitive-type":
        return MappingProxyType({})
    found = dict(_inherited(facts, path))
    prefix = f"{path}." if path else ""
    for child in facts.elements:
        name = child.path.removeprefix(prefix)
        if child.path.startswith(prefix) and "." not in name:
            found.update(_spelt_out(name, _element(facts, child)))
    return MappingProxyType(found)


def _inherited(facts: StructureFacts, path: str) -> Iterator[tuple[str, Element]]:
    base = facts.base
    if path:
        own = next((child for child in facts.elements if child.path == path), None)
        base = own.types[0] if own and own.types else None
    if base is not None:
        yield from elements_of(base).items()


def _spelt_out(name: str, element: Element) -> Iterator[tuple[str, Element]]:
    """value[x] stands in JSON as valueQuantity, valueString, ..."""
    if not element.choice:
        yield name, element
        return
    stem = name.removesuffix("[x]")
    for kind in element.types:
        targets = element.targets if kind == "Reference" else ()
        yield stem + kind[0].upper() + kind[1:], replace(element, types=(kind,), content=kind, targets=targets)


def _element(facts: StructureFacts, child: ElementFacts) -> Element:
    source, content = child, f"{facts.structure}.{child.path}"
    if child.same_as:
        content = child.same_as
        source = next(other for other in facts.elements if f"{facts.structure}.{other.path}" == content)
    elif child.types[0] not in {"BackboneElement", "Element"}:
        content = child.types[0]
    choice = child.path.endswith("[x]")
    return Element(
        path=f"{facts.structure}.{child.path}",
        types=source.types,
        min=child.min,
        max=None if child.max == "*" else int(child.max),
        choice=choice,
        binding=_binding(*child.binding) if child.binding else None,
        targets=child.targets,
        content="" if choice else content,
        modifier=child.modifier,
        summary=child.summary,
    )


@cache
def _binding(strength: str, valueset: str) -> Binding:
    facts = find_binding(valueset) if strength == "required" else None
    if facts is None:
        return Binding(strength, valueset)
    if facts.codes is None:
        return Binding(strength, valueset, pattern=re.compile(facts.format) if facts.format else None)
    pairs = frozenset((system, code) for system, codes in facts.codes.items() for code in codes)
    return Binding(strength, valueset, codes=frozenset(code for _, code in pairs), pairs=pairs)


def _child(shape: str, name: str) -> Element | None:
    known = elements_of(shape)
    if name.endswith("[x]"):
        return _choice(shape, name)
    if name.startswith("_"):
        return _sibling(known.get(name[1:]))
    return known.get(name)


def _choice(shape: str, name: str) -> Element | None:
    root, _, path = shape.partition(".")
    facts = find_structure(root)
    wanted = f"{path}.{name}" if path else name
    child = next((child for child in facts.elements if child.path == wanted), None) if facts else None
    return _element(facts, child) if facts and child else None


def _sibling(element: Element | None) -> Element | None:
    """`_birthDate`: where the id and the extensions of a primitive stand. https://hl7.org/fhir/R4/json.html#primitive"""
    if element is None or not is_primitive(element.types[0]):
        return None
    return replace(element, types=("Element",), content="Element", min=0, binding=None, targets=())
