"""Groups of a message structure in one vocabulary, that of HL7 2.5 and later, found in every version from 2.1 to 2.8.2.

Versions differ in three ways, and a map sees none of them:

    renamed     ORU_R01 of 2.3 calls PATIENT_RESULT "RESPONSE"; MDM_T02 of 2.5.1 calls OBSERVATION "OBXNTE_SUPPGRP"
    bare        MDM_T02 of 2.3 has OBX without a group: each OBX is an instance of OBSERVATION with that one segment
    dissolved   ORU_R01 of 2.2 has PV1 in PATIENT itself: the group VISIT is PATIENT

The renamed ones are listed here; the other two follow from the first segment of the group, which is its anchor (HL7 v2 chapter 2.12).
The table is short and is read by no one but this module, so it is Python and not a CSV.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from hub.codec.hl7v2 import dictionary
from hub.codec.hl7v2.dictionary import GroupDef, SegmentRef
from hub.codec.hl7v2.event import structure_for

__all__ = [
    "GroupPlace",
    "SegmentPlace",
    "find_group_path",
    "find_groups_with",
    "group_names",
    "locate_group",
    "locate_segment",
    "resolve_group",
    "resolve_structure",
    "single_ways",
]

# Structure, the name in the vocabulary of maps, the names it has elsewhere.
_RENAMED: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("ORU_R01", "PATIENT_RESULT"): ("RESPONSE",),
    ("ORU_R01", "SPECIMEN_OBSERVATION"): ("PATIENT_OBSERVATION",),
    ("MDM_T02", "OBSERVATION"): ("OBXNTE_SUPPGRP",),
    ("ORM_O01", "CHOICE"): ("OBRRQDRQ1RXOODSODT_SUPPGRP",),
    ("ORM_O01", "OBRRQDRQ1RXOODSODT_SUPPGRP"): ("CHOICE",),
    ("VXU_V04", "PATIENT"): ("PATIENT_VISIT",),
    ("VXU_V04", "PATIENT_VISIT"): ("PATIENT",),
    ("REF_I12", "AUTHORIZATION_CONTACT"): ("AUTHORIZATION", "AUTHORIZATION_CONTACT1", "AUTHORIZATION_CONTACT2", "AUTCTD_SUPPGRP2"),
    ("REF_I12", "PROVIDER_CONTACT"): ("PROVIDER",),
    ("REF_I12", "OBSERVATION"): ("RESULTS",),
    ("REF_I12", "RESULTS_NOTES"): ("OBSERVATION",),
    ("REF_I12", "PATIENT_VISIT"): ("VISIT",),
}
_NEWEST_FIRST: Final = tuple(version for version in reversed(dictionary.VERSIONS) if dictionary.known_version(version) == version)


@dataclass(frozen=True, slots=True)
class GroupPlace:
    """Where a group of the vocabulary is in one version.

    names: the steps that version has, without the structure's prefix; the last is a segment name when `bare`. A dissolved group has
    the names of the group around it. least, most: of the group itself (most None: without limit).
    """

    names: tuple[str, ...]
    group: GroupDef
    bare: SegmentRef | None
    least: int
    most: int | None

    @property
    def anchor(self) -> str | None:
        """The segment an instance begins with: without it there is no instance, whatever the structure says of it."""
        return self.bare.name if self.bare else _first_segment(self.group)

    @property
    def segments(self) -> frozenset[str]:
        """Every segment that may stand in it, however deep."""
        return frozenset({self.bare.name}) if self.bare else _all_segments(self.group)


@dataclass(frozen=True, slots=True)
class SegmentPlace:
    """A segment seen from a group: inner is the way down to it through groups that stand at most once (ORC in COMMON_ORDER of 2.8)."""

    inner: tuple[str, ...]
    least: int
    most: int | None


@cache
def resolve_structure(version: str, structure: str) -> str | None:
    """The structure that serves in a version: ADT_A05 is ADT_A01 in 2.3 (HL7 tables 0003 and 0354)."""
    if dictionary.has_structure(version, structure):
        return structure
    code, _, event = structure.partition("_")
    return structure_for(version, code, event) if event else None


def resolve_group(version: str, structure: str, path: tuple[str, ...]) -> tuple[str, ...] | None:
    """The names of a group path in a version: ("PATIENT_RESULT", "PATIENT") is ("RESPONSE", "PATIENT") in ORU_R01 of 2.3.

    The last name is a segment where the version has that segment without a group: its instances are single segments.
    """
    place = locate_group(version, structure, path)
    return None if place is None else place.names


@cache
def locate_group(version: str, structure: str, path: tuple[str, ...]) -> GroupPlace | None:
    """As `resolve_group`, with the definition of what was found. The empty path is the message itself."""
    own = resolve_structure(version, structure)
    root = dictionary.structure(version, own) if own else None
    if root is None:
        return None
    place: GroupPlace | None = GroupPlace((), root, None, 1, 1)
    for depth in range(1, len(path) + 1):
        if place is None or place.bare is not None:
            return None
        place = _step(place, structure, path[:depth])
    return place


@cache
def locate_segment(version: str, structure: str, path: tuple[str, ...], segment: str) -> SegmentPlace | None:
    """A segment of a group: in it directly, or below it in groups that stand at most once. None where the version has it not."""
    place = locate_group(version, structure, path)
    if place is None:
        return None
    if place.bare is not None:
        return SegmentPlace((), 1, 1) if place.bare.name == segment else None
    return _segment_below(place.group, segment)


@cache
def single_ways(version: str, structure: str, path: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """From a group to itself and to the groups in it that stand at most once, in the version's own names.

    A Z-segment in one of them is a Z-segment of the group.
    """
    place = locate_group(version, structure, path)
    return ((),) if place is None or place.bare is not None else ((), *_single_below(place.group))


@cache
def find_group_path(structure: str, group: str) -> tuple[str, ...] | None:
    """The whole path of a group that a map names alone: OBSERVATION in ORU_R01 is PATIENT_RESULT.ORDER_OBSERVATION.OBSERVATION."""
    for version in _NEWEST_FIRST:
        root = dictionary.structure(version, structure)
        found = next((path for path, _ in _groups(root, ()) if path[-1] == group), None) if root else None
        if found is not None:
            return found
    return None


@cache
def find_groups_with(structure: str, segment: str) -> tuple[str, ...] | None:
    """The groups down to the first place a segment has in a structure, in any version; None when it has none."""
    for version in _NEWEST_FIRST:
        root = dictionary.structure(version, structure)
        for path, group in _groups(root, ()) if root else ():
            if any(isinstance(child, SegmentRef) and child.name == segment for child in group.children):
                return path
    return None


@cache
def group_names(structure: str) -> frozenset[str]:
    """Every group name of a structure in any version, for "did you mean"."""
    roots = (dictionary.structure(version, structure) for version in _NEWEST_FIRST)
    return frozenset(path[-1] for root in roots if root for path, _ in _groups(root, ()))


def _step(place: GroupPlace, structure: str, path: tuple[str, ...]) -> GroupPlace | None:
    name, parent = path[-1], place.group
    for spelling in (name, *_RENAMED.get((structure, name), ())):
        child = next((child for child in parent.children if child.name == spelling), None)
        if isinstance(child, GroupDef):
            return GroupPlace((*place.names, spelling), child, None, child.min, child.max)
    return _bare(place, name) or _anchored(place, structure, path)


def _bare(place: GroupPlace, segment: str) -> GroupPlace | None:
    """The instance is one segment: `each NK1`, and OBSERVATION where the version has only OBX."""
    found = next((child for child in place.group.children if isinstance(child, SegmentRef) and child.name == segment), None)
    return GroupPlace((*place.names, segment), place.group, found, found.min, found.max) if found else None


def _anchored(place: GroupPlace, structure: str, path: tuple[str, ...]) -> GroupPlace | None:
    """A version without the group has its first segment in the group around it: repeating (bare), or once (dissolved)."""
    anchor = _anchor(structure, path)
    found = _bare(place, anchor) if anchor else None
    if found is None or found.bare is None:
        return None
    return found if found.most is None else GroupPlace(place.names, place.group, None, found.least, found.most)


@cache
def _anchor(structure: str, path: tuple[str, ...]) -> str | None:
    for version in _NEWEST_FIRST:
        root = dictionary.structure(version, structure)
        group = next((group for known, group in _groups(root, ()) if known == path), None) if root else None
        if group is not None:
            return _first_segment(group)
    return None


def _all_segments(group: GroupDef) -> frozenset[str]:
    inner = (_all_segments(child) if isinstance(child, GroupDef) else frozenset({child.name}) for child in group.children)
    return frozenset().union(*inner)


def _first_segment(group: GroupDef) -> str | None:
    first = group.children[0] if group.children else None
    return _first_segment(first) if isinstance(first, GroupDef) else first.name if first else None


def _groups(root: GroupDef, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], GroupDef]]:
    for child in root.children:
        if isinstance(child, GroupDef):
            yield (*path, child.name), child
            yield from _groups(child, (*path, child.name))


def _single_below(group: GroupDef) -> Iterator[tuple[str, ...]]:
    for child in group.children:
        if isinstance(child, GroupDef) and child.max == 1:
            yield (child.name,)
            yield from ((child.name, *way) for way in _single_below(child))


def _segment_below(group: GroupDef, segment: str) -> SegmentPlace | None:
    for child in group.children:
        if isinstance(child, SegmentRef) and child.name == segment:
            return SegmentPlace((), child.min, child.max)
    for child in group.children:
        if isinstance(child, GroupDef) and child.max == 1:
            found = _segment_below(child, segment)
            if found is not None:
                return SegmentPlace((child.name, *found.inner), min(child.min, found.least), found.most)
    return None
