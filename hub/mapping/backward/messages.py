"""Message maps, backward: resources to the segments of a message, in the order of its structure.

A row writes its segment from the resource of its type; a row in an `each`, from each resource that is related to those around it as the
row's `with` and `in` say. What no row writes of the header is written here: the version, the event, and `control_id` and `written_at`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hub.codec.hl7v2 import DEFAULT_ENCODING, dictionary
from hub.codec.hl7v2.dictionary import GroupDef, SegmentRef
from hub.core.diagnostics import Diagnostic
from hub.core.json import Json, Resource
from hub.mapping.backward.maps import BackCompiler
from hub.mapping.backward.read_fhir import compile_get
from hub.mapping.backward.rows import compile_back_row
from hub.mapping.backward.write_v2 import BackFrame, Fields, finish, render_segment
from hub.mapping.codes.run import NOT_WRITABLE, NOTHING_TO_WRITE, SEVERAL_TO_WRITE, UNKNOWN_STRUCTURE, WRONG_WAY
from hub.mapping.conversion import Written
from hub.mapping.forward.attached import parse_element, row_named
from hub.mapping.forward.making import Making
from hub.mapping.forward.maps import base_names
from hub.mapping.program import Program
from hub.mapping.running import Run
from hub.mapping.syntax import Arrow, Condition, Each, FhirPath, Item, MapDeclaration, Row, V2Path
from hub.mapping.types.structures import find_group_path, locate_group, locate_segment, resolve_structure
from hub.mapping.values.primitives import Misread

__all__ = ["write_message"]


@dataclass(slots=True)
class _Instance:
    """One instance of a group in the making."""

    segments: list[Fields] = field(default_factory=list)
    groups: dict[str, list[_Instance]] = field(default_factory=dict)

    def segment(self, name: str) -> Fields:
        found = next((each for each in self.segments if each.name == name), None)
        return found if found is not None else self.add_segment(name)

    def add_segment(self, name: str) -> Fields:
        fields = Fields(name)
        self.segments.append(fields)
        return fields

    def group(self, name: str) -> _Instance:
        listed = self.groups.setdefault(name, [])
        return listed[0] if listed else self.add_group(name)

    def add_group(self, name: str) -> _Instance:
        made = _Instance()
        self.groups.setdefault(name, []).append(made)
        return made


@dataclass(frozen=True, slots=True)
class _Scope:
    """level: the group in the vocabulary of 2.5. names: the version's own, of `instance`. bound: row name to its resource."""

    instance: _Instance
    level: tuple[str, ...]
    names: tuple[str, ...]
    bound: Mapping[str, Resource]


def write_message(
    program: Program,
    declaration: MapDeclaration,
    resources: Sequence[Resource],
    *,
    params: Mapping[str, str],
    givens: Mapping[str, str],
    version: str,
) -> Written:
    if declaration.arrow is Arrow.FORWARD:
        return Written(None, (Diagnostic(WRONG_WAY, "it goes from v2 to FHIR", span=declaration.span),))
    structure = declaration.left.names[0]
    own = resolve_structure(version, structure)
    definition = dictionary.structure(version, own) if own else None
    if definition is None:
        return Written(None, (Diagnostic(UNKNOWN_STRUCTURE, f"{version} has no {structure}"),))
    writer = _Writer(program, declaration, list(resources), params=params, givens=givens, version=version)
    writer.write(declaration.body)
    writer.complete_header(structure, declaration.when)
    lines = [render_segment(writer.run, fields) for fields in _in_order(writer.root, definition)]
    if any(diagnostic.is_error for diagnostic in writer.run.diagnostics):
        return Written(None, tuple(writer.run.diagnostics))
    return Written("".join(line + "\r" for line in lines).encode(), tuple(writer.run.diagnostics))


class _Writer:
    def __init__(
        self,
        program: Program,
        declaration: MapDeclaration,
        resources: list[Resource],
        *,
        params: Mapping[str, str],
        givens: Mapping[str, str],
        version: str,
    ) -> None:
        self.run = Run.start(None, DEFAULT_ENCODING, "utf-8", params, Making(declaration.name, b""))
        self.root = _Instance()
        self.structure = declaration.left.names[0]
        self._compiler = BackCompiler(program, version)
        self._program = program
        self._declaration = declaration
        self._resources = resources
        self._givens = givens
        self._names = {**base_names(declaration)(self.run), **{name: self.run.raw_of(text) for name, text in givens.items()}}
        self._version = version
        self._bundle: Resource = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}

    def write(self, body: tuple[Item, ...]) -> None:
        self._body(body, _Scope(self.root, (), (), {}))

    def _body(self, body: tuple[Item, ...], scope: _Scope) -> None:
        bound = dict(scope.bound)
        scope = _Scope(scope.instance, scope.level, scope.names, bound)
        for item in body:
            if isinstance(item, Row) and item.arrow is not Arrow.FORWARD:
                self._row(item, scope, bound)
            elif isinstance(item, Each):
                self._each(item, scope)

    # --- rows

    def _row(self, row: Row, scope: _Scope, bound: dict[str, Resource]) -> None:
        path = row.left.alternatives[0].atom
        if not isinstance(path, V2Path) or path.segment is None:
            return
        if row.value is not None:
            self._write_fields(row, path, scope, self._bundle, "Bundle")
            return
        kind, added = self._kind(row)
        found = [bound[kind]] if added and kind in bound else [] if added else self._candidates(row, scope)
        if not found:
            if row.clauses.policy == "refuse":
                self.run.report(NOTHING_TO_WRITE, "no such resource", None, row.span)
            return
        if path.field is not None:
            if len(found) > 1:
                self.run.report(SEVERAL_TO_WRITE, f"{len(found)} resources", None, row.span)
            self._write_fields(row, path, scope, found[0], str(found[0]["resourceType"]))
            return
        self._write_segments(row, path, scope, found, bound)

    def _kind(self, row: Row) -> tuple[str, bool]:
        """The type, or the row whose resource is meant."""
        name = row.right.steps[0].name
        return name, name in _row_names(self._declaration.body) and not name[:1].isupper()

    def _candidates(self, row: Row, scope: _Scope) -> list[Resource]:
        if row.name in scope.bound:
            return [scope.bound[row.name]]
        kind = row.right.steps[0].name
        same = next((each for each in scope.bound.values() if each.get("resourceType") == kind), None)
        if same is not None and len(row.right.steps) > 1:
            return [same]
        return [each for each in self._resources if each.get("resourceType") == kind and self._is_related(row, each, scope.bound)]

    def _is_related(self, row: Row, resource: Resource, bound: Mapping[str, Resource]) -> bool:
        """Do its references name the resources around it, as `with subject = patient` and `in report.result` say?"""
        for binding in row.clauses.with_:
            other = bound.get(row_named(binding.value.alternatives[0].atom) or "")
            if other is not None and not _refers(resource, parse_element(binding.name, binding), other):
                return False
        if row.clauses.member_of is not None:
            holder = bound.get(row.clauses.member_of[0])
            if holder is not None and not _refers(holder, row.clauses.member_of[1], resource):
                return False
        return True

    def _write_fields(self, row: Row, path: V2Path, scope: _Scope, resource: Resource, shape: str) -> None:
        instance = self._instance(path, scope)
        steps = row.right.steps if row.value is not None else row.right.steps[1:]
        context = self._compiler.context(self._declaration, shape)
        rewritten = _retarget(row, FhirPath(steps, row.right.span))
        compiled = compile_back_row(context, rewritten)
        if instance is None or compiled is None:
            return
        fields = instance.segment(path.segment or "")
        frame = BackFrame(resource, 1, self._names, fields)
        try:
            compiled(self.run, frame)
            finish(self.run, frame)
        except Misread as error:
            self.run.report(error.code, error.detail, None, row.span)
        if not fields.by_number:
            instance.segments.remove(fields)

    def _write_segments(self, row: Row, path: V2Path, scope: _Scope, found: list[Resource], bound: dict[str, Resource]) -> None:
        """A whole segment for each resource, or for each item of the element the row names."""
        instance = self._instance(path, scope)
        if instance is None:
            return
        if len(found) > 1 and not self._repeats(path, scope):
            self.run.report(SEVERAL_TO_WRITE, f"{len(found)} resources", None, row.span)
            found = found[:1]
        _, added = self._kind(row)
        for resource in found:
            values: list[Json] = [resource]
            if len(row.right.steps) > 1:
                get = compile_get(str(resource["resourceType"]), FhirPath(row.right.steps[1:], row.right.span), [])
                values = [value for value, _ in get(resource, set())]
            for value in values:
                fields = Fields(path.segment or "")
                self._fill(row, fields, value)
                if fields.by_number:
                    instance.segments.append(fields)
            if not added:
                bound[row.name] = resource

    def _fill(self, row: Row, fields: Fields, value: Json) -> None:
        kind = value.get("resourceType", "") if isinstance(value, dict) else ""
        name = row.clauses.by.function if row.clauses.by is not None else ""
        declaration = self._program.maps.get(name) or self._program.find_by_types(fields.name, str(kind))
        if declaration is None or declaration.arrow is Arrow.FORWARD:
            self.run.report(NOT_WRITABLE, "no map goes this way", None, row.span)
            return
        try:
            self._compiler.segment_map(declaration)(self.run, value, {}, fields)
        except Misread as error:
            self.run.report(error.code, error.detail, None, row.span)

    # --- groups

    def _each(self, each: Each, scope: _Scope) -> None:
        row = next((item for item in each.body if isinstance(item, Row) and item.arrow is not Arrow.FORWARD and item.value is None), None)
        if row is None:
            return
        level = self._level(scope.level, tuple(each.group.split(".")))
        place = locate_group(self._version, self.structure, level) if level else None
        if place is None or level is None:
            return
        for resource in self._candidates(row, scope):
            names = place.names[len(scope.names) :]
            if place.bare is not None:
                inner = _walk(scope.instance, names[:-1])
                at = place.names[:-1]
            elif names:
                inner, at = _walk(scope.instance, names[:-1]).add_group(names[-1]), place.names
            else:
                inner, at = scope.instance, place.names
            self._body(each.body, _Scope(inner, level, at, {**scope.bound, row.name: resource}))

    def _level(self, around: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...] | None:
        if locate_group(self._version, self.structure, (*around, *names)) is not None:
            return (*around, *names)
        whole = find_group_path(self.structure, names[0])
        return (*whole, *names[1:]) if whole is not None and whole[: len(around)] == around else None

    def _instance(self, path: V2Path, scope: _Scope) -> _Instance | None:
        """Where the segment stands: in the groups of its path, below the group of the `each`."""
        level = (*scope.level, *(step.name for step in path.groups))
        place = locate_group(self._version, self.structure, level) if path.groups else None
        names = place.names if place is not None else scope.names
        if place is not None and place.bare is not None:
            names = names[:-1]
        elif place is None and path.groups:
            return None
        way = locate_segment(self._version, self.structure, level if place is not None else scope.level, path.segment or "")
        return _walk(scope.instance, (*names[len(scope.names) :], *(way.inner if way is not None else ())))

    def _repeats(self, path: V2Path, scope: _Scope) -> bool:
        level = (*scope.level, *(step.name for step in path.groups))
        place = locate_segment(self._version, self.structure, level, path.segment or "")
        return place is None or place.most is None or place.most > 1

    # --- header

    def complete_header(self, structure: str, when: tuple[Condition, ...]) -> None:
        """MSH-7, 9, 10, 11 and 12, where no row has written them, and set ids."""
        header = self.root.segment("MSH")
        code, _, event = structure.partition("_")
        event = next((each.values[0] for each in when if _is_event(each)), event)
        for number, raw in (
            (7, self._names.get("written_at", "")),
            (9, f"{code}^{event}^{structure}"),
            (10, self._names.get("control_id", "")),
            (11, "P"),
            (12, self._version),
        ):
            if raw and number not in header.by_number:
                header.by_number[number] = [raw.split("^")]
        _number_segments(self.root, self._version)


def _is_event(condition: Condition) -> bool:
    subject = condition.subject
    return isinstance(subject, V2Path) and subject.segment == "MSH" and subject.field == 9 and condition.test in {"=", "in"}


def _number_segments(instance: _Instance, version: str) -> None:
    """Set ids (OBX-1): the position among those of its name, where no row has written one."""
    counts: dict[str, int] = {}
    for fields in instance.segments:
        definition = dictionary.segment(version, fields.name)
        first = definition.field(1) if definition else None
        if first is not None and first.datatype == "SI":
            counts[fields.name] = counts.get(fields.name, 0) + 1
            fields.by_number.setdefault(1, [[str(counts[fields.name])]])
    for listed in instance.groups.values():
        singles: dict[str, int] = {}
        for inner in listed:
            _number_segments(inner, version)
            for fields in inner.segments[:1]:
                singles[fields.name] = singles.get(fields.name, 0) + 1
                if fields.by_number.get(1) == [["1"]]:
                    fields.by_number[1] = [[str(singles[fields.name])]]


def _walk(instance: _Instance, names: Sequence[str]) -> _Instance:
    for name in names:
        instance = instance.group(name)
    return instance


def _in_order(instance: _Instance, definition: GroupDef) -> Iterator[Fields]:
    """As the structure has them; what it does not have stands at the end of its group."""
    known = set()
    for child in definition.children:
        known.add(child.name)
        if isinstance(child, SegmentRef):
            yield from (fields for fields in instance.segments if fields.name == child.name)
        else:
            for inner in instance.groups.get(child.name, []):
                yield from _in_order(inner, child)
    yield from (fields for fields in instance.segments if fields.name not in known)


def _refers(resource: Resource, path: FhirPath, other: Resource) -> bool:
    get = compile_get(str(resource.get("resourceType", "")), path, [])
    return any(isinstance(value, dict) and _names(value.get("reference"), other) for value in _flat(get(resource, set())))


def _flat(found: list[tuple[Json, int]]) -> Iterator[Any]:
    for value, _ in found:
        if isinstance(value, list):
            yield from value
        else:
            yield value


def _names(reference: Json, other: Resource) -> bool:
    own = other.get("id")
    if not isinstance(reference, str) or not isinstance(own, str):
        return False
    return reference in {own, f"urn:uuid:{own}", f"{other.get('resourceType')}/{own}"} or reference.endswith(
        f"/{other.get('resourceType')}/{own}"
    )


def _row_names(items: tuple[Item, ...]) -> frozenset[str]:
    names: set[str] = set()
    for item in items:
        if isinstance(item, Row):
            names.add(item.name)
        elif isinstance(item, Each):
            names |= _row_names(item.body)
    return frozenset(names)


def _retarget(row: Row, right: FhirPath) -> Row:
    return replace(row, right=right)
