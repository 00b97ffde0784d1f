"""Rows of a message map that fill a resource which another row has made: `practice PD1 <-> patient by pd1`, `note NTE <-> result.note[*]`,
`Patient.birthDate`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hub.mapping.codes.run import NOTHING_TO_REFER_TO
from hub.mapping.forward.conditions import compile_condition, compile_raw, presence
from hub.mapping.forward.making import Draft
from hub.mapping.forward.message_context import Levels, MessageContext, holds, key_text, kind_of_row
from hub.mapping.forward.planning import Guard, Planned
from hub.mapping.forward.reach import GroupReach, Test
from hub.mapping.forward.rows import compile_row
from hub.mapping.forward.sources import Alternative, CompileRow, compile_alternative
from hub.mapping.forward.tracing import Mark, forget_since, mark_of, prefix_since
from hub.mapping.forward.unmade import Why
from hub.mapping.forward.write_fhir import add_to
from hub.mapping.running import Frame, LeaveOut, Place, Run
from hub.mapping.syntax import FhirPath, Mode, Row, V2Path

__all__ = ["added_row", "element_row", "name_steps"]


def added_row(messages: MessageContext, row: Row, levels: Levels) -> Planned:
    """`practice PD1 <-> patient by pd1`: the whole of the other resource is the target."""
    target = row.right.steps[0].name
    kind = kind_of_row(messages.declaration.body, target) or ""
    if len(row.right.steps) > 1:
        return element_row(messages, row, levels, kind, target)
    reach = messages.reach(levels)
    context = CompileRow(messages.compiler, messages.declaration, reach, kind)
    return Planned(
        _Added(
            row,
            target,
            kind,
            compile_alternative(context, row, row.left.alternatives[0].atom, None, kind),
            [compile_condition(condition, reach) for condition in row.clauses.when],
            [compile_condition(condition, reach) for condition in row.clauses.unless],
            Why.of(messages.declaration.name, row, reach, kind) if messages.compiler.traced else None,
        )
    )


@dataclass(frozen=True, slots=True)
class _Added:
    """target: the row whose resource is added to. why: for a trace."""

    row: Row
    target: str
    kind: str
    alternative: Alternative
    guards: Sequence[Test]
    unless: Sequence[Test]
    why: Why | None

    def __call__(self, run: Run, frame: Frame) -> None:
        draft = frame.node.find_made(self.target)
        if not holds(run, frame, self.guards, self.unless):
            if self.why is not None:
                self.why.record_guard(run, frame)
            return
        found = self.alternative.read(run, frame)
        if not found and self.why is not None:
            self.why.record_empty(run, frame)
        for raw, place in found:
            if draft is None:
                run.report(NOTHING_TO_REFER_TO, f"the row `{self.target}` made nothing", place, self.row.span)
                return
            self._add(run, frame, draft, raw, place)

    def _add(self, run: Run, frame: Frame, draft: Draft, raw: str, place: Place) -> None:
        mark = mark_of(run) if self.why is not None else None
        run.cleared = set()
        try:
            value = self.alternative.convert(run, frame, raw, 1, place)
        except LeaveOut:
            value, run.cleared = None, set()
        if isinstance(value, dict):
            add_to(draft.resource, value)
        draft.cleared |= frozenset(run.cleared)
        if mark is not None:
            name_steps(run, mark, self.kind, draft)


def element_row(messages: MessageContext, row: Row, levels: Levels, kind: str, target: str | None = None) -> Planned:
    """`Patient.birthDate`: into the nearest resource of that type, or one of its own where no row has made one."""
    path = row.right
    reach = messages.reach(levels)
    context = CompileRow(messages.compiler, messages.declaration, reach, kind)
    write = _Element(
        row,
        kind,
        target,
        compile_row(context, replace(row, right=FhirPath(path.steps[1:], path.span))),
        _own_draft(messages, row, kind, reach) if target is None else None,
        traced=messages.compiler.traced,
    )
    atom = row.left.alternatives[0].atom
    optional = len(row.left.alternatives) == 1 and row.clauses.default is None and row.clauses.policy is None
    if not isinstance(atom, V2Path) or not optional or messages.compiler.traced:
        return Planned(write)
    asked = presence(atom, reach)
    is_there = asked[1]
    return Planned(write, (Guard(lambda run, frame: bool(is_there(run, frame)), (asked,)),))


@dataclass(frozen=True, slots=True)
class _Element:
    """target: the row whose resource is written into; None: the nearest of the kind. make: a resource of its own."""

    row: Row
    kind: str
    target: str | None
    write: Callable[[Run, Frame], None]
    make: Callable[[Run, Frame, Frame], Draft] | None
    traced: bool

    def __call__(self, run: Run, frame: Frame) -> None:
        draft: Draft | None = frame.node.find_made(self.target or ":" + self.kind)
        mark = mark_of(run) if self.traced else None
        run.cleared = set()
        try:
            draft = self._write(run, frame, draft)
        except LeaveOut:
            draft = None
        if draft is not None:
            draft.cleared |= frozenset(run.cleared)
        if mark is not None:
            name_steps(run, mark, self.kind, draft)

    def _write(self, run: Run, frame: Frame, draft: Draft | None) -> Draft | None:
        within = Frame([], 1, None, frame.names, frame.node)
        if draft is not None:
            within.out, within.items = draft.resource, draft.items
        else:
            within.out = {"resourceType": self.kind}
        self.write(run, within)
        if draft is not None or len(within.out) == 1:
            return draft
        if self.make is not None:
            return self.make(run, frame, within)
        run.report(NOTHING_TO_REFER_TO, f"the row `{self.target}` made nothing", None, self.row.span)
        return None


def name_steps(run: Run, mark: Mark, kind: str, draft: Draft | None) -> None:
    """For a trace: whose elements these are."""
    if draft is not None and draft.again:
        forget_since(run, mark)
    else:
        prefix_since(run, mark, kind, draft.full_url if draft is not None else None)


def _own_draft(messages: MessageContext, row: Row, kind: str, reach: GroupReach) -> Callable[[Run, Frame, Frame], Draft]:
    keys = [compile_raw(key, reach, messages.compiler.program) for key in row.clauses.key]
    rule = f"{messages.declaration.name}.{row.name}"
    mode = row.clauses.mode or Mode.REPLACE

    def make(run: Run, frame: Frame, within: Frame) -> Draft:
        key = tuple(key_text(run, read(run, frame)) for read in keys)
        draft: Draft = run.making.draft(rule, within.out, mode=mode, key=key, cleared=frozenset())
        draft.items = within.items
        frame.node.made[":" + kind] = frame.node.made[row.name] = draft
        return draft

    return make
