"""Paths on the FHIR side, compiled to functions that read, for the way back. https://hl7.org/fhir/R4/json.html

A slice is the item in which the constants of the map's rows stand; an extension the one with its url. A list that nothing more is said of
is all its items where it ends a path, and its first item in the middle of one. Each whole item is taken by one row only.
Extensions of a primitive stand beside it: `birthDate.extension("…")` is in `_birthDate`, `given[2].extension("…")` in the second item
of `_given`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hub.core.json import Json
from hub.mapping.forward.write_fhir import element_names
from hub.mapping.syntax import Arrow, Condition, Constant, FhirPath, FhirStep, Item, Row

__all__ = ["Constants", "Get", "Got", "Spot", "compile_fhir_test", "compile_get", "constants_of", "has_text"]

Spot = tuple[int, str, int]  # the object a value stands in (by its id), the element, and the number of the item
Got = list[tuple[Json, int, Spot]]  # each value, the number of its repetition, and where it stands
Get = Callable[[Json, set[int]], Got]  # the value of the map's FHIR side, the items that are taken already
_ROOT: Spot = (0, "", 0)


@dataclass(frozen=True, slots=True)
class FixedText:
    """A text of the map itself. always: without a `when`."""

    steps: tuple[FhirStep, ...]
    text: str
    always: bool


Constants = list[FixedText]
_Holds = Callable[[Json], bool]


def constants_of(items: Sequence[Item]) -> Constants:
    """The texts that rows put into FHIR, by their paths: by them a slice is recognised."""
    found: Constants = []
    for item in items:
        if isinstance(item, Row) and item.arrow is not Arrow.BACKWARD and item.right.steps:
            atom = item.left.alternatives[0].atom
            if isinstance(atom, Constant):
                found.append(FixedText(item.right.steps, atom.text, always=not (item.clauses.when or item.clauses.unless)))
    return found


def compile_get(shape: str, path: FhirPath, constants: Constants, wanted: Sequence[tuple[list[str], str]] = ()) -> Get:
    """wanted: what each item of the end must have (`with use = work`)."""
    names = element_names(shape, path.steps)
    last = len(path.steps) - 1
    starred = any(step.index == "*" for step in path.steps)
    takers = [
        _Taker(
            step,
            names[at],
            _slice_test(path, at, constants) if step.slice else None,
            wanted if at == last else (),
            is_last=at == last,
            numbers=step.index == "*" if starred else at == last,
        )
        for at, step in enumerate(path.steps)
    ]

    def get(value: Json, taken: set[int]) -> Got:
        found: Got = [(value, 0, _ROOT)]
        for taker in takers:
            found = [each for inner, number, _ in found if isinstance(inner, dict) for each in taker.take(inner, number, taken)]
        return found

    return get


@dataclass(frozen=True, slots=True)
class _Taker:
    """One step of a path. holds: is an item the slice's? wanted: what a value at the end must have.

    numbers: does the position in this list say which repetition it is?
    """

    step: FhirStep
    name: str
    holds: _Holds | None
    wanted: Sequence[tuple[list[str], str]]
    is_last: bool
    numbers: bool

    def take(self, inner: dict[str, Any], number: int, taken: set[int]) -> Iterator[tuple[Json, int, Spot]]:
        value = inner.get(self.name)
        if isinstance(value, list):
            yield from self._items(value, number, taken, id(inner))
        elif value is not None and self._has_wanted(value):
            yield value, number, (id(inner), self.name, 0)

    def _items(self, items: list[Json], number: int, taken: set[int], around: int) -> Iterator[tuple[Json, int, Spot]]:
        listed = [(item, at) for at, item in enumerate(items) if self._is_ours(item) and not (self.is_last and id(item) in taken)]
        step = self.step
        if isinstance(step.index, int):
            listed = [each for each in listed if each[1] == step.index - 1]
        elif step.index is None and (not self.is_last or step.slice or step.url):
            listed = listed[:1]
        for item, at in listed:
            if self.is_last and isinstance(item, dict):
                taken.add(id(item))
            yield item, at if self.numbers else number, (around, self.name, at)

    def _is_ours(self, item: Json) -> bool:
        if item is None:
            return False  # the place of an extension in the list beside it
        if self.step.url is not None and not (isinstance(item, dict) and item.get("url") == self.step.url):
            return False
        return (self.holds is None or self.holds(item)) and self._has_wanted(item)

    def _has_wanted(self, value: Json) -> bool:
        return all(has_text(value, names, text) for names, text in self.wanted)


def _slice_test(path: FhirPath, at: int, constants: Constants) -> _Holds:
    """Its own constants say which item is a slice's; if it has none, an item that is no other slice's."""
    prefix = [(step.name, step.slice, step.url) for step in path.steps[:at]]
    name, slice_ = path.steps[at].name, path.steps[at].slice
    slices: dict[str | None, list[_Fixed]] = {}
    for fixed in constants:
        steps = fixed.steps
        if len(steps) > at + 1 and [(step.name, step.slice, step.url) for step in steps[:at]] == prefix and steps[at].name == name:
            slices.setdefault(steps[at].slice, []).append(_Fixed([step.name for step in steps[at + 1 :]], fixed.text, fixed.always))
    own = slices.pop(slice_, [])
    if own:
        return lambda item: _is_slice(item, own)
    return lambda item: not any(_is_slice(item, other) for other in slices.values())


@dataclass(frozen=True, slots=True)
class _Fixed:
    names: Sequence[str]
    text: str
    always: bool


def _is_slice(item: Json, constants: Sequence[_Fixed]) -> bool:
    """Those that are always there must stand; of those with a `when`, one, and no other value in the place of the others."""
    stands = [has_text(item, each.names, each.text) for each in constants]
    return any(stands) and all(
        held or (not each.always and not _has_value(item, each.names)) for held, each in zip(stands, constants, strict=True)
    )


def _has_value(value: Json, names: Sequence[str]) -> bool:
    if isinstance(value, list):
        return any(_has_value(item, names) for item in value)
    if names:
        return isinstance(value, dict) and _has_value(value.get(names[0]), names[1:])
    return value is not None


def has_text(value: Json, names: Sequence[str], text: str) -> bool:
    """Does some value at the path read so?"""
    if isinstance(value, list):
        return any(has_text(item, names, text) for item in value)
    if names:
        return isinstance(value, dict) and has_text(value.get(names[0]), names[1:], text)
    if isinstance(value, bool):
        return text == ("true" if value else "false")
    return value is not None and str(value) == text


def compile_fhir_test(condition: Condition, shape: str, constants: Constants) -> _Holds:
    """A guard on a FHIR path, asked going back."""
    path = condition.subject
    if not isinstance(path, FhirPath):
        raise TypeError(condition.test)
    get = compile_get(shape, path, constants)
    values = frozenset(condition.values)

    def ask(value: Json) -> bool:
        texts = [_text(each) for each, _, _ in get(value, set())]
        match condition.test:
            case "present":
                return bool(texts)
            case "absent":
                return not texts
            case "=" | "in":
                return any(text in values for text in texts)
            case "!=" | "not in":
                return not any(text in values for text in texts)

    return ask


def _text(value: Json) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
