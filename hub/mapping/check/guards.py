"""What the conditions of rows say about each other: whether two can hold at once, and whether one row's can hold at all.

Only what can be proved from the map: the same subject, with values that exclude each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from hub.mapping.syntax import Condition, FhirPath, Name, Row, V2Path
from hub.mapping.types.fhir import spelling
from hub.mapping.types.places import path_key

__all__ = ["Facts", "Subject", "exclusive", "facts_of", "impossible", "never_with"]

Subject = tuple[object, ...]
_OPPOSITE: dict[str, Literal["=", "!=", "in", "not in", "present", "absent"]] = {
    "=": "!=",
    "!=": "=",
    "in": "not in",
    "not in": "in",
    "present": "absent",
    "absent": "present",
}


@dataclass(slots=True)
class Facts:
    """What must be so for one subject. allowed None: any value. denied: values it may not have."""

    allowed: frozenset[str] | None = None
    denied: frozenset[str] = frozenset()
    present: bool = False
    absent: bool = False

    @property
    def impossible(self) -> bool:
        none_left = self.allowed is not None and not self.allowed - self.denied
        return none_left or (self.absent and (self.present or self.allowed is not None))

    def excludes(self, other: Facts) -> bool:
        mine, theirs = self.allowed, other.allowed
        if mine is not None and theirs is not None and not (mine - self.denied) & (theirs - other.denied):
            return True
        if (mine is not None and mine <= other.denied) or (theirs is not None and theirs <= self.denied):
            return True
        filled, others_filled = self.present or mine is not None, other.present or theirs is not None
        return (self.absent and others_filled) or (other.absent and filled)


def facts_of(row: Row, around: Iterable[Condition] = ()) -> dict[Subject, Facts]:
    """From `when`, a single `unless`, the `where` around the row, and its own v2 side, which must be populated for it to fire."""
    found: dict[Subject, Facts] = {}
    conditions = [*around, *row.clauses.when]
    if len(row.clauses.unless) == 1:
        only = row.clauses.unless[0]
        conditions.append(replace(only, test=_OPPOSITE[only.test]))
    for condition in conditions:
        _add(found, condition)
    alone = row.left.alternatives[0].atom if len(row.left.alternatives) == 1 else None
    if isinstance(alone, V2Path | Name) and row.clauses.default is None:
        for subject in _parts(alone) if isinstance(alone, V2Path) else (("$", alone.name),):
            found.setdefault(subject, Facts()).present = True
    return found


def exclusive(one: dict[Subject, Facts], other: dict[Subject, Facts]) -> bool:
    """Provably never both, going to FHIR: a condition on a FHIR path is tested going back only."""
    return any(facts.excludes(other[subject]) for subject, facts in one.items() if subject in other and subject[0] != "fhir")


def never_with(row: Row, other: dict[Subject, Facts]) -> bool:
    """The row's `unless` holds wherever the other row fires: `unless OBX-11 = R, $x present` against `when OBX-11 = R` and `$x` read."""
    unless = row.clauses.unless
    return bool(unless) and all(_implied(condition, other.get(subject_of(condition))) for condition in unless)


def _implied(condition: Condition, facts: Facts | None) -> bool:
    if facts is None:
        return False
    values = frozenset(condition.values)
    match condition.test:
        case "=" | "in":
            return facts.allowed is not None and facts.allowed <= values
        case "!=" | "not in":
            return values <= facts.denied or (facts.allowed is not None and not facts.allowed & values)
        case "present":
            return facts.present or facts.allowed is not None
        case "absent":
            return facts.absent


def impossible(found: dict[Subject, Facts]) -> bool:
    return any(facts.impossible for facts in found.values())


def subject_of(condition: Condition) -> Subject:
    match condition.subject:
        case V2Path():
            return path_key(condition.subject)
        case Name():
            return ("$", condition.subject.name)
        case FhirPath():
            return ("fhir", spelling(condition.subject))


def _add(found: dict[Subject, Facts], condition: Condition) -> None:
    subject = subject_of(condition)
    facts = found.setdefault(subject, Facts())
    values = frozenset(condition.values)
    match condition.test:
        case "=" | "in":
            facts.allowed = values if facts.allowed is None else facts.allowed & values
            for part in _parts(condition.subject) if isinstance(condition.subject, V2Path) else ():
                found.setdefault(part, Facts()).present = True
        case "!=" | "not in":
            facts.denied |= values
        case "present":
            for part in _parts(condition.subject) if isinstance(condition.subject, V2Path) else (subject,):
                found.setdefault(part, Facts()).present = True
        case "absent":
            facts.absent = True


def _parts(path: V2Path) -> tuple[Subject, ...]:
    """A component is there only where its field is."""
    wholes = [path]
    if path.subcomponent is not None:
        wholes.append(replace(path, subcomponent=None))
    if path.component is not None and path.field is not None:
        wholes.append(replace(path, component=None, subcomponent=None))
    return tuple(path_key(whole) for whole in wholes)
