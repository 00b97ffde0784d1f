"""Where a row stands: the kind of its map, the versions it serves, and the groups that the `each` around it bind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from hub.codec.hl7v2 import dictionary
from hub.mapping.syntax import Condition, Each, Item, MapDeclaration
from hub.mapping.types.fhir import is_resource
from hub.mapping.types.structures import find_group_path, locate_group, resolve_structure
from hub.mapping.types.v2 import is_segment, known_datatype, served_versions
from hub.mapping.types.z_segments import NO_SEGMENTS, ZSegments

__all__ = ["MapKind", "Scope", "inside", "kind_of", "scope_of", "served", "walk"]


class MapKind(StrEnum):
    DATATYPE = "datatype"
    SEGMENT = "segment"
    GROUP = "group"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Scope:
    """groups: from the structure down, in the vocabulary of maps. guards: what the `where` around the row ask. local: Z-segments.

    each: the `each` around the row, outermost first, by their place in the file; a row sees the rows of its own and of those around it.
    """

    declaration: MapDeclaration
    kind: MapKind
    versions: tuple[str, ...]
    groups: tuple[str, ...] = ()
    guards: tuple[Condition, ...] = ()
    each: tuple[int, ...] = ()
    in_tree: bool = False
    local: ZSegments = NO_SEGMENTS

    @property
    def target(self) -> str:
        return self.declaration.right.names[0] if self.declaration.right.names else ""

    def served(self, version: str) -> tuple[str, ...]:
        """The sources of the map that exist in a version."""
        return served(self.kind, version, self.declaration.left.names, self.local)


def kind_of(declaration: MapDeclaration) -> MapKind | None:
    """What the source is says what kind of map it is; None where HL7 knows no such source."""
    source = declaration.left.names[0] if declaration.left.names else ""
    structure, _, group = source.partition(".")
    if group:
        return MapKind.GROUP
    if "Bundle" in declaration.right.names or any(dictionary.has_structure(version, structure) for version in dictionary.VERSIONS):
        return MapKind.MESSAGE
    to_datatype = not any(is_resource(name) for name in declaration.right.names)
    if to_datatype and known_datatype(source):
        return MapKind.DATATYPE
    if is_segment(source):
        return MapKind.SEGMENT
    return MapKind.DATATYPE if known_datatype(source) else None


def scope_of(declaration: MapDeclaration, local: ZSegments = NO_SEGMENTS) -> Scope | None:
    kind = kind_of(declaration)
    if kind is None:
        return None
    versions = served_versions(*declaration.versions)
    if kind is not MapKind.GROUP:
        return Scope(declaration, kind, versions, local=local)
    structure, _, group = declaration.left.names[0].partition(".")
    names = tuple(group.split("."))
    path = find_group_path(structure, names[0]) if len(names) == 1 else names
    return Scope(declaration, kind, versions, path or names, in_tree=True, local=local)


def walk(items: tuple[Item, ...], scope: Scope) -> Iterator[tuple[Item, Scope]]:
    """Every item below a map in the order of the file, an `each` before its body, with the scope in which it stands."""
    for number, item in enumerate(items):
        yield item, scope
        if isinstance(item, Each):
            yield from walk(item.body, inside(item, scope, number))


def inside(each: Each, scope: Scope, number: int = 0) -> Scope:
    """The scope of the body of an `each`."""
    return replace(
        scope,
        groups=group_of(each, scope),
        guards=(*scope.guards, *each.where),
        each=(*scope.each, number),
        in_tree=scope.in_tree or each.tree is not None,
    )


def group_of(each: Each, scope: Scope) -> tuple[str, ...]:
    """The group path an `each` binds: looked for from the innermost group around it outward."""
    steps = tuple(each.group.split("."))
    for depth in range(len(scope.groups), -1, -1):
        path = (*scope.groups[:depth], *steps)
        for source in scope.declaration.left.names:
            structure = source.partition(".")[0]
            if any(locate_group(version, structure, path) is not None for version in scope.versions):
                return path
    return (*scope.groups, *steps)


@cache
def served(kind: MapKind, version: str, names: tuple[str, ...], local: ZSegments = NO_SEGMENTS) -> tuple[str, ...]:
    """The sources that exist in a version."""
    return tuple(name for name in names if _exists(kind, version, name, local))


def _exists(kind: MapKind, version: str, name: str, local: ZSegments) -> bool:
    match kind:
        case MapKind.DATATYPE:
            return dictionary.datatype(version, name) is not None
        case MapKind.SEGMENT:
            return local.find(version, name) is not None
        case MapKind.GROUP | MapKind.MESSAGE:
            return resolve_structure(version, name.partition(".")[0]) is not None
