"""Which elements the rows of a map can fill, those of the maps that they call too. For profiles, which ask deeper than R4."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hub.fhir.elements import is_primitive
from hub.mapping.check.resolved import Resolved, called_maps
from hub.mapping.syntax import FhirStep
from hub.mapping.types.declared import Declared, KnownMap
from hub.mapping.types.fhir import FhirType
from hub.mapping.types.profiles import Profile, ProfileElement

__all__ = ["Filled", "filled_by"]

_DEEPEST: Final = 3  # maps that maps call
_Path = tuple[FhirStep, ...]


@dataclass(slots=True)
class Filled:
    """written: every path that a row writes, to its end. unknown: those below which something writes that is not seen (a function)."""

    written: dict[_Path, None] = field(default_factory=dict)
    unknown: set[_Path] = field(default_factory=set)

    def reaches(self, element: ProfileElement, profile: Profile) -> bool:
        """A row writes the element, something below it, or the unseen around it."""
        return any(profile.leads_to(element, path) for path in self.written) or self.is_unknown(element, profile)

    def is_unknown(self, element: ProfileElement, profile: Profile) -> bool:
        for path in self.unknown:
            around = profile.elements.get(element.steps[: len(path)]) or ProfileElement(element.steps[: len(path)])
            if len(path) <= len(element.steps) and profile.leads_to(around, path):
                return True
        return False


def filled_by(known: KnownMap, rows: Mapping[str, tuple[Resolved, ...]], declared: Declared) -> Filled:
    return _filled(known, rows, declared, {}, 0)


def _filled(
    known: KnownMap, rows: Mapping[str, tuple[Resolved, ...]], declared: Declared, done: dict[tuple[str, int], Filled], depth: int
) -> Filled:
    key = (known.name, depth)
    if key in done:
        return done[key]
    found = done[key] = Filled()
    for resolved in rows.get(known.name, ()):
        if not resolved.forward or not resolved.row.right.steps:
            continue
        path = resolved.row.right.steps
        found.written[path] = None
        for binding in resolved.row.clauses.with_:
            found.written[(*path, *(FhirStep(name) for name in binding.name.split(".")))] = None
        if any(step.url is not None for step in path):
            found.written.update({(*path[: at + 1], FhirStep("url")): None for at, step in enumerate(path) if step.url is not None})
        called = called_maps(resolved, declared)
        if resolved.broken or (not called and _has_more_below(resolved)) or (called and depth >= _DEEPEST):
            found.unknown.add(path)
            continue
        for one in called:
            inner = _filled(one, rows, declared, done, depth + 1)
            found.written.update({(*path, *below): None for below in inner.written})
            found.unknown |= {(*path, *below) for below in inner.unknown}
    return found


def _has_more_below(resolved: Resolved) -> bool:
    """A function, a table or the types alone fill a complex element."""
    target = resolved.target
    return not isinstance(target, FhirType) or not is_primitive(target.name)
