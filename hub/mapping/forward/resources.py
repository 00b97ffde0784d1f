"""Rows of a message map: a resource for each segment, group or repetition that a row reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub.codec.hl7v2 import Segment
from hub.codec.hl7v2.grouping import Group
from hub.core.json import Json
from hub.fhir.elements import resource_types
from hub.mapping.codes.run import ABSENT_REFUSED, LEFT_OUT
from hub.mapping.forward.additions import added_row, element_row, name_steps
from hub.mapping.forward.attached import Decorate, compile_with, parse_element, row_named
from hub.mapping.forward.conditions import RawText, compile_condition, compile_guard, compile_raw, compile_unless
from hub.mapping.forward.making import Draft, Reference
from hub.mapping.forward.message_context import Levels, MessageContext, holds, key_text, kind_of_row
from hub.mapping.forward.nodes import Node
from hub.mapping.forward.planning import Planned
from hub.mapping.forward.reach import Test
from hub.mapping.forward.read_v2 import Found
from hub.mapping.forward.repetitions import frame_of_repetition, repeated_paths
from hub.mapping.forward.sources import Alternative, CompileRow, compile_alternative
from hub.mapping.forward.tracing import mark_of
from hub.mapping.forward.unmade import Why
from hub.mapping.forward.values import Convert
from hub.mapping.forward.write_fhir import compile_put, fhir_type_at
from hub.mapping.running import Frame, LeaveOut, Place, Run
from hub.mapping.syntax import Mode, Row, V2Path
from hub.mapping.values.primitives import Misread

__all__ = ["compile_resource_row"]


def compile_resource_row(messages: MessageContext, row: Row, levels: Levels) -> Planned:
    planned = _compile(messages, row, levels)
    watch = messages.compiler.program.watch
    return planned if watch is None else replace(planned, body=watch.making(row, planned.body))


def _compile(messages: MessageContext, row: Row, levels: Levels) -> Planned:
    kind = row.right.steps[0].name
    if kind in messages.rows and kind not in resource_types():
        return added_row(messages, row, levels)
    if len(row.right.steps) > 1:
        return element_row(messages, row, levels, kind)
    made = _made_row(messages, row, levels, kind)
    return _plan(messages, made, levels) if made.single and made.why is None else Planned(made)


def _plan(messages: MessageContext, made: _Made, levels: Levels) -> Planned:
    """The guards are about the instance: they are asked for all rows together."""
    clauses, reach = made.row.clauses, messages.reach(levels)
    guards = [compile_guard(condition, reach) for condition in clauses.when]
    return Planned(replace(made, guards=(), unless=()), (*guards, *compile_unless(clauses.unless, reach)))


# --- a resource of its own


@dataclass(frozen=True, slots=True)
class _Made:
    """why: for a trace. single: the row reads one segment of the instance, or the instance itself, so its clauses are about the instance.

    Otherwise they are about each segment, or each repetition of a field, that is found, and asked in a frame of its own.
    """

    row: Row
    rule: str
    kind: str
    single: bool
    repeated: bool
    why: Why | None
    guards: Sequence[Test]
    unless: Sequence[Test]
    alternatives: Sequence[Alternative]
    converts: Sequence[Convert]
    keys: Sequence[RawText]
    decorate: Decorate | None
    references: Sequence[Reference]

    def __call__(self, run: Run, frame: Frame) -> None:
        if self.single and not self._is_wanted(run, frame):
            return
        found, at = self._find(run, frame)
        if not found and self.row.clauses.policy == "refuse":
            run.report(ABSENT_REFUSED, "absent", _spelling(self.row), self.row.span)
        if not found and self.why is not None:
            self.why.record_empty(run, frame)
        for raw, place in found:
            inner = frame if self.single else self._inner_frame(run, frame, place)
            if self.single or self._is_wanted(run, inner):
                self._make(run, frame.node, inner, (at, raw, place))

    def _is_wanted(self, run: Run, frame: Frame) -> bool:
        wanted = holds(run, frame, self.guards, self.unless)
        if not wanted and self.why is not None:
            self.why.record_guard(run, frame)
        return wanted

    def _find(self, run: Run, frame: Frame) -> tuple[Found, int]:
        for at, alternative in enumerate(self.alternatives):
            found = alternative.read(run, frame)
            if found:
                return found, at
        return (), 0

    def _inner_frame(self, run: Run, frame: Frame, place: Place) -> Frame:
        return frame_of_repetition(run, frame, place) if self.repeated else _frame_within(frame, place)

    def _make(self, run: Run, node: Node, inner: Frame, source: tuple[int, str, Place]) -> None:
        mark = mark_of(run) if self.why is not None else None
        run.cleared = set()
        resource = self._convert(run, inner, *source)
        if not isinstance(resource, dict):
            if self.why is not None:
                self.why.record_unread(run, inner)
            return
        resource.setdefault("resourceType", self.kind)
        key = tuple([key_text(run, read(run, inner)) for read in self.keys])
        if self.decorate is not None:
            self.decorate(run, inner, resource)
        draft: Draft = run.making.draft(
            self.rule, resource, mode=self.row.clauses.mode or Mode.REPLACE, key=key, cleared=frozenset(run.cleared)
        )
        node.made[self.row.name] = node.made[":" + self.kind] = draft
        for reference in self.references:
            run.making.refer(reference, draft, node)
        if mark is not None:
            count = sum(other.resource["resourceType"] == self.kind for other in run.making.drafts)
            name_steps(run, mark, f"{self.kind}[{count}]", draft)

    def _convert(self, run: Run, inner: Frame, at: int, raw: str, place: Place) -> Json:
        level = 1 + (self.alternatives[at].depth or 0)
        try:
            return self.converts[at](run, inner, raw, level, place)
        except LeaveOut:
            return None
        except Misread as error:
            run.unread = error
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
    repeated = repeated_paths(row)
    if repeated:
        own = messages.repetition_reach(levels, repeated)
    compiler = messages.compiler
    context, outer = (CompileRow(compiler, messages.declaration, each, kind) for each in (own, reach))
    bare = replace(row, clauses=replace(row.clauses, when=(), unless=()))
    return _Made(
        row,
        f"{messages.declaration.name}.{row.name}",
        kind,
        single=single,
        repeated=bool(repeated),
        why=Why.of(messages.declaration.name, row, own, kind) if compiler.traced else None,
        guards=[compile_condition(condition, own) for condition in row.clauses.when],
        unless=[compile_condition(condition, own) for condition in row.clauses.unless],
        alternatives=[compile_alternative(outer, bare, each.atom, each.because, kind) for each in row.left.alternatives],
        converts=[compile_alternative(context, bare, each.atom, each.because, kind).convert for each in row.left.alternatives],
        keys=[compile_raw(key, own, compiler.program) for key in row.clauses.key],
        decorate=compile_with(context, row, kind, rows=messages.rows),
        references=_references(messages, row, kind),
    )


def _frame_within(frame: Frame, place: Place) -> Frame:
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


# --- references


def _references(messages: MessageContext, row: Row, kind: str) -> list[Reference]:
    found: list[Reference] = []
    for binding in row.clauses.with_:
        name = row_named(binding.value.alternatives[0].atom)
        if name is not None and name in messages.rows:
            path = parse_element(binding.name, binding)
            plain = len(path.steps) == 1 and not fhir_type_at(kind, path.steps)[1]
            first = path.steps[0]
            item = (first.name, first.index) if isinstance(first.index, int) and len(path.steps) > 1 else None
            found.append(Reference(name, compile_put(kind, path), binding.span, element=first.name if plain else None, item=item))
    if row.clauses.member_of is not None:
        other, path = row.clauses.member_of
        shape = kind_of_row(messages.declaration.body, other) or kind
        found.append(Reference(other, compile_put(shape, path), path.span, listed=True))
    return found
