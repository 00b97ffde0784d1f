"""Rows against rows: two that write one place, one that can never fire, what is read and left out as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from hub.core.diagnostics import Diagnostic, Note
from hub.fhir.elements import Element, is_primitive
from hub.mapping.check.guards import Facts, Subject, exclusive, facts_of, impossible, never_with
from hub.mapping.check.resolved import Resolved
from hub.mapping.check.sources import named
from hub.mapping.codes import check_rows as codes
from hub.mapping.syntax import Constant, Expression, FhirPath, FhirStep, LeftOut, Name, Param, Row, V2Path
from hub.mapping.types.declared import Declared, KnownMap
from hub.mapping.types.fhir import FhirType, spelling, type_of
from hub.mapping.types.places import path_key, v2_spelling
from hub.mapping.types.scope import MapKind

__all__ = ["check_overlaps", "check_reached"]

_LIMIT: Final = 64  # rows of one place that are compared one by one
_Place = tuple[object, ...]


@dataclass(slots=True)
class _Writers:
    """The rows that write one place, by what their guards compare: rows for different values of one subject are never compared."""

    others: list[Resolved] = field(default_factory=list)
    compared: dict[Subject, dict[str, list[Resolved]]] = field(default_factory=dict)

    def add(self, resolved: Resolved, subject: Subject | None, values: frozenset[str]) -> None:
        if subject is None:
            self.others.append(resolved)
            return
        by_value = self.compared.setdefault(subject, {})
        for value in values:
            by_value.setdefault(value, []).append(resolved)

    def rivals(self, subject: Subject | None, values: frozenset[str]) -> Iterator[Resolved]:
        yield from self.others[:_LIMIT]
        for known, by_value in self.compared.items():
            if known == subject:
                for value in values:
                    yield from by_value.get(value, ())[:_LIMIT]
            else:
                for rows in islice(by_value.values(), _LIMIT):
                    yield from rows[:1]


def check_reached(resolved: Resolved) -> Iterator[Diagnostic]:
    """M251 and M252: the row can fire, and so can each of its alternatives."""
    row = resolved.row
    if impossible(facts_of(row, resolved.scope.guards)):
        yield Diagnostic(codes.M251, "its conditions exclude each other", row.span)
        resolved.broken = True
        return
    yield from _unreached(resolved, row.left)
    certain = any(_always(alternative.atom, resolved.known) for alternative in row.left.alternatives)
    if row.clauses.default is not None and certain and row.clauses.table is None:  # `else` is also for a code that is not in the table
        yield Diagnostic(codes.M252, "the v2 side is never absent, so `else` is never used", row.clauses.default.span)


def check_overlaps(known: KnownMap, rows: tuple[Resolved, ...], declared: Declared) -> Iterator[Diagnostic]:
    written: dict[_Place, _Writers] = {}
    inner: dict[_Place, Resolved] = {}
    facts: dict[int, dict[Subject, Facts]] = {}
    fills: dict[str, tuple[str, ...]] = {}
    for resolved in rows:
        if not _writes(resolved):
            continue
        facts[id(resolved)] = facts_of(resolved.row, resolved.scope.guards)
        places = _places(resolved, fills, declared)
        rival = _rival(resolved, places, written, inner, facts)
        if rival is not None:
            note = Note(rival.row.span, f"`{rival.row.name}` writes it too")
            detail = f"{spelling(resolved.row.right)}, and nothing says that only one of the two rows fires"
            yield Diagnostic(codes.M250, detail, resolved.row.right.span, notes=(note,))
            continue
        subject, values = _compared(facts[id(resolved)])
        for place in places:
            written.setdefault(place, _Writers()).add(resolved, subject, values)
            for depth in range(1, len(place)):
                inner.setdefault(place[:depth], resolved)
    yield from _read_and_left(known, rows)


def _rival(
    resolved: Resolved,
    places: tuple[_Place, ...],
    written: dict[_Place, _Writers],
    inner: dict[_Place, Resolved],
    facts: dict[int, dict[Subject, Facts]],
) -> Resolved | None:
    own = facts[id(resolved)]
    subject, values = _compared(own)
    for place in places:
        candidates = [
            rival for depth in range(1, len(place) + 1) if (one := written.get(place[:depth])) for rival in one.rivals(subject, values)
        ]
        if place in inner:
            candidates.append(inner[place])
        for rival in candidates:
            theirs = facts[id(rival)]
            if not (exclusive(own, theirs) or never_with(resolved.row, theirs) or never_with(rival.row, own)):
                return rival
    return None


def _writes(resolved: Resolved) -> bool:
    """A row that makes a resource, or adds an item to a list, writes a place of its own."""
    target = resolved.target
    if resolved.broken or not resolved.forward or not isinstance(target, FhirType) or target.element is None:
        return False
    last = resolved.row.right.steps[-1]
    open_end = target.element.is_list and not isinstance(last.index, int) and last.slice is None
    return not open_end


def _places(resolved: Resolved, fills: dict[str, tuple[str, ...]], declared: Declared) -> tuple[_Place, ...]:
    """Where the row writes: its path, or what a function or map fills below it. Choices count by their stem: one value[x]."""
    by = resolved.row.clauses.by.function if resolved.row.clauses.by else ""
    if by not in fills:
        fills[by] = _fills(by, declared)
    steps = tuple((_stem(resolved, depth), step.index, step.slice, step.url) for depth, step in enumerate(resolved.row.right.steps))
    place: _Place = (resolved.scope.each, *steps)
    return tuple((*place, (name, None, None, None)) for name in fills[by]) or (place,)


def _stem(resolved: Resolved, depth: int) -> str:
    """An extension of a primitive stands beside its value: `_birthDate`, as JSON spells it."""
    path = resolved.row.right
    step, last = path.steps[depth].name, depth + 1 == len(path.steps)
    if last and not any(character.isupper() for character in step):
        return step
    element = _element(resolved, path.steps[: depth + 1])
    if not last and element is not None and is_primitive(element.content):
        return f"_{step}"
    return element.path if element is not None and element.choice else step


def _element(resolved: Resolved, steps: tuple[FhirStep, ...]) -> Element | None:
    """In a message map the first step is a resource: a type, or the row that makes it."""
    target = resolved.target
    below = steps[1:] if resolved.scope.kind is MapKind.MESSAGE else steps
    found = type_of(target.root, FhirPath(below, resolved.row.right.span)) if isinstance(target, FhirType) and below else None
    return found.element if isinstance(found, FhirType) else None


def _fills(name: str, declared: Declared) -> tuple[str, ...]:
    called = declared.by_name.get(name)
    if called is not None:
        return tuple(dict.fromkeys(row.right.steps[0].name for row, _ in called.rows() if row.right.steps))
    function = declared.functions.get(name)
    return function.fills if function else ()


def _compared(facts: dict[Subject, Facts]) -> tuple[Subject | None, frozenset[str]]:
    """The first subject that the row compares with values, by which rows of one place are told apart quickly."""
    for subject, one in facts.items():
        if one.allowed:
            return subject, one.allowed
    return None, frozenset()


def _unreached(resolved: Resolved, expression: Expression) -> Iterator[Diagnostic]:
    for before, alternative in zip(expression.alternatives, expression.alternatives[1:], strict=False):
        if _always(before.atom, resolved.known):
            yield Diagnostic(codes.M252, "what stands before it is always populated", alternative.atom.span)
            return


def _always(atom: object, known: KnownMap) -> bool:
    if isinstance(atom, Name):
        declaration = named(atom, known)
        return isinstance(declaration, Param) and declaration.default is not None
    return isinstance(atom, Constant)


def _read_and_left(known: KnownMap, rows: tuple[Resolved, ...]) -> Iterator[Diagnostic]:
    read: dict[object, Row] = {}
    for resolved in rows:
        for alternative in resolved.row.left.alternatives:
            if isinstance(alternative.atom, V2Path) and resolved.forward and alternative.atom.field is not None:
                read.setdefault((resolved.scope.each, path_key(alternative.atom)), resolved.row)
    for item, scope in known.items:
        if not isinstance(item, LeftOut) or item.when:
            continue
        for path in item.paths:
            row = read.get((scope.each, path_key(path)))
            if row is not None:
                word = "kept" if item.kept else "dropped"
                note = Note(row.span, f"`{row.name}` reads it")
                yield Diagnostic(codes.M253, f"{v2_spelling(path)} is {word}", path.span, notes=(note,))
