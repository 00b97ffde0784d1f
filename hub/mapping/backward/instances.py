"""A message in the making: instances of groups with their segments, and the order in which they are written.

HL7 v2 chapter 2, section 2.12: the structure says the order. What it does not have (Z-segments) stands at the end of its group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hub.codec.hl7v2 import dictionary
from hub.codec.hl7v2.dictionary import GroupDef, SegmentRef
from hub.core.json import Resource
from hub.mapping.backward.write_v2 import Fields

__all__ = ["Instance", "Scope", "has_set_id", "in_order", "number_segments", "walk"]


@dataclass(slots=True, eq=False)
class Instance:
    """One instance of a group in the making. owner: the resource that it stands for, by its id as an object.

    as_it_came: everything in it in the order of the archived message, where all of it came from there.
    """

    name: str = ""
    segments: list[Fields] = field(default_factory=list)
    groups: dict[str, list[Instance]] = field(default_factory=dict)
    owner: int | None = None
    as_it_came: list[Fields | Instance] | None = None

    @property
    def size(self) -> int:
        """How many segments stand in it."""
        return sum(len(each.segments) for each in self.walk())

    def segment(self, name: str) -> Fields:
        found = next((each for each in self.segments if each.name == name), None)
        return found if found is not None else self.add_segment(name)

    def add_segment(self, name: str) -> Fields:
        fields = Fields(name)
        self.segments.append(fields)
        return fields

    def group(self, name: str) -> Instance:
        listed = self.groups.setdefault(name, [])
        return listed[0] if listed else self.add_group(name)

    def add_group(self, name: str) -> Instance:
        made = Instance(name)
        self.groups.setdefault(name, []).append(made)
        return made

    def walk(self) -> Iterator[Instance]:
        """The instance itself, and all in it."""
        yield self
        for listed in self.groups.values():
            for inner in listed:
                yield from inner.walk()


@dataclass(frozen=True, slots=True)
class Scope:
    """level: the group in the vocabulary of 2.5. names: the version's own, of `instance`. bound: row name to its resource."""

    instance: Instance
    level: tuple[str, ...]
    names: tuple[str, ...]
    bound: Mapping[str, Resource]


def walk(instance: Instance, names: Sequence[str]) -> Instance:
    """Down to a group, the first of each name, made where it is not there."""
    for name in names:
        instance = instance.group(name)
    return instance


def in_order(instance: Instance, definition: GroupDef) -> Iterator[Fields]:
    """As the structure has them. What it does not have stands at the end, before the groups that repeat: behind them it would be theirs."""
    if instance.as_it_came is not None:
        inner = {child.name: child for child in definition.children if isinstance(child, GroupDef)}
        for item in instance.as_it_came:
            if isinstance(item, Fields):
                yield item
            else:
                yield from in_order(item, inner.get(item.name, definition))
        return
    known = {child.name for child in definition.children}
    others = [fields for fields in instance.segments if fields.name not in known]
    for child in definition.children:
        if isinstance(child, GroupDef) and child.max != 1 and instance.groups.get(child.name):
            yield from others
            others = []
        if isinstance(child, SegmentRef):
            yield from (fields for fields in instance.segments if fields.name == child.name)
        else:
            for below in instance.groups.get(child.name, []):
                yield from in_order(below, child)
    yield from others


def number_segments(instance: Instance, version: str) -> None:
    """Set ids (OBX-1): the position among those of its name, where no row has written one."""
    counts: dict[str, int] = {}
    for fields in instance.segments:
        if has_set_id(fields.name, version):
            counts[fields.name] = counts.get(fields.name, 0) + 1
            if fields.as_it_came:
                continue
            fields.by_number.setdefault(1, [[str(counts[fields.name])]])
    for listed in instance.groups.values():
        singles: dict[str, int] = {}
        for inner in listed:
            number_segments(inner, version)
            for fields in inner.segments[:1]:
                singles[fields.name] = singles.get(fields.name, 0) + 1
                if fields.by_number.get(1) == [["1"]] and not fields.as_it_came:
                    fields.by_number[1] = [[str(singles[fields.name])]]


def has_set_id(segment: str, version: str) -> bool:
    """By its name too: AL1-1 is a CE in 2.4."""
    definition = dictionary.segment(version, segment)
    first = definition.field(1) if definition else None
    return first is not None and (first.datatype == "SI" or dictionary.normal_name(first.name).startswith("SET_ID"))
