"""The rules behind a value: the row that a trace names, and those around it, which called the map that row stands in.

A step of a trace names the innermost row alone. A row that calls a map is behind a step of that map (or of one that it calls) which has
the row's own target before its own, and comes from the row's own field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hub.mapping.conversion import Step
from hub.mapping.items import iter_rows
from hub.mapping.program import Program
from hub.mapping.survey.targets import target_of
from hub.mapping.syntax import Arrow, FhirStep, MapDeclaration, Row, V2Path
from hub.mapping.types.v2 import is_segment

__all__ = ["Rule", "RulesBehind", "rules_of"]

_NUMBER: Final = re.compile(r"\[\d+\]")
_KNOWN: Final = 20_000  # steps whose rules are known; their spellings are bounded by the maps, not by the messages


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """A row that goes to FHIR."""

    file: str
    line: int
    name: str  # "obx.status"


@dataclass(frozen=True, slots=True)
class _Caller:
    """A row that may call maps: what its steps look like."""

    rule: Rule
    target: str
    source: str | None
    maps: frozenset[str]
    own: str


def rules_of(declaration: MapDeclaration) -> Iterator[tuple[Rule, Row]]:
    for row in iter_rows(declaration.body):
        if row.arrow is not Arrow.BACKWARD and row.right.steps:
            yield Rule(row.span.file, row.span.line, f"{declaration.name}.{row.name}"), row


@dataclass(slots=True)
class RulesBehind:
    """named: every rule by its name."""

    program: Program
    named: dict[str, Rule] = field(default_factory=dict)
    _callers: list[_Caller] = field(default_factory=list)
    _reached: dict[str, frozenset[str]] = field(default_factory=dict)
    _known: dict[tuple[str, str, str, str], tuple[Rule, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        calls = {
            name: frozenset(called for _, row in rules_of(declaration) for called in _called_by(self.program, declaration, row))
            for name, declaration in self.program.maps.items()
        }
        for name, declaration in self.program.maps.items():
            self._reached[name] = _closure(frozenset({name}), calls)
            for rule, row in rules_of(declaration):
                self.named[rule.name] = rule
                maps = _closure(frozenset(_called_by(self.program, declaration, row)), calls)
                if maps:
                    self._callers.append(_Caller(rule, _spell(target_of(declaration, row)[0][1]), _source(row), maps, name))

    def of(self, map_name: str, step: Step) -> tuple[Rule, ...]:
        """The innermost first. map_name: of the message map that was at work."""
        key = (map_name, step.rule, _NUMBER.sub("", step.target), _NUMBER.sub("", step.source))
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            known = self._known[key] = (Rule(step.file, step.line, step.rule), *self._around(*key))
        return known

    def _around(self, map_name: str, rule: str, target: str, source: str) -> Iterable[Rule]:
        own = rule.partition(".")[0]
        reached = self._reached.get(map_name, frozenset())
        path = f".{target}."
        for caller in self._callers:
            if own not in caller.maps or caller.own not in reached or not _comes_from(source, caller.source):
                continue
            if not caller.target or f".{caller.target}." in path:
                yield caller.rule


def _comes_from(source: str, wanted: str | None) -> bool:
    return wanted is None or source == wanted or source.startswith((f"{wanted}-", f"{wanted}."))


def _spell(steps: Sequence[FhirStep]) -> str:
    """As a trace spells them, without numbers."""
    return ".".join(
        step.name
        + (f":{step.slice}" if step.slice else "")
        + (f'("{step.url}")' if step.url else "")
        + ("[*]" if step.index == "*" else "")
        for step in steps
    )


def _source(row: Row) -> str | None:
    """The field that the steps below the row come from; None where it has several, or is a part of the value of a datatype map."""
    atom = row.left.alternatives[0].atom
    if len(row.left.alternatives) > 1 or not isinstance(atom, V2Path) or atom.segment is None:
        return None
    if atom.field is None:
        return atom.segment if is_segment(atom.segment) else None
    return f"{atom.segment}-{atom.field}" + "".join(f".{part}" for part in (atom.component, atom.subcomponent) if part is not None)


def _called_by(program: Program, declaration: MapDeclaration, row: Row) -> Iterator[str]:
    """By name; else every map to the type of the row's target, since the source's type is a matter of the version."""
    if row.clauses.by is not None:
        if row.clauses.by.function in program.maps:
            yield row.clauses.by.function
        return
    _, fhir_type = target_of(declaration, row)
    yield from (found.name for (_, target), found in program.by_types.items() if target == fhir_type and found is not declaration)


def _closure(start: frozenset[str], calls: Mapping[str, frozenset[str]]) -> frozenset[str]:
    known, fresh = set(start), set(start)
    while fresh:
        fresh = {called for name in fresh for called in calls.get(name, ())} - known
        known |= fresh
    return frozenset(known)
