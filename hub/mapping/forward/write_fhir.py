"""Paths on the FHIR side, compiled to functions that put a value where it belongs. https://hl7.org/fhir/R4/json.html

Rows that name the same slice, the same `[n]` or the same extension write the same item of the list; `[*]` writes item for
item. A list without any of these that stands in the middle of a path is one item for all rows of the map that say so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub.core.json import Json
from hub.fhir.elements import is_primitive, resolve
from hub.mapping.forward.primitive_lists import list_of
from hub.mapping.running import Frame
from hub.mapping.syntax import FhirPath, FhirStep

__all__ = ["Put", "add_to", "compile_put", "element_names", "fhir_type_at", "merge"]

Put = Callable[[Frame, Json, int], None]  # the third is the number of the item, for [*]
Enter = Callable[[Frame, dict[str, Any], int], dict[str, Any] | None]


def element_names(shape: str, steps: tuple[FhirStep, ...]) -> list[str]:
    """As JSON spells them: extensions of a primitive stand in `_birthDate`."""
    names: list[str] = []
    for at, step in enumerate(steps):
        element = resolve(shape, step.name)
        deeper = at + 1 < len(steps)
        if element is not None and deeper and is_primitive(element.types[0]):
            names.append(f"_{step.name}")
            shape = "Element"
        else:
            names.append(step.name)
            shape = element.content if element is not None else ""
    return names


def fhir_type_at(shape: str, steps: tuple[FhirStep, ...]) -> tuple[str, bool, bool]:
    """The type at a path, whether it is a list, and whether it must be there."""
    if not steps:
        return shape, False, False
    element = resolve(shape, ".".join(element_names(shape, steps)))
    if element is None:
        return "string", False, False
    kind = element.types[0]
    return (element.content if kind in {"BackboneElement", "Element"} else kind), element.is_list, element.min > 0


def compile_put(shape: str, path: FhirPath, *, source: str = "", constant: bool = False, extended: bool = False) -> Put:
    """constant: write only into items that are there already. source: tells apart the fields that go item for item.

    extended: a list of primitives, into whose items other rows of the map reach.
    """
    names = element_names(shape, path.steps)
    enters: list[Enter] = []
    for at, step in enumerate(path.steps[:-1]):
        _, is_list, _ = fhir_type_at(shape, path.steps[: at + 1])
        if is_list and names[at].startswith("_"):
            enters.append(_enter_beside(step, source, constant=constant))
        else:
            enters.append(_enter(names[at], step, is_list, source, constant))
    last = path.steps[-1]
    kind, is_list, _ = fhir_type_at(shape, path.steps)
    put = _put_listed(last, source) if extended else _put_last(names[-1], last, is_list, source, constant)
    if constant and enters:
        return _put_or_nothing(names, _walk(enters, put))
    if not enters:
        return (
            _set_plain(names[-1])
            if not is_list and is_primitive(kind)
            else lambda frame, value, number: put(frame, frame.out, value, number)
        )
    if len(enters) == 1:
        return _put_below(enters[0], put)
    return _walk(enters, put)


def _walk(enters: list[Enter], put: Callable[[Frame, dict[str, Any], Json, int], None]) -> Put:
    def walk(frame: Frame, value: Json, number: int) -> None:
        inner: dict[str, Any] | None = frame.out
        for enter in enters:
            if inner is None:
                return
            inner = enter(frame, inner, number)
        if inner is not None:
            put(frame, inner, value, number)

    return walk


def _put_or_nothing(names: list[str], put: Put) -> Put:
    """A constant that finds nothing to stand beside leaves nothing behind."""

    def put_constant(frame: Frame, value: Json, number: int) -> None:
        put(frame, value, number)
        _take_empty_away(frame.out, names)

    return put_constant


def _take_empty_away(inner: dict[str, Any], names: list[str]) -> None:
    below = inner.get(names[0])
    if isinstance(below, dict):
        if len(names) > 1:
            _take_empty_away(below, names[1:])
        if not below:
            del inner[names[0]]


def _set_plain(name: str) -> Put:
    def put(frame: Frame, value: Json, _number: int) -> None:
        frame.out[name] = value

    return put


def _put_below(enter: Enter, put: Callable[[Frame, dict[str, Any], Json, int], None]) -> Put:
    def put_below(frame: Frame, value: Json, number: int) -> None:
        inner = enter(frame, frame.out, number)
        if inner is not None:
            put(frame, inner, value, number)

    return put_below


def _item_key(step: FhirStep) -> object:
    return step.url or step.slice or step.index


def _enter(name: str, step: FhirStep, is_list: bool, source: str, constant: bool) -> Enter:
    if not is_list:
        return lambda _frame, inner, _number: inner.setdefault(name, {})

    if step.index == "*":
        return _enter_numbered(name, step, source, constant=constant)
    fixed = _item_key(step)

    def enter(frame: Frame, inner: dict[str, Any], _number: int) -> dict[str, Any] | None:
        key = (id(inner), name, fixed)
        item: dict[str, Any] | None = frame.items.get(key)
        if item is None and not constant:
            item = frame.items[key] = {"url": step.url} if step.url else {}
            inner.setdefault(name, []).append(item)
        return item

    return enter


def _enter_beside(step: FhirStep, source: str, *, constant: bool) -> Enter:
    """Into what stands beside an item of a list of primitives."""
    return lambda frame, inner, number: list_of(frame, inner, step.name).beside(step, source, number, constant=constant)


def _enter_numbered(name: str, step: FhirStep, source: str, *, constant: bool) -> Enter:
    """`[*]`: the item of this repetition, among the others in their order, whichever row makes it first."""

    def enter(frame: Frame, inner: dict[str, Any], number: int) -> dict[str, Any] | None:
        key = (id(inner), name, source)
        numbered: dict[int, dict[str, Any]] = frame.items.setdefault(key, {})
        item = numbered.get(number)
        if item is None and not constant:
            item = numbered[number] = {"url": step.url} if step.url else {}
            listed = inner.setdefault(name, [])
            following = [numbered[other] for other in numbered if other > number]
            at = next((at for at, known in enumerate(listed) if any(known is other for other in following)), len(listed))
            listed.insert(at, item)
        return item

    return enter


def _put_last(name: str, step: FhirStep, is_list: bool, source: str, constant: bool) -> Callable[[Frame, dict[str, Any], Json, int], None]:
    named = step.index is not None or step.slice is not None or step.url is not None
    if is_list and named:
        enter = _enter(name, step, is_list, source, constant)

        def put_item(frame: Frame, inner: dict[str, Any], value: Json, number: int) -> None:
            if not isinstance(value, dict):
                _append(inner, name, value)
            elif (item := enter(frame, inner, number)) is not None:
                merge(item, value)

        return put_item
    if is_list:
        return lambda _frame, inner, value, _number: _append(inner, name, value)

    def put_single(_frame: Frame, inner: dict[str, Any], value: Json, _number: int) -> None:
        known = inner.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            merge(known, value)
        else:
            inner[name] = value

    return put_single


def _put_listed(step: FhirStep, source: str) -> Callable[[Frame, dict[str, Any], Json, int], None]:
    def put_listed(frame: Frame, inner: dict[str, Any], value: Json, number: int) -> None:
        list_of(frame, inner, step.name).add(value if isinstance(value, list) else [value], step, source, number)

    return put_listed


def _append(inner: dict[str, Any], name: str, value: Json) -> None:
    known = inner.setdefault(name, [])
    if isinstance(value, list):
        known.extend(value)
    else:
        known.append(value)


def merge(known: dict[str, Any], value: dict[str, Any]) -> None:
    """What both have as objects is merged; else the later row wins."""
    for name, part in value.items():
        if isinstance(part, dict) and isinstance(known.get(name), dict):
            merge(known[name], part)
        else:
            known[name] = part


def add_to(known: dict[str, Any], value: dict[str, Any]) -> None:
    """A second segment fills the same resource: lists grow, the rest is as in `merge`."""
    for name, part in value.items():
        if isinstance(part, list) and isinstance(known.get(name), list):
            known[name].extend(part)
        elif isinstance(part, dict) and isinstance(known.get(name), dict):
            merge(known[name], part)
        else:
            known[name] = part
