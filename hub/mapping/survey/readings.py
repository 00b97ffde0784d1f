"""What a message map reads, drops or keeps of each field, by the place of its segment in the structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from hub.mapping.survey.parts import Parts

__all__ = ["FieldReading", "Names", "Readings", "Repetition", "SegmentReading"]

Names = tuple[str, ...] | None
"""The groups down to a segment, as the version has them; None: wherever it stands (Z-segments)."""
Repetition = int | Literal["*", "first", "last"] | None
_KINDS: Final = 100  # OBX-2 comes from messages


@dataclass(slots=True)
class FieldReading:
    """by_repetition: a path says which repetitions it reads. varying: readers of a field whose type stands in the message (OBX-5)."""

    by_repetition: dict[Repetition, Parts] = field(default_factory=dict)
    varying: list[tuple[Repetition, Callable[[Parts, str], None]]] = field(default_factory=list)
    _by_kind: dict[str, list[tuple[Repetition, Parts]]] = field(default_factory=dict)

    def part(self, repetition: Repetition) -> Parts:
        return self.by_repetition.setdefault("*" if repetition is None else repetition, Parts())

    @property
    def is_read(self) -> bool:
        return bool(self.varying) or any(parts.is_read for parts in self.by_repetition.values())

    def readers(self, number: int, count: int, kind: str) -> Iterator[Parts]:
        """Of the repetition with this number, of so many. kind: the type of the value, where it stands in the message."""
        for repetition, parts in (*self.by_repetition.items(), *(self._of_kind(kind) if self.varying else ())):
            match repetition:
                case None | "*":
                    yield parts
                case "first":
                    if number == 1:
                        yield parts
                case "last":
                    if number == count:
                        yield parts
                case _:
                    if number == repetition:
                        yield parts

    def _of_kind(self, kind: str) -> list[tuple[Repetition, Parts]]:
        if kind not in self._by_kind:
            if len(self._by_kind) >= _KINDS:
                self._by_kind.clear()
            found = [(repetition, Parts()) for repetition, _ in self.varying]
            for (_, parts), (_, read) in zip(found, self.varying, strict=True):
                read(parts, kind)
            self._by_kind[kind] = found
        return self._by_kind[kind]


@dataclass(slots=True)
class SegmentReading:
    whole: bool = False
    fields: dict[int, FieldReading] = field(default_factory=dict)

    def field(self, number: int) -> FieldReading:
        return self.fields.setdefault(number, FieldReading())


@dataclass(slots=True)
class Readings:
    """groups: those that are dropped or kept as a whole."""

    segments: dict[tuple[Names, str], SegmentReading] = field(default_factory=dict)
    groups: set[tuple[str, ...]] = field(default_factory=set)

    def segment(self, names: Names, name: str) -> SegmentReading:
        return self.segments.setdefault((names, name), SegmentReading())

    def at(self, names: tuple[str, ...], name: str) -> list[SegmentReading]:
        """Empty: nothing reads the segment here."""
        return [found for place in (names, None) if (found := self.segments.get((place, name))) is not None]
