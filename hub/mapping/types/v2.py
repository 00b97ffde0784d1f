"""The type of a v2 path in one version of HL7: what chapters 2A (datatypes) and 3 to 17 (segments) of that version say stands there.

    field_type("2.5", "PID", path of `PID-3[*].4`)      HD, 0..1, repeats, "PID-3.4 Assigning Authority"
    component_type("2.5", "CX", path of `CX.4.1`)       IS, 0..1

OBX-5 is `varies`: OBX-2 decides, so it takes anything and has any component. Segments that begin with Z are the site's own, typed where
a `segment` block declares them. A primitive has itself as its first component and subcomponent (chapter 2, "backward compatibility").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal

from hub.codec.hl7v2 import dictionary
from hub.codec.hl7v2.dictionary import FieldDef, SegmentDef
from hub.mapping.syntax import V2Path
from hub.mapping.types.wording import closest_by_words, words
from hub.mapping.types.z_segments import NO_SEGMENTS, ZSegments, datatype_of, is_z_segment, undeclared

__all__ = [
    "ANYTHING",
    "WITHDRAWN_FIELD",
    "NoPlace",
    "V2Type",
    "component_type",
    "field_type",
    "find_field",
    "is_primitive",
    "is_segment",
    "known_datatype",
    "near_field",
    "same_positions",
    "segment_names",
    "served_versions",
]

_WITHDRAWN: Final = frozenset({"WD", "wd"})
WITHDRAWN_FIELD: Final = "HL7 has withdrawn the field"
ANYTHING: Final = frozenset({"varies"})
# The later names of one type: their components stand in the same positions (chapter 2A, "deprecated" and "withdrawn" types).
_FAMILIES: Final = (
    frozenset({"CE", "CWE", "CNE", "CF"}),
    frozenset({"TS", "DTM"}),
    frozenset({"PN", "XPN"}),
    frozenset({"AD", "XAD"}),
    frozenset({"CN", "XCN"}),
    frozenset({"CK", "CX"}),
    frozenset({"TN", "XTN"}),
)


@dataclass(frozen=True, slots=True)
class V2Type:
    """datatype: "CX"; "varies", "segment" or "group" for whole ones. label: "PID-3 Patient Identifier List".

    repeats: the path leaves a repetition open. optional: something along the path may be absent where the segment is there.
    single: its field stands at most once, whatever repetition the path says.
    """

    datatype: str
    label: str
    repeats: bool = False
    optional: bool = True
    table: str | None = None
    single: bool = False


@dataclass(frozen=True, slots=True)
class NoPlace:
    """Why there is nothing at a path. `what` is what is missing; `fix`: the next step, when there is a good one."""

    what: Literal["segment", "field", "component", "group", "source"]
    detail: str
    fix: str | None = None


def served_versions(lowest: str, highest: str) -> tuple[str, ...]:
    """The versions from lowest to highest; 2.7.1 has the tables of 2.7 and is not asked a second time."""
    known = dictionary.VERSIONS
    if lowest not in known or highest not in known:
        return ()
    between = known[known.index(lowest) : known.index(highest) + 1]
    return tuple(version for version in between if version == lowest or dictionary.known_version(version) == version)


@cache
def is_segment(name: str) -> bool:
    return is_z_segment(name) or any(dictionary.segment(version, name) is not None for version in dictionary.VERSIONS)


@cache
def known_datatype(name: str) -> bool:
    """A datatype of v2 in any version."""
    return any(dictionary.datatype(version, name) is not None for version in dictionary.VERSIONS)


def is_primitive(version: str, datatype: str) -> bool:
    """Has one value only. TS counts as one: its second component (precision) is long deprecated."""
    found = dictionary.datatype(version, datatype)
    return datatype == "TS" or found is None or found.is_primitive


def same_positions(one: str, other: str) -> bool:
    return one == other or any(one in family and other in family for family in _FAMILIES)


def field_type(version: str, segment: str, path: V2Path, local: ZSegments = NO_SEGMENTS) -> V2Type | NoPlace:
    """The type of a path in a segment (or of the whole segment). A whole Z-segment needs no declaration: it can be dropped or kept."""
    known = local.find(version, segment)
    if path.field is None and (known is not None or is_z_segment(segment)):
        return V2Type("segment", segment, optional=is_z_segment(segment))
    if known is None:
        return NoPlace("segment", *undeclared(segment)) if is_z_segment(segment) else NoPlace("segment", f"HL7 has no segment {segment}")
    field = known.field(path.field or 0)
    if field is None:
        return _no_field(known)
    if field.datatype in _WITHDRAWN:
        return NoPlace("field", WITHDRAWN_FIELD)
    label = _label(f"{segment}-{field.number}", field)
    whole = V2Type(field.datatype, label, _open(field, path), field.min == 0, field.table, single=field.max == 1)
    return _descend(version, whole, path, f"{segment}-{field.number}")


def _no_field(known: SegmentDef) -> NoPlace:
    if is_z_segment(known.name):
        return NoPlace("field", f"the `segment {known.name}` block has no such line", 'add it there: its number, its datatype, "its title"')
    return NoPlace("field", f"{known.name} has {len(known.fields)} fields")


def component_type(version: str, datatype: str, path: V2Path) -> V2Type | NoPlace:
    """The type of a path in a datatype map (`CX.4.1`)."""
    if dictionary.datatype(version, datatype) is None:
        return NoPlace("source", f"there is no datatype {datatype}")
    return _descend(version, V2Type(datatype, datatype, optional=False), path, datatype)


def find_field(version: str, segment: str, name: str) -> FieldDef | None:
    """The field of a segment whose name has all the words of this one ("birth_date": Date Time of Birth)."""
    known = dictionary.segment(version, segment)
    if known is None:
        return None
    exact = known.find(name)
    if exact is not None:
        return exact
    number = closest_by_words(words(name), ((str(field.number), field.name) for field in known.fields))
    return known.field(int(number)) if number else None


def _descend(version: str, whole: V2Type, path: V2Path, place: str) -> V2Type | NoPlace:
    found: V2Type | NoPlace = whole
    for number in (path.component, path.subcomponent):
        if number is None or isinstance(found, NoPlace):
            break
        found, place = _part(version, found, number, place), f"{place}.{number}"
    return found


def _part(version: str, whole: V2Type, number: int, place: str) -> V2Type | NoPlace:
    if whole.datatype in ANYTHING:
        return whole
    if whole.datatype == "TS" and number == 1:  # an ST in 2.3 and 2.4, though a time
        return replace(whole, datatype="DTM")
    known = datatype_of(version, whole.datatype)
    if known is None or whole.datatype == "CM":  # 2.1 and 2.2 leave CM open
        return replace(whole, datatype="varies")
    if known.is_primitive:
        return whole if number == 1 else NoPlace("component", f"{place} is {whole.datatype}, which has no components")
    part = known.component(number)
    if part is not None and part.datatype in _WITHDRAWN:
        return NoPlace("component", f"HL7 has withdrawn {place}.{number}")
    if part is None:
        return NoPlace("component", f"{place} is {whole.datatype}, which has {len(known.components)} components")
    label = _label(f"{place}.{number}", part)
    return V2Type(part.datatype, label, whole.repeats, whole.optional or part.min == 0, part.table, single=whole.single)


def _open(field: FieldDef, path: V2Path) -> bool:
    """All repetitions are meant. `varies` is not counted: values of a type that repeats are a matter of its rows."""
    return field.max != 1 and field.datatype != "varies" and path.repetition in (None, "*")


def _label(place: str, field: FieldDef) -> str:
    return f"{place} {field.name}".strip()


@cache
def segment_names(version: str) -> tuple[str, ...]:
    """For "did you mean"."""
    roots = (dictionary.structure(version, name) for name in dictionary.structures(version))
    return tuple(sorted(set().union(*(_segments_of(root) for root in roots if root))))


def near_field(known: SegmentDef, number: int) -> FieldDef | None:
    """The field that a slip of the finger could have meant: PID-70 is PID-7."""
    digits = str(number)
    return next((field for length in range(len(digits) - 1, 0, -1) if (field := known.field(int(digits[:length])))), None)


def _segments_of(group: dictionary.GroupDef) -> set[str]:
    found: set[str] = set()
    for child in group.children:
        found |= _segments_of(child) if isinstance(child, dictionary.GroupDef) else {child.name}
    return found
