"""Tests against their map: fields they populate that nothing reads, and names they set that the map does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hub.codec.hl7v2 import DEFAULT_ENCODING, EncodingCharacters, split_components, split_repetitions
from hub.codec.hl7v2.encoding import find_encoding
from hub.core.diagnostics import Diagnostic
from hub.mapping.codes import check_rows as codes
from hub.mapping.forward.coverage import paths_of_map
from hub.mapping.syntax import LeftOut, MapFile, Row, Test, V2Path
from hub.mapping.types.declared import Declared, KnownMap
from hub.mapping.types.scope import MapKind
from hub.mapping.types.structures import locate_group

__all__ = ["Readings", "check_tests", "readings_of"]

_ENVELOPE: Final = frozenset({"MSH", "BHS", "FHS"})
_SHOWN: Final = 12


class Readings:
    """What a map reads or leaves out: whole segments, fields, components. In a datatype map the segment is empty and the field None."""

    def __init__(self) -> None:
        self._segments: set[str] = set()
        self._fields: set[tuple[str, int | None]] = set()
        self._parts: set[tuple[str, int | None, int]] = set()

    def add(self, segment: str, field: int | None, component: int | None, *, datatype: bool) -> None:
        if component is not None:
            self._parts.add((segment, field, component))
        elif field is not None or datatype:
            self._fields.add((segment, field))
        else:
            self._segments.add(segment)

    def join(self, other: Readings) -> None:
        self._segments |= other._segments
        self._fields |= other._fields
        self._parts |= other._parts

    def unread(self, segment: str, field: int | None, value: str, encoding: EncodingCharacters) -> Iterator[str]:
        """The places of a populated field that nothing reads: the field, or the components that are left of it."""
        if not value or segment in self._segments or (segment, field) in self._fields:
            return
        place = segment if field is None else f"{segment}-{field}"
        known = {part for of, number, part in self._parts if of == segment and number == field}
        if not known:
            yield place
            return
        items = [split_components(item, encoding) for item in split_repetitions(value, encoding)]
        populated = {number for item in items for number, text in enumerate(item, 1) if text}
        yield from (f"{place}.{number}" for number in sorted(populated - known))


def check_tests(file: MapFile, readings: Mapping[str, Readings], sound: set[str], declared: Declared) -> Iterator[Diagnostic]:
    """sound: the maps without mistakes; of the others it is not known what they would read."""
    maps = {known.name: known for known in declared.maps if known.file is file}
    reported: set[tuple[str, str]] = set()
    for test in file.tests:
        known = maps.get(test.map) if test.map else _above(test, maps)
        if known is None:
            continue
        yield from _settings(test, known)
        if known.name in sound and known.name in readings and test.refused is None and not test.backward:
            unread = [place for place in _unread(test, known, readings[known.name]) if (known.name, place) not in reported]
            reported.update((known.name, place) for place in unread)
            if unread:
                yield _populated(test, known, unread)


def readings_of(known: KnownMap, declared: Declared, seen: tuple[str, ...] = ()) -> Readings:
    """Of the map, and of the maps it hands whole segments and groups to."""
    readings = Readings()
    datatype = known.kind is MapKind.DATATYPE
    left_out = (path for item, _ in known.items if isinstance(item, LeftOut) for path in item.paths)
    handed: set[int] = set()
    for row, _ in known.rows():
        called = declared.by_name.get(row.clauses.by.function) if row.clauses.by else _by_type(row, declared)
        whole = [one.atom for one in row.left.alternatives if isinstance(one.atom, V2Path) and one.atom.field is None]
        if called is not None and called.kind in {MapKind.SEGMENT, MapKind.GROUP} and called.name not in seen:
            readings.join(readings_of(called, declared, (*seen, known.name)))
            handed |= {id(path) for path in whole}
    for path in (*paths_of_map(known.declaration), *left_out):
        if id(path) in handed:
            continue
        for segment in _segments(path, known):
            readings.add("" if datatype else segment, path.field, path.component, datatype=datatype)
    return readings


def _by_type(row: Row, declared: Declared) -> KnownMap | None:
    left = row.left.alternatives[0].atom if row.left.alternatives else None
    if not isinstance(left, V2Path) or left.segment is None or left.field is not None or not row.right.steps:
        return None
    return declared.between(left.segment, row.right.steps[-1].name)


def _segments(path: V2Path, known: KnownMap) -> Iterator[str]:
    """The segment of the path, or every segment of the group it names."""
    if path.segment is not None:
        yield path.segment
        return
    names = tuple(step.name for step in path.groups)
    whole = known.scope
    around = {scope.groups for _, scope in known.items}
    for version in whole.versions if whole else ():
        for source in whole.served(version) if whole else ():
            places = (locate_group(version, source.partition(".")[0], (*groups, *names)) for groups in around)
            yield from (segment for place in places if place is not None for segment in place.segments)


def _unread(test: Test, known: KnownMap, readings: Readings) -> Iterator[str]:
    lines = [line for text in test.v2 for line in text.splitlines() if line.strip()]
    encoding = next((found for line in lines if line.startswith("MSH") and (found := find_encoding(line))), DEFAULT_ENCODING)
    if known.kind is MapKind.DATATYPE:
        for line in lines:
            yield from (place.replace("-None", "").lstrip(".") for place in readings.unread("", None, line, encoding))
        return
    unread: dict[str, None] = {}
    for line in lines:
        fields = line.split(encoding.field)
        offset = 1 if fields[0] in _ENVELOPE else 0
        for number, value in enumerate(fields[1:], 1 + offset):
            if not (fields[0] in _ENVELOPE and number <= 2):
                unread.update(dict.fromkeys(readings.unread(fields[0], number, value, encoding)))
    yield from unread


def _populated(test: Test, known: KnownMap, unread: list[str]) -> Diagnostic:
    prefix = f"{known.declaration.left.names[0]}." if known.kind is MapKind.DATATYPE else ""
    places = [f"{prefix}{place}" for place in unread]
    shown = ", ".join(places[:_SHOWN]) + (" …" if len(places) > _SHOWN else "")
    fix = f'`drop {places[0]} because "…"`, `keep {places[0]} because "…"`, or a row'
    return Diagnostic(codes.M290, f"`{known.name}` does not read {shown}", test.span, fix=fix)


def _settings(test: Test, known: KnownMap) -> Iterator[Diagnostic]:
    givens = {one.name for one in known.declaration.givens}
    params = {one.name for one in known.declaration.params}
    for word, names, have in (("given", test.givens, givens), ("param", test.params, params)):
        for name, _ in names:
            if name not in have:
                yield Diagnostic(codes.M291, f"`{known.name}` has no {word} `{name}`", test.span)


def _above(test: Test, maps: Mapping[str, KnownMap]) -> KnownMap | None:
    before = [known for known in maps.values() if known.declaration.span.line < test.span.line]
    return max(before, key=lambda known: known.declaration.span.line, default=None)
