"""Tests against their map: fields they populate that nothing reads, and names they set that the map does not have."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from hub.codec.hl7v2 import DEFAULT_ENCODING
from hub.codec.hl7v2.encoding import find_encoding
from hub.core.diagnostics import Diagnostic
from hub.mapping.check.readings import MapReadings, Readings
from hub.mapping.codes import check_rows as codes
from hub.mapping.syntax import Given, MapFile, Param, Test
from hub.mapping.types.declared import KnownMap
from hub.mapping.types.scope import MapKind

__all__ = ["check_tests"]

_ENVELOPE: Final = frozenset({"MSH", "BHS", "FHS"})
_SHOWN: Final = 12


def check_tests(file: MapFile, maps: Sequence[KnownMap], read_by: MapReadings) -> Iterator[Diagnostic]:
    """maps: those of the file."""
    by_name = {known.name: known for known in maps}
    lines = [known.declaration.span.line for known in maps]
    reported: set[tuple[str, str]] = set()
    for test in file.tests:
        above = bisect_left(lines, test.span.line)
        known = by_name.get(test.map) if test.map else maps[above - 1] if above else None
        if known is None:
            continue
        yield from _settings(test, known)
        if test.refused is not None or test.backward:
            continue
        readings = read_by.of(known)
        unread = [place for place in _unread(test, known, readings) if (known.name, place) not in reported] if readings else []
        reported.update((known.name, place) for place in unread)
        if unread:
            yield _populated(test, known, unread)


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
    for word, kind, names in (("given", Given, test.givens), ("param", Param, test.params)):
        for name, _ in names:
            if not isinstance(known.values.get(name), kind):
                yield Diagnostic(codes.M291, f"`{known.name}` has no {word} `{name}`", test.span)
