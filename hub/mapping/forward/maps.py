"""Maps compiled for one version of HL7: each map once, on first use, with the types of that version.

Forward, v2 to FHIR. The other way is in `write_maps`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub.codec.hl7v2 import dictionary
from hub.core.json import Json
from hub.fhir.elements import is_primitive, resource_types
from hub.mapping.forward.conditions import RawText, compile_condition, compile_raw, inputs_of
from hub.mapping.forward.coverage import Coverage, paths_of_map
from hub.mapping.forward.nodes import Node
from hub.mapping.forward.planning import Guard, Plan, Planned
from hub.mapping.forward.reach import GroupReach, PartReach, Reach, SegmentReach
from hub.mapping.forward.rows import Row, compile_row, plan_row
from hub.mapping.forward.sources import CompileRow
from hub.mapping.forward.unmade import other_way
from hub.mapping.forward.values import CallMap
from hub.mapping.program import Program
from hub.mapping.running import Frame, Place, Run
from hub.mapping.syntax import Arrow, Constant, Item, LeftOut, Let, MapDeclaration, V2Path
from hub.mapping.syntax import Row as RowSyntax
from hub.mapping.types.structures import find_group_path

__all__ = ["Compiler", "base_names", "fields_read", "is_datatype", "is_group_map", "left_out"]

Body = list[Callable[[Run, Frame], None]]


def is_group_map(declaration: MapDeclaration) -> bool:
    return "." in declaration.left.names[0]


def is_datatype(name: str) -> bool:
    """CWE is a datatype also where the version has only CE."""
    return any(dictionary.datatype(version, name) for version in ("2.5", "2.8.2", "2.3"))


def base_names(declaration: MapDeclaration) -> Callable[[Run], dict[str, str]]:
    """The params of a map, as raw texts: what the source sets, else the map's own value."""
    defaults = {param.name: param.default.text for param in declaration.params if param.default is not None}
    declared = tuple(param.name for param in declaration.params)

    def names(run: Run) -> dict[str, str]:
        known = run.defaults.get(declaration.name)
        if known is None:
            texts = {name: run.params.get(name, defaults.get(name, "")) for name in declared}
            known = run.defaults[declaration.name] = {name: run.raw_of(text) for name, text in texts.items()}
        return known

    return names


class Compiler:
    """traced: the rows also write down where each value came from; a second set of closures, so that the first costs nothing."""

    def __init__(self, program: Program, version: str, *, traced: bool) -> None:
        self.program = program
        self.version = version
        self.traced = traced
        self.coverage = Coverage()
        self._cells: dict[str, list[CallMap]] = {}

    def map_cell(self, declaration: MapDeclaration) -> list[CallMap]:
        """The compiled map stands in the cell once its rows are compiled: maps may call one another in a ring."""
        cell = self._cells.get(declaration.name)
        if cell is None:
            cell = self._cells[declaration.name] = []
            cell.append(self._compile(declaration))
        return cell

    def reach_of(self, declaration: MapDeclaration) -> Reach:
        source = declaration.left.names[0]
        if is_group_map(declaration):
            structure, _, group = source.partition(".")
            path = tuple(group.split("."))
            whole = path if len(path) > 1 else find_group_path(structure, group) or path
            levels = tuple(whole[:depth] for depth in range(len(whole) + 1))
            return GroupReach(self.version, structure, levels, self.program, compile_condition, self.coverage)
        if len(source) == 3 and not is_datatype(source):
            return SegmentReach(self.version, source, self.program)
        return PartReach(self.version, declaration.left.names)

    def _compile(self, declaration: MapDeclaration) -> CallMap:
        reach = self.reach_of(declaration)
        target = declaration.right.names[0]
        compiler = CompileRow(self, declaration, reach, target)
        rows, constants = self._rows(declaration.body, compiler)
        names = _names(declaration)
        resource = {"resourceType": target} if target in resource_types() else {}
        if isinstance(reach, PartReach):
            return _value_map(rows, constants, names, resource, simple=is_primitive(target))
        return _segment_map(rows, constants, names, resource)

    def _rows(self, body: tuple[Item, ...], compiler: CompileRow) -> tuple[Body, Body]:
        """Lets first: guards ask for them. Then the rows, planned or (for a trace) one by one; the constants apart."""
        reach = compiler.reach
        rows = [item for item in body if isinstance(item, RowSyntax) and item.arrow is not Arrow.BACKWARD]
        lets = [_let(item.name, compile_raw(item.value, reach, self.program)) for item in body if isinstance(item, Let)]
        constants = [compile_row(compiler, row) for row in rows if _is_constant(row)]
        varied = [row for row in rows if not _is_constant(row)]
        dropped = [planned for item in body if isinstance(item, LeftOut) for planned in left_out(item, reach)]
        guarded = any(row.clauses.when or row.clauses.unless for row in varied)
        if self.traced or not (guarded or dropped or isinstance(reach, SegmentReach)):
            return [
                *lets,
                *(compile_row(compiler, row) for row in varied),
                *(_with_guards(each) for each in dropped),
                *(self._other_way(compiler, body) if self.traced else ()),
            ], constants
        planned = [*(plan_row(compiler, row) for row in varied), *dropped]
        return [*lets, Plan(planned, by_fields=isinstance(reach, SegmentReach))], constants

    def _other_way(self, compiler: CompileRow, body: tuple[Item, ...]) -> Body:
        rows = [item for item in body if isinstance(item, RowSyntax) and item.arrow is Arrow.BACKWARD and item.right.steps]
        return [other_way(compiler.declaration.name, row) for row in rows]

    def fields_read(self, declaration: MapDeclaration) -> set[int | None]:
        return fields_read(self.program, declaration)


def _with_guards(planned: Planned) -> Row:
    def run_row(run: Run, frame: Frame) -> None:
        if all(guard.test(run, frame) for guard in planned.guards):
            planned.body(run, frame)

    return run_row


def left_out(item: LeftOut, reach: Reach) -> list[Planned]:
    """`drop` and `keep` are about coverage; only one with a `when` has something to do at run time."""
    if isinstance(reach, GroupReach) and not item.when:
        for path in item.paths:
            reach.cover(path)
    if isinstance(reach, PartReach) or not item.when:
        return []
    guards = tuple(Guard(compile_condition(condition, reach), inputs_of(condition, reach)) for condition in item.when)
    if isinstance(reach, GroupReach):
        sources = [(reach.segments_at(path), path.field or 0) for path in item.paths]
    else:
        sources = [((lambda _run, frame: [frame.place]), path.field or 0) for path in item.paths]

    def leave_out(run: Run, frame: Frame) -> None:
        run.left_out.update((segment.index, field) for read, field in sources for segment in read(run, frame))

    return [Planned(leave_out, guards)]


def _is_constant(row: RowSyntax) -> bool:
    alternatives = row.left.alternatives
    return len(alternatives) == 1 and isinstance(alternatives[0].atom, Constant) and not row.clauses.when


def _let(name: str, read: RawText) -> Row:
    def let(run: Run, frame: Frame) -> None:
        frame.names[name] = read(run, frame)

    return let


def _names(declaration: MapDeclaration) -> Callable[[Run, dict[str, str]], dict[str, str]] | None:
    """Names of its own for each call, where the map has any."""
    lets = any(isinstance(item, Let) for item in declaration.body)
    if not (lets or declaration.params or declaration.givens):
        return None
    base = base_names(declaration)
    return lambda run, given: {**base(run), **given}


def _value_map(
    rows: Body, constants: Body, names: Callable[[Run, dict[str, str]], dict[str, str]] | None, resource: dict[str, Any], *, simple: bool
) -> CallMap:
    """A datatype map gives None when the value says nothing: constants alone are nothing."""

    def call(run: Run, source: list[str], level: int, place: Place, given: dict[str, str]) -> Json:
        frame = Frame(source, level, place, given if names is None else names(run, given))
        for row in rows:
            row(run, frame)
        if not frame.out:
            return None
        for constant in constants:
            constant(run, frame)
        if resource:
            return {**resource, **frame.out}
        return frame.out.get("value") if simple else frame.out

    return call


def _segment_map(
    rows: Body, constants: Body, names: Callable[[Run, dict[str, str]], dict[str, str]] | None, resource: dict[str, Any]
) -> CallMap:
    """A segment or group map gives its resource, however little stands in it; a datatype only where something does.

    The place is the segment, or the group's Node.
    """

    def call(run: Run, source: list[str], level: int, place: Place, given: dict[str, str]) -> Json:
        frame = Frame(source, level, place, given if names is None else names(run, given), place if isinstance(place, Node) else None)
        frame.out.update(resource)
        for row in rows:
            row(run, frame)
        if not frame.out:
            return None
        for constant in constants:
            constant(run, frame)
        return frame.out

    return call


def fields_read(program: Program, declaration: MapDeclaration, seen: frozenset[str] = frozenset()) -> set[int | None]:
    """The fields of its segment that a segment map reads, drops or keeps, with those of the maps it hands the whole segment to."""
    if declaration.name in seen:
        return set()
    fields: set[int | None] = {path.field for path in paths_of_map(declaration) if path.field is not None}
    for item in declaration.body:
        if isinstance(item, LeftOut) and not item.when and any(path.field is None for path in item.paths):
            fields.add(None)
        if isinstance(item, RowSyntax) and item.clauses.by is not None and (called := program.maps.get(item.clauses.by.function)):
            atom = item.left.alternatives[0].atom
            if isinstance(atom, V2Path) and atom.segment == declaration.left.names[0] and atom.field is None:
                fields |= fields_read(program, called, seen | {declaration.name})
    return fields
