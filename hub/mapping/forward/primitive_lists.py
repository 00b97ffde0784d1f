"""Lists of primitives whose items have extensions: `given` and `_given`, kept in step. https://hl7.org/fhir/R4/json.html#primitive

    {"given": ["Ada", null], "_given": [null, {"extension": [...]}]}

Only lists that some row of the map reaches into (`given[2].extension("…")`) are kept so. Each item is known by what its path says
(`[2]`, or the repetition of `[*]`), since rows that write the value and rows that write its extensions come in any order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hub.core.json import Json
from hub.fhir.elements import is_primitive, resolve
from hub.mapping.running import Frame
from hub.mapping.syntax import FhirPath, FhirStep

__all__ = ["PrimitiveList", "list_of", "reaches_into"]

Key = tuple[str, int]  # what tells repetitions apart from `[2]`, and the number


def reaches_into(path: FhirPath, shape: str, others: Iterable[FhirPath]) -> bool:
    """Does one of the paths go on below the primitives that this one ends in?"""
    names = [step.name for step in path.steps]
    found = resolve(shape, ".".join(names))
    if found is None or not found.is_list or not is_primitive(found.types[0]):
        return False
    return any(len(other.steps) > len(names) and [step.name for step in other.steps[: len(names)]] == names for other in others)


class PrimitiveList:
    """The items of one list, and the two arrays they are written in."""

    __slots__ = ("_inner", "_items", "_name")

    def __init__(self, inner: dict[str, Any], name: str) -> None:
        """What stands there already was written by a map that does not reach into the list: its items are `[1]`, `[2]`, …"""
        self._inner = inner
        self._name = name
        known: list[Json] = inner.get(name, [])
        self._items: list[tuple[Key | None, list[Any]]] = [(("", at), [value, None]) for at, value in enumerate(known, 1)]

    def add(self, values: list[Json], step: FhirStep, source: str, number: int) -> None:
        """The values of a row. The items of a list without `[n]` or `[*]` are nobody else's."""
        for value in values:
            self._item(_key(step, source, number))[0] = value
        self._write()

    def beside(self, step: FhirStep, source: str, number: int, *, constant: bool) -> dict[str, Any] | None:
        """Where the extensions of an item stand. constant: only if there are some."""
        key = _key(step, source, number) or ("", 1)
        if constant and not any(known == key and item[1] for known, item in self._items):
            return None
        item = self._item(key)
        if item[1] is None:
            item[1] = {}
        self._write()
        found: dict[str, Any] = item[1]
        return found

    def _item(self, key: Key | None) -> list[Any]:
        """The items of one `[*]`, and those of `[1]`, `[2]`, stand in the order of their numbers."""
        for known, item in self._items:
            if known is not None and known == key:
                return item
        item = [None, None]
        later = (at for at, (known, _) in enumerate(self._items) if known and key and known[0] == key[0] and known[1] > key[1])
        self._items.insert(next(later, len(self._items)), (key, item))
        return item

    def _write(self) -> None:
        for name, at in ((self._name, 0), (f"_{self._name}", 1)):
            array = [item[at] for _, item in self._items]
            if any(each is not None for each in array):
                self._inner[name] = array
            else:
                self._inner.pop(name, None)


def list_of(frame: Frame, inner: dict[str, Any], name: str) -> PrimitiveList:
    key = (id(inner), name, "_")
    found = frame.items.get(key)
    if not isinstance(found, PrimitiveList):
        found = PrimitiveList(inner, name)
        frame.items[key] = found
    return found


def _key(step: FhirStep, source: str, number: int) -> Key | None:
    if step.index == "*":
        return source or "*", number
    return ("", step.index) if step.index is not None else None
