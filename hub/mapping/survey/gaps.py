"""One message against what its map reads: the populated fields that are explained, and the places of those that are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.codec.hl7v2 import Message, Segment
from hub.codec.hl7v2.grouping import Group, Grouped
from hub.mapping.survey.parts import unread_parts
from hub.mapping.survey.readings import Readings, SegmentReading
from hub.mapping.types.z_segments import is_z_segment

__all__ = ["Gap", "Populated", "populated_fields"]

_ENVELOPE = frozenset({"MSH", "BHS", "FHS"})
_VALUE_TYPE = 2  # OBX-2 says of what type OBX-5 is


@dataclass(frozen=True, slots=True)
class Gap:
    """A place that nothing reads: PV1-7.14. field 0: the whole segment. repetition: only further ones, which no path reaches."""

    segment: str
    field: int
    parts: tuple[int, ...] = ()
    repetition: bool = False

    def __str__(self) -> str:
        place = f"{self.segment}-{self.field}" if self.field else self.segment
        return ".".join([place + ("[…]" if self.repetition else ""), *map(str, self.parts)])


@dataclass(frozen=True, slots=True)
class Populated:
    """One populated field of one segment, and what of it is not explained."""

    gaps: tuple[Gap, ...] = ()


def populated_fields(
    message: Message, grouped: Grouped, readings: tuple[Readings, Readings], unread: frozenset[str]
) -> Iterator[Populated]:
    """readings: always, and sometimes (`drop … when`). unread: the places that the conversion itself reported (M414, M415, M416)."""
    always, sometimes = readings
    encoding = message.encoding
    separators = (encoding.repetition, encoding.component, encoding.subcomponent, "\0")
    whole = always.groups | sometimes.groups
    for names, segment in _placed(grouped.root, ()):
        is_left_out = any(names[: len(group)] == group for group in whole)
        # A Z-segment may be read in one place and not in another: the conversion knows.
        own = always.at(names, segment.name) if segment.name not in unread or not is_z_segment(segment.name) else []
        also = sometimes.at(names, segment.name) if segment.name not in unread else []
        for number, text in enumerate(segment.fields):
            if number == 0 or not text or (segment.name in _ENVELOPE and number <= 2):
                continue
            readers = [*own, *also] if f"{segment.name}-{number}" not in unread else own
            yield Populated() if is_left_out else Populated(tuple(_gaps(segment, number, text, readers, separators)))


def _gaps(segment: Segment, number: int, text: str, readers: list[SegmentReading], separators: tuple[str, ...]) -> Iterator[Gap]:
    if not readers:
        yield Gap(segment.name, 0)
        return
    if any(reader.whole for reader in readers):
        return
    fields = [reader.fields[number] for reader in readers if number in reader.fields and reader.fields[number].is_read]
    if not fields:
        yield Gap(segment.name, number)
        return
    kind = segment.fields[_VALUE_TYPE] if segment.name == "OBX" and len(segment.fields) > _VALUE_TYPE else ""
    repetitions = text.split(separators[0])
    found: dict[Gap, None] = {}
    for at, repetition in enumerate(repetitions, 1):
        if repetition:
            parts = [part for each in fields for part in each.readers(at, len(repetitions), kind)]
            for unread in unread_parts(repetition, parts, separators):
                found[Gap(segment.name, number, unread, repetition=not unread)] = None
    yield from found


def _placed(group: Group, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Segment]]:
    """Every segment with the groups it stands in."""
    for item in group.items:
        if isinstance(item, Segment):
            yield names, item
        else:
            yield from _placed(item, (*names, item.name))
