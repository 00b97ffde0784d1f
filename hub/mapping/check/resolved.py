"""A row with the types of both its sides: found once, and read by every check.

A row whose paths or names are not found is `broken`: what is wrong has been said, and no other check says it again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from hub.core.diagnostics import Span
from hub.mapping.check.sources import Source, sources_of
from hub.mapping.syntax import Arrow, FhirPath, FhirStep, Row
from hub.mapping.types.declared import Declared, KnownMap
from hub.mapping.types.fhir import FhirType, NoElement, is_resource, type_of
from hub.mapping.types.scope import MapKind, Scope

__all__ = ["Resolved", "called_maps", "element_path", "in_versions", "resolve_rows", "visible_row"]

_STEP: Final = re.compile(r'([A-Za-z][A-Za-z0-9]*)(?:\("([^"]*)"\))?(?::([A-Za-z][\w-]*))?(?:\[(\*|\d{1,4})\])?(?:\.|$)')


@dataclass(slots=True)
class Resolved:
    """target: None where the FHIR path is not found. makes: the resource type a row of a message map makes, else None."""

    row: Row
    scope: Scope
    known: KnownMap
    sources: tuple[Source, ...]
    target: FhirType | NoElement
    broken: bool = False
    siblings: dict[str, Resolved] = field(default_factory=dict, repr=False)

    @property
    def forward(self) -> bool:
        return self.row.arrow is not Arrow.BACKWARD

    @property
    def backward(self) -> bool:
        return self.row.arrow is not Arrow.FORWARD

    @property
    def makes(self) -> str | None:
        whole = isinstance(self.target, FhirType) and self.target.element is None and self.row.value is None
        return self.target.name if whole and isinstance(self.target, FhirType) and is_resource(self.target.name) else None

    @property
    def span(self) -> Span:
        return self.row.left.span


def resolve_rows(known: KnownMap, declared: Declared) -> tuple[Resolved, ...]:
    """The rows of a map in the order of the file. In a message map a row's name may stand for the resource it makes."""
    found: list[Resolved] = []
    by_name: dict[str, Resolved] = {}
    for row, scope in known.rows():
        resolved = Resolved(row, scope, known, sources_of(row.left, known, scope, declared), _target(row, scope, by_name), siblings=by_name)
        resolved.broken = isinstance(resolved.target, NoElement)
        by_name.setdefault(row.name, resolved)
        found.append(resolved)
    return tuple(found)


def called_maps(resolved: Resolved, declared: Declared) -> tuple[KnownMap, ...]:
    """The map behind `by`; without it those between the types of the row's sides."""
    by = resolved.row.clauses.by
    if by is not None:
        called = declared.by_name.get(by.function)
        return () if called is None else (called,)
    if not isinstance(resolved.target, FhirType):
        return ()
    kinds = {one.label if one.datatype == "segment" else one.datatype for source in resolved.sources for _, one in source.v2}
    found = (declared.between(kind, resolved.target.name) for kind in sorted(kinds))
    return tuple(one for one in found if one is not None)


def visible_row(resolved: Resolved, name: str) -> Resolved | None:
    """The row whose resource this row may name: it stands in the same `each`, or in one around it."""
    other = resolved.siblings.get(name)
    if other is None or other is resolved or other.scope.each != resolved.scope.each[: len(other.scope.each)]:
        return None
    return other


def element_path(text: str, span: Span) -> FhirPath | None:
    """The element of a `with` as a path."""
    steps: list[FhirStep] = []
    position = 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None:
            return None
        name, url, piece, index = found.groups()
        steps.append(FhirStep(name, "*" if index == "*" else int(index) if index else None, piece, url))
        position = found.end()
    return FhirPath(tuple(steps), span) if steps else None


def in_versions(failing: tuple[str, ...], served: tuple[str, ...]) -> str:
    """` in 2.3, 2.3.1`; nothing when it is so in all the map serves."""
    return "" if set(failing) >= set(served) else " in " + ", ".join(failing)


def _target(row: Row, scope: Scope, rows: dict[str, Resolved]) -> FhirType | NoElement:
    path, root = row.right, scope.target
    if scope.kind is MapKind.MESSAGE and path.steps:
        first = rows.get(path.steps[0].name)
        if first is not None and first.makes is not None:
            root, path = first.makes, FhirPath(path.steps[1:], path.span)
    return type_of(root, path)
