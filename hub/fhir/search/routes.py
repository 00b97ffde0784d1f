"""Search expressions compiled: which JSON members to follow, decided once for each type from R4's own definitions.

The official expressions need little of FHIRPath (https://hl7.org/fhirpath): paths, `as T`, `where(resolve() is T)`,
`where(x='y')`, `[0]` and `|`. A choice element is followed under each of its names, so that the type of what is found at the end
is known when the expression is compiled, and nothing is asked of the value itself.

Patient.deceased (`exists() and ... != false`) is not a path: `extract` answers it by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from hub.core.json import Json
from hub.fhir.elements import Element, elements_of
from hub.fhir.references import named_type

__all__ = ["LeadsTo", "Route", "Step", "compile_expression", "follow"]

Keep = Callable[[Json], bool]


@dataclass(frozen=True, slots=True)
class Step:
    """One JSON member. index: only this item of the list. keep: the filters of a `where`."""

    key: str
    is_list: bool
    index: int | None = None
    keep: tuple[Keep, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """The members to follow from the resource, and the element that stands at the end (its one type, its binding)."""

    steps: tuple[Step, ...]
    end: Element


@dataclass(frozen=True, slots=True)
class _Partial:
    steps: tuple[Step, ...]
    shape: str
    end: Element | None = None


_AS: Final = re.compile(r"\((\S+) as (\w+)\)")
_PART: Final = re.compile(r"(?:(?P<as>as)|(?P<where>where))\((?P<inner>(?:resolve\(\)|[^()])*)\)|(?P<name>\w+)(?:\[(?P<index>\d+)\])?")
_RESOLVE: Final = re.compile(r"resolve\(\) is (\w+)")
_EQUALS: Final = re.compile(r"(\w+)='([^']*)'")


def compile_expression(type_name: str, expression: str) -> tuple[Route, ...]:
    """Raises ValueError for what this grammar does not have."""
    return tuple(route for part in expression.split(" | ") for route in _alternative(type_name, part.strip()))


def _alternative(type_name: str, text: str) -> Iterator[Route]:
    plain = _AS.sub(r"\1.as(\2)", text)
    parts = list(_PART.finditer(plain))
    if ".".join(part[0] for part in parts) != plain:
        raise ValueError("not in the grammar of search expressions")
    if parts[0]["name"] in {type_name, "Resource", "DomainResource"}:
        parts = parts[1:]
    partials = [_Partial((), type_name)]
    for part in parts:
        partials = [longer for partial in partials for longer in _extend(partial, part)]
    yield from (Route(partial.steps, partial.end) for partial in partials if partial.end is not None)


def _extend(partial: _Partial, part: re.Match[str]) -> Iterator[_Partial]:
    if part["as"]:
        if partial.end is not None and partial.end.types[0] == part["inner"]:
            yield partial
    elif part["where"]:
        *before, last = partial.steps
        kept = Step(last.key, last.is_list, last.index, (*last.keep, _filter(part["inner"])))
        yield _Partial((*before, kept), partial.shape, partial.end)
    else:
        index = int(part["index"]) if part["index"] else None
        for key, element in _named(partial.shape, part["name"]):
            yield _Partial((*partial.steps, Step(key, element.is_list, index)), element.content, element)


def _named(shape: str, name: str) -> Iterator[tuple[str, Element]]:
    """The members that a FHIRPath name means: itself, or every spelling of `name[x]`."""
    for key, element in elements_of(shape).items():
        if key == name or (element.choice and element.path.endswith(f".{name}[x]")):
            yield key, element


def _filter(inner: str) -> Keep:
    if found := _RESOLVE.fullmatch(inner):
        return LeadsTo(found[1])
    if found := _EQUALS.fullmatch(inner):
        return Has(found[1], found[2])
    raise ValueError("not in the grammar of search expressions")


@dataclass(frozen=True, slots=True)
class LeadsTo:
    """Told by the reference itself: its text, or its type."""

    type_name: str

    def __call__(self, value: Json) -> bool:
        if type(value) is not dict:
            return False
        text = value.get("reference")
        named = named_type(text) if type(text) is str else None
        return (named or value.get("type")) == self.type_name


@dataclass(frozen=True, slots=True)
class Has:
    """A member with this text."""

    name: str
    text: str

    def __call__(self, value: Json) -> bool:
        return type(value) is dict and value.get(self.name) == self.text


def follow(node: Json, steps: tuple[Step, ...]) -> list[Json]:
    """The values at the end of the steps. What does not have the shape that R4 says is passed over."""
    nodes = [node]
    for step in steps:
        nodes = [value for parent in nodes if type(parent) is dict for value in _members(parent, step)]
        for keep in step.keep:
            nodes = [value for value in nodes if keep(value)]
        if not nodes:
            break
    return nodes


def _members(parent: dict[str, Json], step: Step) -> list[Json]:
    value = parent.get(step.key)
    if value is None:
        return []
    if not step.is_list:
        return [value]
    items = value if type(value) is list else []
    return items if step.index is None else items[step.index : step.index + 1]
