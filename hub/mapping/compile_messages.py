"""Message maps, forward: groups to resources. Each row is bound to an instance of a group; nothing is flattened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hub.codec.hl7v2 import Segment
from hub.codec.hl7v2.grouping import Group
from hub.fhir.elements import resource_types
from hub.mapping.codes_run import ABSENT_REFUSED, LEFT_OUT, NODE_WITHOUT_NUMBER, NOTHING_TO_REFER_TO
from hub.mapping.compile_maps import Compiler
from hub.mapping.compile_rows import Alternative, CompileRow, compile_alternative, compile_row
from hub.mapping.compile_tests import compile_condition, compile_raw
from hub.mapping.compile_with import compile_with, parse_element, row_named
from hub.mapping.making import Draft
from hub.mapping.nodes import Node, arrange_tree, instances
from hub.mapping.primitives import Misread
from hub.mapping.reach import GroupReach, Test
from hub.mapping.running import Frame, LeaveOut, Place, Run
from hub.mapping.structures import find_group_path, locate_group
from hub.mapping.syntax import (
    Arrow,
    Each,
    Expression,
    FhirPath,
    Item,
    LeftOut,
    Let,
    MapDeclaration,
    Mode,
    Row,
    V2Path,
)
from hub.mapping.tracing import prefix_steps
from hub.mapping.write_fhir import add_to, compile_put

__all__ = ["Action", "compile_message"]

Action = Callable[[Run, Frame], None]
Levels = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Messages:
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


def compile_message(compiler: Compiler, declaration: MapDeclaration, structure: str) -> list[Action]:
    messages = _Messages(compiler, declaration, structure, frozenset(_row_names(declaration.body)))
    return _compile_body(messages, declaration.body, ((),))


def _row_names(items: tuple[Item, ...]) -> list[str]:
    names: list[str] = []
    for item in items:
        if isinstance(item, Row):
            names.append(item.name)
        elif isinstance(item, Each):
            names.extend(_row_names(item.body))
    return names


def _compile_body(messages: _Messages, body: tuple[Item, ...], levels: Levels) -> list[Action]:
    actions: list[Action] = []
    for item in body:
        match item:
            case Row() if item.arrow is not Arrow.BACKWARD and item.right.steps:
                actions.append(_resource_row(messages, item, levels))
            case Each():
                actions.append(_each(messages, item, levels))
            case Let():
                actions.append(_let(item.name, compile_raw(item.value, messages.reach(levels), messages.compiler.program)))
            case LeftOut():
                actions.extend(_left_out(messages, item, levels))
            case _:
                continue
    return actions


def _let(name: str, read: Callable[[Run, Frame], str]) -> Action:
    def let(run: Run, frame: Frame) -> None:
        frame.names[name] = read(run, frame)

    return let


# --- each


def _each(messages: _Messages, each: Each, levels: Levels) -> Action:
    steps = _steps(messages, each.group, levels[-1])
    inner = levels
    ways: list[tuple[str, ...]] = []
    for step in steps:
        path = (*inner[-1], step)
        ways.append(_way(messages, inner[-1], path))
        inner = (*inner, path)
    reach = messages.reach(inner)
    wheres = [compile_condition(condition, reach) for condition in each.where]
    number = compile_raw(Expression((_alternative(each.tree),), each.tree.span), reach, messages.compiler.program) if each.tree else None
    actions = _compile_body(messages, each.body, inner)
    has_lets = any(isinstance(item, Let) for item in each.body)

    def run_each(run: Run, frame: Frame) -> None:
        nodes = [frame.node]
        for way in ways:
            nodes = [Node(group, node) for node in nodes for group in (instances(node.group, way) if way else [node.group])]
        frames = [Frame([], 1, None, dict(frame.names) if has_lets else frame.names, node) for node in nodes]
        if wheres:
            frames = [inner for inner in frames if all(test(run, inner) for test in wheres)]
        if number is not None:
            numbers = [run.text_of(number(run, inner)) for inner in frames]
            for at in arrange_tree([inner.node for inner in frames], numbers):
                run.report(NODE_WITHOUT_NUMBER, "no dotted number, or one that was there before", _first_segment(frames[at].node.group))
        for inner in frames:
            for action in actions:
                action(run, inner)

    return run_each


def _alternative(path: V2Path) -> Any:
    from hub.mapping.syntax import Alternative as AlternativeSyntax  # noqa: PLC0415

    return AlternativeSyntax(path)


def _first_segment(group: Group) -> Place:
    return next(group.walk(), None)


def _steps(messages: _Messages, group: str, level: tuple[str, ...]) -> tuple[str, ...]:
    """`each OBSERVATION` may leave out the groups around it."""
    names = tuple(group.split("."))
    if messages.locate((*level, *names)) is not None:
        return names
    whole = find_group_path(messages.structure, names[0])
    if whole is not None and whole[: len(level)] == level:
        return (*whole[len(level) :], *names[1:])
    return names


def _way(messages: _Messages, around: tuple[str, ...], path: tuple[str, ...]) -> tuple[str, ...]:
    start, end = messages.locate(around), messages.locate(path)
    if start is None or end is None:
        return ("?",)  # the version has no such group: no instances
    return end[len(start) :]


# --- what is left out


def _left_out(messages: _Messages, item: LeftOut, levels: Levels) -> list[Action]:
    reach = messages.reach(levels)
    if not item.when:
        for path in item.paths:
            reach.cover(path)
        return []
    tests = [compile_condition(condition, reach) for condition in item.when]
    sources = [(reach.segments_at(path), path.field or 0) for path in item.paths]

    def leave_out(run: Run, frame: Frame) -> None:
        if _holds(run, frame, tests, []):
            for read, field in sources:
                for segment in read(run, frame):
                    run.left_out.add((segment.index, field))

    return [leave_out]


# --- rows


def _resource_row(messages: _Messages, row: Row, levels: Levels) -> Action:
    path = row.right
    kind = path.steps[0].name
    if kind in messages.rows and kind not in resource_types():
        return _added_row(messages, row, levels)
    if len(path.steps) > 1:
        return _element_row(messages, row, levels, kind)
    atom = row.left.alternatives[0].atom
    reach = messages.reach(levels)
    own = reach
    single = isinstance(atom, V2Path) and atom.field is None and len(row.left.alternatives) == 1 and reach.is_single(atom)
    if isinstance(atom, V2Path) and atom.field is None and not single:
        own = messages.reach((*levels, reach.level_of(atom)))
    context = CompileRow(messages.compiler, messages.declaration, own, kind)
    outer = CompileRow(messages.compiler, messages.declaration, reach, kind)
    whole = replace(row, clauses=replace(row.clauses, when=(), unless=()))
    alternatives = [compile_alternative(outer, whole, each.atom, each.because, kind) for each in row.left.alternatives]
    converts = [compile_alternative(context, whole, each.atom, each.because, kind).convert for each in row.left.alternatives]
    make = _make_rows(messages, row, kind, own, context, alternatives, converts, single=single)
    if not single:
        return make
    guards = [compile_condition(condition, own) for condition in row.clauses.when]
    unless = [compile_condition(condition, own) for condition in row.clauses.unless]

    def make_if(run: Run, frame: Frame) -> None:
        if _holds(run, frame, guards, unless):
            make(run, frame)

    return make_if


def _make_rows(
    messages: _Messages,
    row: Row,
    kind: str,
    own: GroupReach,
    context: CompileRow,
    alternatives: list[Alternative],
    converts: list[Any],
    *,
    single: bool,
) -> Action:
    """single: the row reads one segment of the instance, so its clauses are about the instance, and its guards have been asked."""
    guards = [] if single else [compile_condition(condition, own) for condition in row.clauses.when]
    unless = [] if single else [compile_condition(condition, own) for condition in row.clauses.unless]
    keys = [compile_raw(key, own, messages.compiler.program) for key in row.clauses.key]
    decorate = compile_with(context, row, kind, rows=messages.rows)
    refer = _references(messages, row, kind)
    rule = f"{messages.declaration.name}.{row.name}"
    mode = row.clauses.mode or Mode.REPLACE
    traced = messages.compiler.traced
    span = row.span

    def make(run: Run, frame: Frame) -> None:
        found, at = _first_found(run, frame, alternatives)
        if not found:
            _report_absent(run, row)
        for raw, place in found:
            inner = frame if single or place is frame.node else _inner_frame(frame, place)
            if not _holds(run, inner, guards, unless):
                continue
            mark = len(run.steps)
            run.cleared = set()
            try:
                level = 1 if alternatives[at].depth is None else 1 + (alternatives[at].depth or 0)
                resource = converts[at](run, inner, raw, level, place)
            except LeaveOut:
                continue
            except Misread as error:
                if row.clauses.policy == "skip":
                    run.report(LEFT_OUT, f"cannot be read: {error.detail}", error.place or place, span)
                else:
                    run.report_misread(error, error.place or place, span)
                continue
            if not isinstance(resource, dict):
                continue
            resource.setdefault("resourceType", kind)
            key = tuple(_key_text(run, read(run, inner)) for read in keys)
            draft = run.making.draft(rule, resource, mode, key, frozenset(run.cleared))
            if decorate is not None:
                decorate(run, inner, resource)
            frame.node.made[row.name] = frame.node.made[":" + kind] = draft
            for each in refer:
                each(run, draft, frame.node)
            if traced:
                prefix_steps(
                    run, mark, f"{kind}[{sum(other.resource['resourceType'] == kind for other in run.making.drafts)}]", draft.full_url
                )

    return make


def _first_found(run: Run, frame: Frame, alternatives: list[Alternative]) -> tuple[Any, int]:
    for at, alternative in enumerate(alternatives):
        found = alternative.read(run, frame)
        if found:
            return found, at
    return (), 0


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


def _holds(run: Run, frame: Frame, guards: list[Test], unless: list[Test]) -> bool:
    for guard in guards:
        if not guard(run, frame):
            return False
    if not unless:
        return True
    return not all(test(run, frame) for test in unless)


def _report_absent(run: Run, row: Row) -> None:
    if row.clauses.policy == "refuse":
        run.report(ABSENT_REFUSED, "absent", _spelling(row), row.span)


def _spelling(row: Row) -> str | None:
    atom = row.left.alternatives[0].atom
    return (atom.segment or ".".join(step.name for step in atom.groups)) if isinstance(atom, V2Path) else None


def _key_text(run: Run, raw: str) -> str:
    return raw.rstrip(run.separators[1] + run.separators[2])


def _references(messages: _Messages, row: Row, kind: str) -> list[Callable[[Run, Draft, Node], None]]:
    found: list[Callable[[Run, Draft, Node], None]] = []
    for binding in row.clauses.with_:
        name = row_named(binding.value.alternatives[0].atom)
        if name in messages.rows:
            put = compile_put(kind, parse_element(binding.name, binding))
            found.append(_refer(put, name or "", binding.span))
    if row.clauses.member_of is not None:
        other, path = row.clauses.member_of
        shape = _kind_of_row(messages.declaration.body, other) or kind
        found.append(_list_in(compile_put(shape, path), other, path.span))
    return found


def _refer(put: Any, name: str, span: Any) -> Callable[[Run, Draft, Node], None]:
    return lambda run, draft, node: run.making.refer(put, draft, name, node, span)


def _list_in(put: Any, name: str, span: Any) -> Callable[[Run, Draft, Node], None]:
    return lambda run, draft, node: run.making.list_in(put, draft, name, node, span)


def _kind_of_row(items: tuple[Item, ...], name: str) -> str | None:
    for item in items:
        if isinstance(item, Row) and item.name == name and item.right.steps:
            return item.right.steps[0].name
        if isinstance(item, Each) and (found := _kind_of_row(item.body, name)):
            return found
    return None


def _added_row(messages: _Messages, row: Row, levels: Levels) -> Action:
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
        if not _holds(run, frame, guards, unless):
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

    return add


def _element_row(messages: _Messages, row: Row, levels: Levels, kind: str, target: str | None = None) -> Action:
    """`Patient.birthDate`: into the nearest resource of that type, or one of its own where no row has made one."""
    path = row.right
    reach = messages.reach(levels)
    context = CompileRow(messages.compiler, messages.declaration, reach, kind)
    inner = compile_row(context, replace(row, right=FhirPath(path.steps[1:], path.span)))
    make = _own_draft(messages, row, kind, reach) if target is None else None
    wanted = target or ":" + kind
    atom = row.left.alternatives[0].atom
    optional = isinstance(atom, V2Path) and len(row.left.alternatives) == 1 and row.clauses.default is None and row.clauses.policy is None
    read = reach.source(atom).read if isinstance(atom, V2Path) and optional else None

    def write(run: Run, frame: Frame) -> None:
        if read is not None and not read(run, frame):
            return
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

    return write


def _own_draft(messages: _Messages, row: Row, kind: str, reach: GroupReach) -> Callable[[Run, Frame, Frame], Draft]:
    keys = [compile_raw(key, reach, messages.compiler.program) for key in row.clauses.key]
    rule = f"{messages.declaration.name}.{row.name}"
    mode = row.clauses.mode or Mode.REPLACE

    def make(run: Run, frame: Frame, within: Frame) -> Draft:
        key = tuple(_key_text(run, read(run, frame)) for read in keys)
        draft: Draft = run.making.draft(rule, within.out, mode, key, frozenset())
        draft.items = within.items
        frame.node.made[":" + kind] = frame.node.made[row.name] = draft
        return draft

    return make
