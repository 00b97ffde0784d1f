"""Elements of the resources that were made which nothing ever filled: those that rules aim at, and those that no rule aims at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from hub.core.json import Json
from hub.fhir.elements import elements_of, resource_types
from hub.mapping.conversion import Conversion
from hub.mapping.program import Program
from hub.mapping.survey.behind import Rule, rules_of
from hub.mapping.survey.targets import target_of

__all__ = ["Element", "FilledElements"]

_SERVED: Final = frozenset(
    {"id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension", "resourceType"}
)  # the hub's own, or of every resource
_MOST: Final = 20_000


@dataclass(frozen=True, slots=True)
class Element:
    """path: "Patient.photo". rules: those that aim at it, or at something in it."""

    path: str
    rules: tuple[Rule, ...]


@dataclass(slots=True)
class FilledElements:
    program: Program
    types: set[str] = field(default_factory=set)
    _filled: set[str] = field(default_factory=set)

    def take(self, conversion: Conversion) -> None:
        for produced in conversion.produced:
            type_ = str(produced.resource["resourceType"])
            self.types.add(type_)
            if len(self._filled) < _MOST:
                self._fill(type_, produced.resource)

    def unfilled(self) -> Iterator[Element]:
        """Of the types that were made; by type, in the order of the standard. Not what is inside an element that is not filled itself."""
        aims = self._aims()
        for type_ in sorted(self.types):
            own = [path for path in aims if path.startswith(f"{type_}.")]
            given: set[str] = set()
            for path in dict.fromkeys((*_elements(type_), *own)):
                if not self._is_filled(path) and not any(path.startswith(f"{around}.") for around in given):
                    given.add(path)
                    rules = [rule for aimed in own if aimed == path or aimed.startswith(f"{path}.") for rule in aims[aimed]]
                    yield Element(path, tuple(dict.fromkeys(rules)))

    def _fill(self, path: str, value: Json) -> None:
        if isinstance(value, dict):
            for name, below in value.items():
                inner = f"{path}.{name.removeprefix('_')}"
                self._filled.add(inner)
                self._fill(inner, below)
        elif isinstance(value, list):
            for item in value:
                self._fill(path, item)

    def _is_filled(self, path: str) -> bool:
        """`value[x]` is filled by any of its forms."""
        if path in self._filled:
            return True
        stem = path.removesuffix("[x]")
        return stem != path and any(found.startswith(stem) and found[len(stem) : len(stem) + 1].isupper() for found in self._filled)

    def _aims(self) -> dict[str, list[Rule]]:
        found: dict[str, list[Rule]] = {}
        for declaration in self.program.maps.values():
            for rule, row in rules_of(declaration):
                (shape, steps), _ = target_of(declaration, row)
                if steps and shape in resource_types() and not any(step.url for step in steps):
                    found.setdefault(".".join([shape, *(step.name for step in steps)]), []).append(rule)
        return found


def _elements(type_: str) -> Iterator[str]:
    """Its top level; a choice once, as `Observation.value[x]`."""
    for name, element in elements_of(type_).items():
        if name not in _SERVED:
            yield element.path if element.path.endswith("[x]") else f"{type_}.{name}"
