"""What a value loses on the way to FHIR and back, or to v2 and back: place by place, with the innermost map whose place it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hub.codec.hl7v2 import HL7_NULL
from hub.core.json import Json
from hub.mapping.forward.maps import is_datatype
from hub.mapping.mapset import MapSet
from hub.mapping.syntax import MapDeclaration
from hub.mapping.types.places import v2_spelling
from tests.property.mapping.round_trip_maps import Entry, Key, both_ways, entries, maps, read, write, write_back

__all__ = ["Loss", "is_coded", "losses_of_fhir", "losses_of_v2", "place_in"]

At = tuple[int, ...]  # field (segments only), repetition, component, subcomponent; all from 1


@dataclass(frozen=True)
class Loss:
    """place: "XPN.7", "OBX-2", or the path of an element. is_coded: another code, which reads as the same."""

    map: str
    place: str
    before: str
    after: str
    is_coded: bool = False


# --- v2


def losses_of_v2(name: str, text: str, using: MapSet | None = None) -> list[Loss]:
    """Nothing where the map does not take the text. using: other maps for the way back."""
    value, reported = read(name, text)
    both = read(name, text, both_ways())[0]
    if value is None or both is None or any(each.is_error for each in reported):
        return []
    again, refused = write_back(name, text, using)
    if again is None:
        return [Loss(name, "(what was read cannot be written)", "", ",".join(sorted({each.code.name for each in refused})))]
    changed = [
        Loss(*_element_in(name, path), before, after) for path, before, after in _compare(both, read(name, again, both_ways())[0], ())
    ]
    forms = [
        Loss(*place_in(name, at), before, after, is_coded=is_coded(*place_in(name, at)))
        for at, before, after in _differences(name, text, again)
        if not before or read(name, _without(name, text, at), both_ways())[0] != both
    ]
    return [*forms, *changed]


def is_coded(name: str, place: str) -> bool:
    """Does a row there go through a table or a function, or is it there for a guard?"""
    declaration = maps().program.maps[name]
    rows = [
        entry
        for entry in entries(name)
        if f"{place}.".startswith(f"{v2_spelling(replace(entry.path, repetition=None))}.") or _is_guard(entry, place)
    ]
    return bool(rows) and any(entry.row.clauses.table or entry.function or _is_guard(entry, place) for entry in rows) and bool(declaration)


def _is_guard(entry: Entry, place: str) -> bool:
    return entry.path is not entry.row.left.alternatives[0].atom and v2_spelling(entry.path) == place


def _differences(name: str, text: str, again: str) -> Iterator[tuple[At, str, str]]:
    before, after = _leaves(name, text), _leaves(name, again)
    for at in sorted({*before, *after}):
        if before.get(at, "") != after.get(at, ""):
            yield at, before.get(at, ""), after.get(at, "")


def _leaves(name: str, text: str) -> dict[At, str]:
    declaration = maps().program.maps[name]
    if is_datatype(declaration.left.names[0]):
        return dict(_parts(text, "^&", ()))
    found: dict[At, str] = {}
    for number, field in enumerate(text.split("|")[1:], 1):
        for repetition, one in enumerate(field.split("~"), 1):
            found.update(_parts(one, "^&", (number, repetition)))
    return found


def _parts(text: str, separators: str, at: At) -> Iterator[tuple[At, str]]:
    if not separators:
        if text and text != HL7_NULL:
            yield at, text
        return
    for number, part in enumerate(text.split(separators[0]), 1):
        yield from _parts(part, separators[1:], (*at, number))


def _without(name: str, text: str, at: At) -> str:
    if not is_datatype(maps().program.maps[name].left.names[0]):
        fields = text.split("|")
        repetitions = fields[at[0]].split("~")
        repetitions[at[1] - 1] = _without_part(repetitions[at[1] - 1], at[2:], "^&")
        fields[at[0]] = "~".join(repetitions)
        return "|".join(fields)
    return _without_part(text, at, "^&")


def _without_part(text: str, at: At, separators: str) -> str:
    if not at:
        return ""
    parts = text.split(separators[0])
    parts[at[0] - 1] = _without_part(parts[at[0] - 1], at[1:], separators[1:])
    return separators[0].join(parts)


def place_in(name: str, at: At) -> tuple[str, str]:
    """The innermost map whose place it is, and the place in its own words."""
    declaration = maps().program.maps[name]
    own = declaration.left.names[0]
    if is_datatype(own):
        return _in_datatype(declaration, at)
    key = (at[0], *at[2:])
    called = _called(name, key)
    if called is not None:
        return _in_datatype(called[0], key[len(called[1]) :])
    return name, f"{own}-{at[0]}{_spelt(name, key[1:], key[:1])}"


def _in_datatype(declaration: MapDeclaration, key: Key) -> tuple[str, str]:
    called = _called(declaration.name, key)
    if called is not None:
        return _in_datatype(called[0], (*key[len(called[1]) :], 1)[: max(len(key) - len(called[1]), 1)])
    return declaration.name, declaration.left.names[0] + _spelt(declaration.name, key, ())


def _spelt(name: str, key: Key, before: Key) -> str:
    """As deep as the rows of the map go."""
    deepest = max(
        (len(entry.key) for entry in entries(name) if entry.key[: len(before) + 1] == (*before, *key)[: len(before) + 1]), default=0
    )
    return "".join(f".{number}" for number in key[: max(deepest - len(before), 0 if before else 1)])


def _called(name: str, key: Key) -> tuple[MapDeclaration, Key] | None:
    for entry in entries(name):
        if entry.called is not None and key[: len(entry.key)] == entry.key and len(key) > len(entry.key):
            return entry.called, entry.key
    return None


# --- FHIR


def losses_of_fhir(name: str, value: Json) -> list[Loss]:
    """What is reported as not written, or refused, is no silent loss."""
    text, reported = write(name, value)
    if text is None:
        return []
    again, refused = read(name, text)
    if any(each.is_error for each in refused):
        return [Loss(name, "(what is written is refused when it is read)", "", ",".join(sorted({each.code.name for each in refused})))]
    told = {each.place for each in reported if each.code.name == "M490"} | _rows_told(name, reported)
    return [
        Loss(*_element_in(name, path), before, after)
        for path, before, after in _compare(value, again, ())
        if path != ("resourceType",) and not any(_is_below(".".join(path), each) for each in told if each)
    ]


def _is_below(path: str, other: str) -> bool:
    return f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}.")


def _rows_told(name: str, reported: tuple[object, ...]) -> set[str]:
    """The elements of rows that said that they left something out."""
    lines = {(each.span.file, each.span.line) for each in reported if each.span is not None and each.code.name in {"M452", "M454", "M455"}}
    return {
        ".".join(step.name for step in entry.row.right.steps)
        for other in both_ways().program.maps
        for entry in entries(other)
        if (entry.row.span.file, entry.row.span.line) in lines
    }


def _compare(before: Json, after: Json, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Lists item by item; an object that is nothing is not there."""
    if isinstance(before, dict) or isinstance(after, dict):
        left, right = (each if isinstance(each, dict) else {} for each in (before, after))
        for name in {**left, **right}:
            yield from _compare(left.get(name), right.get(name), (*path, name))
    elif isinstance(before, list) or isinstance(after, list):
        left, right = (each if isinstance(each, list) else [] for each in (before, after))
        for at in range(max(len(left), len(right))):
            yield from _compare(left[at] if at < len(left) else None, right[at] if at < len(right) else None, path)
    elif before != after or type(before) is not type(after):
        yield path, "" if before is None else str(before), "" if after is None else str(after)


def _element_in(name: str, path: tuple[str, ...]) -> tuple[str, str]:
    """The innermost map that writes the element."""
    for entry in entries(name):
        steps = tuple(step.name for step in entry.row.right.steps)
        if entry.called is not None and path[: len(steps)] == steps and len(path) > len(steps):
            return _element_in(entry.called.name, path[len(steps) :])
    return name, ".".join(path)
