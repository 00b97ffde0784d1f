"""Which message maps could write these resources: those that take every type that any map takes, and miss none that they need.

An admission and a transfer have the same resources, so there may be several; a report with its results has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hub.core.json import Resource
from hub.mapping.items import iter_rows
from hub.mapping.run.compiled import CompiledMap
from hub.mapping.syntax import Arrow, Each, Item, MapDeclaration, Row, V2Path
from hub.mapping.types.structures import find_group_path, locate_group, locate_segment

__all__ = ["maps_that_write"]

_NEWEST = "2.8.2"


def maps_that_write(maps: Iterable[CompiledMap], resources: Sequence[Resource]) -> list[CompiledMap]:
    writing = [each for each in maps if each.is_message_map and each.declaration.arrow is not Arrow.FORWARD]
    takes = [_types_taken(each.declaration) for each in writing]
    present = {str(resource.get("resourceType")) for resource in resources}
    wanted = present & frozenset().union(*takes)
    return [
        each for each, own in zip(writing, takes, strict=True) if wanted and wanted <= own and present >= _types_needed(each.declaration)
    ]


def _types_taken(declaration: MapDeclaration) -> frozenset[str]:
    rows = (row for row in iter_rows(declaration.body) if row.arrow is not Arrow.FORWARD)
    return frozenset(kind for row in rows if (kind := _type_of(row)))


def _types_needed(declaration: MapDeclaration) -> frozenset[str]:
    """Of whose elements single fields are made, and of which the required groups are."""
    fields = {
        kind
        for item in declaration.body
        if isinstance(item, Row) and item.arrow is not Arrow.FORWARD and len(item.right.steps) > 1 and (kind := _type_of(item))
    }
    return frozenset(fields | set(_of_groups(declaration, declaration.body, ())))


def _of_groups(declaration: MapDeclaration, body: tuple[Item, ...], around: tuple[str, ...]) -> Iterator[str]:
    structure = declaration.left.names[0]
    for each in (item for item in body if isinstance(item, Each)):
        names = tuple(each.group.split("."))
        level = (*around, *names)
        if locate_group(_NEWEST, structure, level) is None:
            level = find_group_path(structure, names[0]) or level
        group = locate_group(_NEWEST, structure, level)
        if group is None or not group.least or group.bare is not None:
            continue
        first = next((item for item in each.body if isinstance(item, Row) and item.arrow is not Arrow.FORWARD), None)
        path = first.left.alternatives[0].atom if first is not None else None
        if first is not None and isinstance(path, V2Path) and not path.groups and path.segment is not None:
            place = locate_segment(_NEWEST, structure, level, path.segment)
            if place is not None and place.least and (kind := _type_of(first)):
                yield kind
        yield from _of_groups(declaration, each.body, level)


def _type_of(row: Row) -> str | None:
    """None for a row that adds to the resource of another row."""
    name = row.right.steps[0].name if row.right.steps else ""
    return name if name[:1].isupper() else None
