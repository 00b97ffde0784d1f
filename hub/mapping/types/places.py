"""What stands at a v2 path, in each version that the map serves, as seen from where the path is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from hub.core.diagnostics import Span
from hub.mapping.syntax import V2Path
from hub.mapping.types.scope import MapKind, Scope, served
from hub.mapping.types.structures import find_group_path, group_names, locate_group, locate_segment
from hub.mapping.types.v2 import NoPlace, V2Type, component_type, field_type, is_segment
from hub.mapping.types.z_segments import ZSegments, is_z_segment

__all__ = ["Place", "find_place", "path_key", "v2_spelling"]

_TREE: Final = ("PARENT", "MEMBER")
_NOWHERE: Final = Span("", 1, 1)


@dataclass(frozen=True, slots=True)
class Place:
    """types: by version, one for each source of the map that has the path. missing: by version, why no source has it."""

    types: dict[str, tuple[V2Type, ...]] = field(default_factory=dict)
    missing: dict[str, NoPlace] = field(default_factory=dict)

    @property
    def found(self) -> bool:
        return bool(self.types)

    def each(self) -> Iterator[tuple[str, V2Type]]:
        for version, types in self.types.items():
            for found in types:
                yield version, found


def find_place(scope: Scope, path: V2Path) -> Place:
    steps = tuple(replace(step, where=None) for step in path.groups)
    chosen = any(step.where is not None for step in path.groups)
    bare = V2Path(steps, path.segment, path.field, path.repetition, path.component, path.subcomponent, _NOWHERE)
    return _find(_View(scope.kind, scope.declaration.left.names, scope.versions, scope.groups, scope.local), bare, chosen)


@dataclass(frozen=True, slots=True)
class _View:
    """What of a scope decides a place: equal ones share what was found."""

    kind: MapKind
    names: tuple[str, ...]
    versions: tuple[str, ...]
    groups: tuple[str, ...]
    local: ZSegments


@lru_cache(maxsize=8192)
def _find(view: _View, path: V2Path, chosen: bool) -> Place:
    place = Place()
    for version in view.versions:
        found = [_resolve(view, version, source, path, chosen) for source in served(view.kind, version, view.names, view.local)]
        types = tuple(dict.fromkeys(one for one in found if isinstance(one, V2Type)))
        if types:
            place.types[version] = types
        elif found:
            place.missing[version] = next(one for one in reversed(found) if isinstance(one, NoPlace))
    return place


def path_key(path: V2Path) -> tuple[object, ...]:
    """Two paths with the same key name the same place (the instance of a group aside)."""
    groups = tuple((step.name, step.where.values if step.where else None) for step in path.groups)
    return (groups, path.segment, path.field, path.repetition, path.component, path.subcomponent)


def v2_spelling(path: V2Path) -> str:
    """The path as it is written in a map."""
    text = ".".join([*(step.name for step in path.groups), *([path.segment] if path.segment else [])])
    if path.field is not None:
        text += f"-{path.field}"
    if path.repetition is not None:
        text += f"[{path.repetition}]"
    return text + "".join(f".{number}" for number in (path.component, path.subcomponent) if number is not None)


def _resolve(view: _View, version: str, source: str, path: V2Path, chosen: bool) -> V2Type | NoPlace:
    match view.kind:
        case MapKind.DATATYPE:
            return _in_datatype(view.names, version, source, path)
        case MapKind.SEGMENT:
            return _in_segment(version, source, path, view.local)
        case MapKind.GROUP | MapKind.MESSAGE:
            return _in_structure(view, version, source.partition(".")[0], path, chosen)


def _in_datatype(names: tuple[str, ...], version: str, source: str, path: V2Path) -> V2Type | NoPlace:
    if path.groups or path.field is not None or path.segment not in names:
        return NoPlace("source", f"this map reads {' or '.join(names)} and nothing else", f"`{names[0]}.1` is its first component")
    return component_type(version, source, path)


def _in_segment(version: str, source: str, path: V2Path, local: ZSegments) -> V2Type | NoPlace:
    if path.groups or path.segment != source:
        fix = "the row that calls this map hands it over: `giving NAME = PATH` there, `given NAME : TYPE` here"
        if path.segment and is_z_segment(path.segment):
            own = path.segment
            fix = f"write a map for it, `map {own.lower()} : v2 {own} <-> fhir …`, and call it in the message map"
        return NoPlace("source", f"this map reads {source} and nothing else", fix)
    return field_type(version, source, path, local)


def _in_structure(view: _View, version: str, structure: str, path: V2Path, chosen: bool) -> V2Type | NoPlace:
    """A path begins in the innermost group around it that has what it names, and looks outward."""
    groups = view.groups
    steps = tuple(step.name for step in path.groups if step.name not in _TREE)
    for depth in range(len(groups), -1, -1):
        found = _at(view, version, structure, (*groups[:depth], *steps), path)
        if found is not None:
            one = isinstance(found, V2Type) and chosen and path.field is None
            return replace(found, repeats=False) if isinstance(found, V2Type) and one else found
    whole = find_group_path(structure, steps[0]) if steps else None
    found = _at(view, version, structure, (*whole, *steps[1:]), path) if whole else None
    return found if found is not None else _nowhere(structure, steps, path)


def _at(view: _View, version: str, structure: str, groups: tuple[str, ...], path: V2Path) -> V2Type | NoPlace | None:
    """What the path is when it begins in this group; None when it does not begin here. A Z-segment may stand in any, several times."""
    bound = view.groups
    group = locate_group(version, structure, groups)
    if group is None:
        return None
    several = any(_unbound(version, structure, groups[:depth], bound) for depth in range(1, len(groups) + 1))
    if path.segment is None:
        return V2Type("group", ".".join(groups), several, optional=group.least == 0)
    place = locate_segment(version, structure, groups, path.segment)
    if place is None and not is_z_segment(path.segment):
        return None
    found = field_type(version, path.segment, path, view.local)
    if isinstance(found, NoPlace):
        return found
    if place is None:
        return replace(found, repeats=True, optional=True)
    absent = place.least == 0 and not (groups == bound and path.segment == group.anchor)
    return replace(found, repeats=found.repeats or several or place.most is None, optional=found.optional or absent)


def _unbound(version: str, structure: str, groups: tuple[str, ...], bound: tuple[str, ...]) -> bool:
    """The group repeats, and no `each` around the path says which instance is meant."""
    around = locate_group(version, structure, groups)
    return around is not None and around.most is None and groups != bound[: len(groups)]


def _nowhere(structure: str, steps: tuple[str, ...], path: V2Path) -> NoPlace:
    if path.segment is None or (steps and steps[-1] not in group_names(structure)):
        return NoPlace("group", f"{structure} has no group {'.'.join(steps)} here")
    if not is_segment(path.segment):
        return NoPlace("segment", f"HL7 has no segment {path.segment}")
    return NoPlace("segment", f"{structure} has no {path.segment} here")
