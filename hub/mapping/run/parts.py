"""A map run by itself on a piece of a message: a value for a datatype map, a segment for a segment map, segments for a group map.

For the tests that stand in maps, the language server and the reference; messages go through `CompiledMap.forward`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from hub.codec.hl7v2 import DEFAULT_ENCODING, HL7_NULL, Segment
from hub.codec.hl7v2.dictionary import GroupDef
from hub.codec.hl7v2.grouping import Group, group
from hub.codec.hl7v2.message import Message
from hub.core.diagnostics import Diagnostic
from hub.core.json import Json
from hub.mapping.backward.maps import BackCompiler
from hub.mapping.backward.parts import write_part
from hub.mapping.codes.run import UNKNOWN_NAME, UNKNOWN_STRUCTURE
from hub.mapping.forward.making import Making
from hub.mapping.forward.maps import Compiler, is_datatype, is_group_map
from hub.mapping.forward.nodes import Node, arrange_tree
from hub.mapping.forward.reach import GroupReach
from hub.mapping.mapset import MapSet
from hub.mapping.program import Program
from hub.mapping.running import LeaveOut, Place, Run
from hub.mapping.syntax import Each, Item, MapDeclaration
from hub.mapping.types.structures import locate_group
from hub.mapping.values.primitives import Misread

__all__ = ["run_part_backward", "run_part_forward"]

_VERSION = "2.5.1"  # where the map serves it; else its highest


def run_part_forward(
    maps: MapSet, name: str, text: str, *, params: Mapping[str, str], givens: Mapping[str, str], version: str | None = None
) -> tuple[Json, tuple[Diagnostic, ...]]:
    """The value, and what was reported; None where it was refused, left out, or says nothing."""
    declaration = maps.program.maps.get(name)
    if declaration is None:
        return None, (Diagnostic(UNKNOWN_NAME, f"no map `{name}`"),)
    run = Run.start(None, DEFAULT_ENCODING, "utf-8", params, Making(name, b""))
    compiler = _compiler(maps, version or _version_for(declaration))
    names = {key: run.raw_of(value) if any(c in value for c in "\r\n") else value for key, value in givens.items()}
    try:
        source, place = _source(compiler, declaration, text)
        value = compiler.map_cell(declaration)[0](run, source, 1, place, names)
    except Misread as error:
        run.report_misread(error, error.place, declaration.span)
        value = None
    except LeaveOut:
        value = None
    refused = any(diagnostic.is_error for diagnostic in run.diagnostics)
    return None if refused else value, tuple(run.diagnostics)


def run_part_backward(
    maps: MapSet, name: str, value: Json, *, params: Mapping[str, str], givens: Mapping[str, str], version: str | None = None
) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The text, and what was reported; None where it was refused."""
    declaration = maps.program.maps.get(name)
    if declaration is None:
        return None, (Diagnostic(UNKNOWN_NAME, f"no map `{name}`"),)
    compiler = _cached_writer(_ByIdentity(maps.program), version or _version_for(declaration))
    return write_part(compiler, declaration, value, params=params, givens=givens)


def _version_for(declaration: MapDeclaration) -> str:
    lowest, highest = declaration.versions
    return _VERSION if lowest <= _VERSION <= highest else highest


def _compiler(maps: MapSet, version: str) -> Compiler:
    return _cached_compiler(_ByIdentity(maps.program), version)


class _ByIdentity:
    """A key for the cache: one program is one."""

    __slots__ = ("program",)

    def __init__(self, program: Program) -> None:
        self.program = program

    def __hash__(self) -> int:
        return id(self.program)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.program is self.program


@lru_cache(maxsize=64)
def _cached_compiler(key: _ByIdentity, version: str) -> Compiler:
    return Compiler(key.program, version, traced=False)


@lru_cache(maxsize=64)
def _cached_writer(key: _ByIdentity, version: str) -> BackCompiler:
    return BackCompiler(key.program, version)


def _source(compiler: Compiler, declaration: MapDeclaration, text: str) -> tuple[list[str], Place]:
    own = declaration.left.names[0]
    if is_group_map(declaration):
        return [], _node(compiler, declaration, text)
    if len(own) == 3 and not is_datatype(own):
        segment = next(iter(_segments(text)), None)
        return ([], own) if segment is None else (segment.fields, segment)
    if text == HL7_NULL:
        return [], own
    return text.split(DEFAULT_ENCODING.component), own


def _segments(text: str) -> tuple[Segment, ...]:
    seen: dict[str, int] = {}
    segments = []
    for index, line in enumerate(line for line in text.replace("\n", "\r").split("\r") if line):
        seen[line[:3]] = seen.get(line[:3], 0) + 1
        segments.append(Segment(line[:3], index, seen[line[:3]], line, start=0, terminator="\r", separator=DEFAULT_ENCODING.field))
    return tuple(segments)


def _node(compiler: Compiler, declaration: MapDeclaration, text: str) -> Node:
    """The first instance of the group; others after it hang below it, where some map makes a tree of the group."""
    reach = compiler.reach_of(declaration)
    if not isinstance(reach, GroupReach):
        raise TypeError(declaration.name)
    place = locate_group(reach.version, reach.structure, reach.levels[-1])
    if place is None:
        raise Misread(UNKNOWN_STRUCTURE, f"{reach.version} has no such group")
    segments = _segments(text)
    if place.bare is not None:
        instances = [Group(place.bare.name, [segment]) for segment in segments]
    else:
        wrapped = GroupDef("", 1, 1, (GroupDef(place.group.name, 0, None, place.group.children, place.group.is_choice),))
        message = Message(b"", "", "", DEFAULT_ENCODING, "utf-8", segments)
        instances = group(message, wrapped).root.groups(place.group.name)
    outer: Node | None = None
    for _ in reach.levels[:-1]:
        outer = Node(Group("", []), outer)
    nodes = [Node(instance, outer) for instance in instances] or [Node(Group(place.group.name, []), outer)]
    tree = _tree_field(compiler.program, reach.levels[-1][-1])
    if tree is not None:
        numbers = [next((segment.field(tree[1]) for segment in node.group.walk() if segment.name == tree[0]), "") for node in nodes]
        arrange_tree(nodes, numbers)
    return nodes[0]


def _tree_field(program: Program, name: str) -> tuple[str, int] | None:
    found = (_find_tree(declaration.body, name) for declaration in program.maps.values())
    return next((tree for tree in found if tree is not None), None)


def _find_tree(items: tuple[Item, ...], name: str) -> tuple[str, int] | None:
    for item in items:
        if not isinstance(item, Each):
            continue
        if item.tree is not None and item.group.rpartition(".")[2] == name and item.tree.segment and item.tree.field:
            return item.tree.segment, item.tree.field
        inner = _find_tree(item.body, name)
        if inner is not None:
            return inner
    return None
