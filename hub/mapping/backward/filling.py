"""One segment filled from the archived one: what no two-way row has read there, and no row has written.

By repetition, and inside it by component and subcomponent. A field whose repetitions cannot be matched is left as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import zip_longest

from hub.codec.hl7v2 import Segment
from hub.mapping.backward.archived import Reading, ReadPlaces
from hub.mapping.backward.write_v2 import Fields, trimmed
from hub.mapping.running import Run

__all__ = ["fill"]

_DELIMITERS = frozenset({("MSH", 1), ("MSH", 2)})


def fill(run: Run, fields: Fields, segment: Segment, read: ReadPlaces | None, anew: Collection[int]) -> list[int]:
    """anew: fields that are numbered anew. Gives the fields whose repetitions could not be matched."""
    undecided: list[int] = []
    for number, component in fields.guarded:
        if not (number < len(segment.fields) and segment.fields[number]) and len(fields.by_number.get(number, [])) == component == 1:
            del fields.by_number[number]  # it stood for a guard, and the archived segment did without
    for number, raw in enumerate(segment.fields):
        if number == 0 or not raw or number in anew or (segment.name, number) in _DELIMITERS:
            continue
        if read is None or number not in read.by_field:
            _fill_unread(run, fields, number, raw)
        elif not _fill_repetitions(run, fields, number, raw, read):
            undecided.append(number)
    return undecided


def _split(run: Run, raw: str) -> list[list[str]]:
    return [repetition.split(run.separators[1]) for repetition in raw.split(run.separators[0])]


def _fill_unread(run: Run, fields: Fields, number: int, raw: str) -> None:
    """A text that stands only for a guard gives way to the archived one, if that does as well."""
    written = fields.by_number.get(number)
    archived = _split(run, raw)
    if not written or not any(any(parts) for parts in written):
        fields.by_number[number] = archived
        return
    parts = archived[0]
    for (field, component), texts in fields.guarded.items():
        if field == number and component <= len(parts) and run.text_of(parts[component - 1]) in texts:
            fields.by_number[number] = archived


def _fill_repetitions(run: Run, fields: Fields, number: int, raw: str, read: ReadPlaces) -> bool:
    archived = _split(run, raw)
    readings = [read.of_repetition(number, at) for at in range(len(archived))]
    written = [parts for parts in fields.by_number.get(number, []) if any(parts)]
    if len(written) != sum(bool(each) for each in readings):
        return False
    left = iter(written)
    fields.by_number[number] = [
        _merge_repetition(run, next(left), before, each) if each else before for before, each in zip(archived, readings, strict=True)
    ]
    return True


def _merge_repetition(run: Run, written: list[str], archived: list[str], readings: set[Reading]) -> list[str]:
    for reading in readings:
        if len(reading) > 1:
            written = _complete_reading(run, written, archived, sorted(reading))
    return _merge(run, written, archived, {way for reading in readings for way in reading}, 1)


def _complete_reading(run: Run, written: list[str], archived: list[str], ways: Sequence[tuple[int, ...]]) -> list[str]:
    """Of a function over several components, which writes some of them: the others, if those are as they were."""
    both = [(_part(run, written, way), _part(run, archived, way)) for way in ways]
    if not any(now for now, _ in both) or not all(not now or now == before for now, before in both):
        return written
    completed = list(written)
    for way, (now, before) in zip(ways, both, strict=True):
        if not now and before:
            completed.extend([""] * (way[0] - len(completed)))
            completed[way[0] - 1] = before if len(way) == 1 else _with_part(completed[way[0] - 1], way[1], before, run.separators[2])
    return completed


def _with_part(text: str, number: int, part: str, separator: str) -> str:
    inner = text.split(separator)
    inner.extend([""] * (number - len(inner)))
    inner[number - 1] = part
    return separator.join(inner)


def _part(run: Run, parts: list[str], way: tuple[int, ...]) -> str:
    text = parts[way[0] - 1] if way[0] <= len(parts) else ""
    if len(way) == 1:
        return text
    inner = text.split(run.separators[2])
    return inner[way[1] - 1] if way[1] <= len(inner) else ""


def _merge(run: Run, written: list[str], archived: list[str], ways: set[tuple[int, ...]], level: int) -> list[str]:
    """The parts of one repetition, or of one component."""
    if () in ways:
        return _complete(written, archived)
    merged: list[str] = []
    for number, (now, before) in enumerate(zip_longest(written, archived, fillvalue=""), 1):
        inner = {way[1:] for way in ways if way[:1] == (number,)}
        if not before:
            merged.append(now)
        elif not inner:
            merged.append(now or before)
        else:
            separator = run.separators[level + 1]
            merged.append(trimmed(separator, _merge(run, now.split(separator), before.split(separator), inner, level + 1)))
    return merged


def _complete(written: list[str], archived: list[str]) -> list[str]:
    """A place that a row reads whole and writes in part: `A` of `A^Abnormal`, an OID without its name. The rest is residue too."""
    both = list(zip_longest(written, archived, fillvalue=""))
    same = any(written) and all(not now or now == before for now, before in both)
    return [now or before for now, before in both] if same else written
