"""What a row aims at: the type of its FHIR side, seen from the map it stands in."""

from __future__ import annotations

from functools import lru_cache

from hub.fhir.elements import resource_types
from hub.mapping.forward.write_fhir import fhir_type_at
from hub.mapping.items import iter_rows
from hub.mapping.syntax import FhirStep, MapDeclaration, Row

__all__ = ["Target", "is_message_map", "target_of"]

Target = tuple[str, tuple[FhirStep, ...]]
"""The shape that the steps begin in, and the steps: ("Patient", birthDate). No steps: the whole."""


def is_message_map(declaration: MapDeclaration) -> bool:
    return declaration.right.names == ("Bundle",)


def target_of(declaration: MapDeclaration, row: Row) -> tuple[Target, str]:
    """With the type that stands there. In a message map the first step is a resource type, or the name of a row that makes one."""
    steps = row.right.steps
    shape = declaration.right.names[0] if declaration.right.names else ""
    if is_message_map(declaration) and steps:
        first, steps = steps[0].name, steps[1:]
        shape = first if first in resource_types() else _kinds(declaration).get(first, "")
    return (shape, steps), fhir_type_at(shape, steps)[0]


@lru_cache(maxsize=256)
def _kinds(declaration: MapDeclaration) -> dict[str, str]:
    """Row names to the types of their resources."""
    rows = [row for row in iter_rows(declaration.body) if len(row.right.steps) == 1]
    return {row.name: row.right.steps[0].name for row in rows if row.right.steps[0].name in resource_types()}
