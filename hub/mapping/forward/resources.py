"""Rows of a message map: a resource for each segment or group a row reads, or more of one that another row has made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hub.codec.hl7v2 import Segment
from hub.codec.hl7v2.grouping import Group
from hub.core.json import Json
from hub.fhir.elements import resource_types
from hub.mapping.codes.run import ABSENT_REFUSED, LEFT_OUT, NOTHING_TO_REFER_TO
from hub.mapping.forward.attached import Decorate, compile_with, parse_element, row_named
from hub.mapping.forward.conditions import RawText, compile_condition, compile_guard, compile_raw, compile_unless, presence
from hub.mapping.forward.making import Draft, Reference
from hub.mapping.forward.maps import Compiler
from hub.mapping.forward.nodes import Node
from hub.mapping.forward.planning import Guard, Planned
from hub.mapping.forward.reach import GroupReach, Levels, Test
from hub.mapping.forward.read_v2 import Found
from hub.mapping.forward.rows import compile_row
from hub.mapping.forward.sources import Alternative, CompileRow, compile_alternative
from hub.mapping.forward.tracing import prefix_steps
from hub.mapping.forward.values import Convert
from hub.mapping.forward.write_fhir import add_to, compile_put
from hub.mapping.running import Frame, LeaveOut, Place, Run
from hub.mapping.syntax import Each, FhirPath, Item, MapDeclaration, Mode, Row, V2Path
from hub.mapping.types.structures import locate_group
from hub.mapping.values.primitives import Misread

__all__ = ["Action", "Levels", "MessageContext", "compile_resource_row", "holds", "row_names"]

Action = Callable[[Run, Frame], None]


@dataclass(frozen=True, slots=True)
class MessageContext:
    """What is the same in the whole map. rows: the names of all its rows, for references."""

    compiler: Compiler
    declaration: MapDeclaration
    structure: str
    rows: frozenset[str]

    def reach(self, levels: Levels) -> GroupReach:
        return GroupReach(self.compiler.version, self.structure, levels, self.compiler.program, compile_condition, self.compiler.coverage)

    def locate(self, path: tuple[str, ...]) -> tuple[str, ...] | None:
        place = locate_group(self.compiler.version, self.structure, path)
        return None if place is None else place.names


def row_names(items: tuple[Item, ...]) -> frozenset[str]:
    names: set[str] = set()
    for item in items:
        if isinstance(item, Row):
            names.add(item.name)
        elif isinstance(item, Each):
            names |= row_names(item.body)
    return frozenset(names)


def holds(run: Run, frame: Frame, guards: Sequence[Test], unless: Sequence[Test]) -> bool:
    for guard in guards:
        if not guard(run, frame):
            return False
    return not unless or not all(test(run, frame) for test in unless)


def compile_resource_row(messages: MessageContext, row: Row, levels: Levels) -> Planned:
    kind = row.right.steps[0].name
    if kind in messages.rows and kind not in resource_types():
        return _added_row(messages, row, levels)
    if len(row.right.steps) > 1:
        return _element_row(messages, row, levels, kind)
    made = _made_row(messages, row, levels, kind)
    return _plan(messages, made, levels) if made.single else Planned(made)


def _plan(messages: MessageContext, made: _Made, levels: Levels) -> Planned:
    """The guards are about the instance: they are asked for all rows together."""
    clauses, reach = made.row.clauses, messages.reach(levels)
    guards = [compile_guard(condition, reach) for condition in clauses.when]
    return Planned(replace(made, guards=(), unless=()), (*guards, *compile_unless(clauses.unless, reach)))


# --- a resource of its own


@dataclass(frozen=True, slots=True)
class _Made:
    """single: the row reads one segment of the instance, or the instance itself, so its clauses are about the instance.

    Otherwise they are about each segment that is found, and asked in a frame of its own.
    """

    row: Row
    rule: str
    kind: str
    single: bool
    traced: bool
    guards: Sequence[Test]
    unless: Sequence[Test]
    alternatives: Sequence[Alternative]
    converts: Sequence[Convert]
    keys: Sequence[RawText]
    decorate: Decorate | None
    references: Sequence[Reference]

    def __call__(self, run: Run, frame: Frame) -> None:
        if self.single and not holds(run, frame, self.guards, self.unless):
            return
        found, at = self._find(run, frame)
        if not found and self.row.clauses.policy == "refuse":
            run.report(ABSENT_REFUSED, "absent", _spelling(self.row), self.row.span)
        for raw, place in found:
            inner = frame if self.single else _inner_frame(frame, place)
            if self.single or holds(run, inner, self.guards, self.unless):
                self._make(run, frame.node, inner, (at, raw, place))

    def _find(self, run: Run, frame: Frame) -> tuple[Found, int]:
        for at, alternative in enumerate(self.alternatives):
            found = alternative.read(run, frame)
            if found:
                return found, at
        return (), 0

    def _make(self, run: Run, node: Node, inner: Frame, source: tuple[int, str, Place]) -> None:
        mark = len(run.steps)
        run.cleared = set()
        resource = self._convert(run, inner, *source)
        if not isinstance(resource, dict):
            return
        resource.setdefault("resourceType", self.kind)
        key = tuple([_key_text(run, read(run, inner)) for read in self.keys])
        draft: Draft = run.making.draft(
            self.rule, resource, mode=self.row.clauses.mode or Mode.REPLACE, key=key, cleared=frozenset(run.cleared)
        )
        if self.decorate is not None:
            self.decorate(run, inner, resource)
        node.made[self.row.name] = node.made[":" + self.kind] = draft
        for reference in self.references:
            run.making.refer(reference, draft, node)
        if self.traced:
            count = sum(other.resource["resourceType"] == self.kind for other in run.making.drafts)
            prefix_steps(run, mark, f"{self.kind}[{count}]", draft.full_url)

    def _convert(self, run: Run, inner: Frame, at: int, raw: str, place: Place) -> Json:
        level = 1 + (self.alternatives[at].depth or 0)
        try:
            return self.converts[at](run, inner, raw, level, place)
        except LeaveOut:
            return None
        except Misread as error:
            if self.row.clauses.policy == "skip":
                run.report(LEFT_OUT, f"cannot be read: {error.detail}", error.place or place, self.row.span)
            else:
                run.report_misread(error, error.place or place, self.row.span)
            return None


def _made_row(messages: MessageContext, row: Row, levels: Levels, kind: str) -> _Made:
    atom = row.left.alternatives[0].atom
    reach = own = messages.reach(levels)
    is_whole = isinstance(atom, V2Path) and atom.field is None
    single = isinstance(atom, V2Path) and is_whole and len(row.left.alternatives) == 1 and reach.is_single(atom)
    if isinstance(atom, V2Path) and is_whole and not single:
        own = messages.reach((*levels, reach.level_of(atom)))
    compiler = messages.compiler
    context, outer = (CompileRow(compiler, messages.declaration, each, kind) for each in (own, reach))
    bare = replace(row, clauses=replace(row.clauses, when=(), unless=()))
    return _Made(
        row,
        f"{messages.declaration.name}.{row.name}",
        kind,
        single=single,
        traced=compiler.traced,
        guards=[compile_condition(condition, own) for condition in row.clauses.when],
        unless=[compile_condition(condition, own) for condition in row.clauses.unless],
        alternatives=[compile_alternative(outer, bare, each.atom, each.because, kind) for each in row.left.alternatives],
        converts=[compile_alternative(context, bare, each.atom, each.because, kind).convert for each in row.left.alternatives],
        keys=[compile_raw(key, own, compiler.program) for key in row.clauses.key],
        decorate=compile_with(context, row, kind, rows=messages.rows),
        references=_references(messages, row, kind),
    )


def _inner_frame(frame: Frame, place: Place) -> Frame:
    """For the clauses of a row that reads whole segments or groups: they are about this one."""
    outer: Node = frame.node
    if isinstance(place, Segment):
        node = Node(Group(place.name, [place]), outer)
        node.above, node.below = outer.above, outer.below
        return Frame(place.fields, 1, place, frame.names, node)
    if isinstance(place, Node):
        node = Node(place.group, outer)
        node.above, node.below = place.above, place.below
        return Frame([], 1, None, frame.names, node)
    return frame


def _spelling(row: Row) -> str | None:
    atom = row.left.alternatives[0].atom
    return (atom.segment or ".".join(step.name for step in atom.groups)) if isinstance(atom, V2Path) else None


def _key_text(run: Run, raw: str) -> str:
    return raw.rstrip(run.separators[1] + run.separators[2])


# --- references


def _references(messages: MessageContext, row: Row, kind: str) -> list[Reference]:
    found: list[Reference] = []
    for binding in row.clauses.with_:
        name = row_named(binding.value.alternatives[0].atom)
        if name is not None and name in messages.rows:
            found.append(Reference(name, compile_put(kind, parse_element(binding.name, binding)), binding.span))
    if row.clauses.member_of is not None:
        other, path = row.clauses.member_of
        shape = _kind_of_row(messages.declaration.body, other) or kind
        found.append(Reference(other, compile_put(shape, path), path.span, listed=True))
    return found


def _kind_of_row(items: tuple[Item, ...], name: str) -> str | None:
    for item in items:
        if isinstance(item, Row) and item.name == name and item.right.steps:
            return item.right.steps[0].name
        if isinstance(item, Each) and (found := _kind_of_row(item.body, name)):
            return found
    return None


# --- more of a resource


def _added_row(messages: MessageContext, row: Row, levels: Levels) -> Planned:
    """`practice PD1 <-> patient by pd1`, `note NTE <-> result.note[*]`: into the resource that another row has made."""
    target = row.right.steps[0].name
    kind = _kind_of_row(messages.declaration.body, target) or ""
    reach = messages.reach(levels)
    if len(row.right.steps) > 1:
        return _element_row(messages, row, levels, kind, target)
    context = CompileRow(messages.compiler, messages.declaration, reach, kind)
    alternative = compile_alternative(context, row, row.left.alternatives[0].atom, None, kind)
    guards = [compile_condition(condition, reach) for condition in row.clauses.when]
    unless = [compile_condition(condition, reach) for condition in row.clauses.unless]

    def add(run: Run, frame: Frame) -> None:
        draft = frame.node.find_made(target)
        if not holds(run, frame, guards, unless):
            return
        for raw, place in alternative.read(run, frame):
            if draft is None:
                run.report(NOTHING_TO_REFER_TO, f"the row `{target}` made nothing", place, row.span)
                return
            mark = len(run.steps)
            run.cleared = set()
            try:
                value = alternative.convert(run, frame, raw, 1, place)
            except LeaveOut:
                continue
            if isinstance(value, dict):
                add_to(draft.resource, value)
            draft.cleared |= frozenset(run.cleared)
            prefix_steps(run, mark, kind, draft.full_url)

    return Planned(add)


def _element_row(messages: MessageContext, row: Row, levels: Levels, kind: str, target: str | None = None) -> Planned:
    """`Patient.birthDate`: into the nearest resource of that type, or one of its own where no row has made one."""
    path = row.right
    reach = messages.reach(levels)
    context = CompileRow(messages.compiler, messages.declaration, reach, kind)
    inner = compile_row(context, replace(row, right=FhirPath(path.steps[1:], path.span)))
    make = _own_draft(messages, row, kind, reach) if target is None else None
    wanted = target or ":" + kind
    atom = row.left.alternatives[0].atom
    optional = isinstance(atom, V2Path) and len(row.left.alternatives) == 1 and row.clauses.default is None and row.clauses.policy is None
    asked = presence(atom, reach) if isinstance(atom, V2Path) and optional else None

    def write(run: Run, frame: Frame) -> None:
        draft = frame.node.find_made(wanted)
        within = Frame([], 1, None, frame.names, frame.node)
        if draft is not None:
            within.out, within.items = draft.resource, draft.items
        else:
            within.out = {"resourceType": kind}
        mark = len(run.steps)
        run.cleared = set()
        try:
            inner(run, within)
        except LeaveOut:
            return
        if draft is None and len(within.out) > 1:
            if make is None:
                run.report(NOTHING_TO_REFER_TO, f"the row `{target}` made nothing", None, row.span)
                return
            draft = make(run, frame, within)
        if draft is not None:
            draft.cleared |= frozenset(run.cleared)
            prefix_steps(run, mark, kind, draft.full_url)

    if asked is None:
        return Planned(write)
    is_there = asked[1]
    return Planned(write, (Guard(lambda run, frame: bool(is_there(run, frame)), (asked,)),))


def _own_draft(messages: MessageContext, row: Row, kind: str, reach: GroupReach) -> Callable[[Run, Frame, Frame], Draft]:
    keys = [compile_raw(key, reach, messages.compiler.program) for key in row.clauses.key]
    rule = f"{messages.declaration.name}.{row.name}"
    mode = row.clauses.mode or Mode.REPLACE

    def make(run: Run, frame: Frame, within: Frame) -> Draft:
        key = tuple(_key_text(run, read(run, frame)) for read in keys)
        draft: Draft = run.making.draft(rule, within.out, mode=mode, key=key, cleared=frozenset())
        draft.items = within.items
        frame.node.made[":" + kind] = frame.node.made[row.name] = draft
        return draft

    return make
