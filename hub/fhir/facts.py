"""What HL7's definitions of R4 (4.0.1) say, read from the packaged fact file. The one module of `hub.fhir` that reads a file.

The file (`r4_facts.jsonl`) is made by conformance/definitions/make_r4_facts.py from `hl7.fhir.r4.examples` 4.0.1 (CC0-1.0).
Its lines are found once and decoded only when asked for: a hub that sees twenty resource types pays for twenty.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeVar

import msgspec

__all__ = [
    "BindingFacts",
    "CompartmentFacts",
    "ElementFacts",
    "ParameterFacts",
    "StructureFacts",
    "find_binding",
    "find_compartment",
    "find_parameters",
    "find_structure",
    "structure_names",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ElementFacts:
    """path: without the type's own name. max: "1", "*". same_as: the path of the element whose content this one repeats."""

    path: str
    min: int = 0
    max: str = "1"
    types: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    same_as: str | None = None
    binding: tuple[str, str] | None = None  # strength, canonical URL
    modifier: bool = False
    summary: bool = False


@dataclass(frozen=True, slots=True)
class StructureFacts:
    """A resource or datatype: what it declares itself, not what it has from `base`. kind: resource, complex-type, primitive-type."""

    structure: str
    kind: str
    base: str | None = None
    abstract: bool = False
    regex: str | None = None
    elements: tuple[ElementFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class BindingFacts:
    """The codes of a required value set by system; or the format of a code whose system is open ("": any)."""

    binding: str
    codes: dict[str, tuple[str, ...]] | None = None
    format: str | None = None


@dataclass(frozen=True, slots=True)
class ParameterFacts:
    """An official search parameter as it applies to one type. components: (code, expression) for composites."""

    code: str
    id: str
    type: str
    expression: str | None = None
    targets: tuple[str, ...] = ()
    components: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SearchFacts:
    search: str
    parameters: tuple[ParameterFacts, ...]


@dataclass(frozen=True, slots=True)
class CompartmentFacts:
    """members: for each resource type, the search parameters that put it in the compartment ("{def}": it is its own)."""

    compartment: str
    members: dict[str, tuple[str, ...]]


@cache
def _lines() -> dict[tuple[str, str], bytes]:
    """Every line by its first member: ("structure", "Patient") -> the line."""
    data = resources.files("hub.fhir").joinpath("r4_facts.jsonl").read_bytes()
    keyed = ((line.split(b'"', 4), line) for line in data.splitlines())
    return {(parts[1].decode(), parts[3].decode()): line for parts, line in keyed}


def _find(kind: str, name: str, shape: type[T]) -> T | None:
    line = _lines().get((kind, name))
    return None if line is None else msgspec.json.decode(line, type=shape)


@cache
def structure_names() -> frozenset[str]:
    return frozenset(name for kind, name in _lines() if kind == "structure")


@cache
def find_structure(name: str) -> StructureFacts | None:
    return _find("structure", name, StructureFacts)


@cache
def find_binding(url: str) -> BindingFacts | None:
    return _find("binding", url, BindingFacts)


@cache
def find_parameters(name: str) -> tuple[ParameterFacts, ...]:
    """The search parameters declared for exactly this type (Resource and DomainResource have their own)."""
    found = _find("search", name, SearchFacts)
    return found.parameters if found else ()


@cache
def find_compartment(name: str) -> CompartmentFacts | None:
    return _find("compartment", name, CompartmentFacts)
