"""Message maps, forward: the instances of groups, and what stands in them. Each row is bound to an instance; nothing is flattened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.mapping.codes.run import NODE_WITHOUT_NUMBER
from hub.mapping.forward.conditions import RawText, compile_condition, compile_raw
from hub.mapping.forward.maps import Compiler, left_out
from hub.mapping.forward.message_context import Action, Levels, MessageContext, holds, row_names
from hub.mapping.forward.nodes import Node, arrange_tree, instances
from hub.mapping.forward.planning import Plan, Planned
from hub.mapping.forward.reach import Test
from hub.mapping.forward.resources import compile_resource_row
from hub.mapping.forward.unmade import other_way, without_instance
from hub.mapping.running import Frame, Run
from hub.mapping.syntax import Alternative, Arrow, Each, Expression, Item, LeftOut, Let, MapDeclaration, Row
from hub.mapping.types.structures import find_group_path

__all__ = ["compile_message"]


def compile_message(compiler: Compiler, declaration: MapDeclaration, structure: str) -> list[Action]:
    messages = MessageContext(compiler, declaration, structure, row_names(declaration.body))
    return _compile_body(messages, declaration.body, ((),))


def _compile_body(messages: MessageContext, body: tuple[Item, ...], levels: Levels) -> list[Action]:
    """Lets first, since guards ask for them; then everything else in its order."""
    reach = messages.reach(levels)
    lets = [_let(item.name, compile_raw(item.value, reach, messages.compiler.program)) for item in body if isinstance(item, Let)]
    planned: list[Planned] = []
    traced = messages.compiler.traced
    for item in body:
        match item:
            case Row() if item.arrow is Arrow.BACKWARD and item.right.steps and traced:
                planned.append(Planned(other_way(messages.declaration.name, item, messages.target_of(item))))
            case Row() if item.arrow is not Arrow.BACKWARD and item.right.steps:
                planned.append(compile_resource_row(messages, item, levels))
            case Each():
                planned.append(Planned(_compile_each(messages, item, levels)))
            case LeftOut():
                planned.extend(left_out(item, reach))
            case _:
                continue
    return [*lets, Plan(planned, by_fields=False)]


def _let(name: str, read: RawText) -> Action:
    def let(run: Run, frame: Frame) -> None:
        frame.names[name] = read(run, frame)

    return let


# --- each


@dataclass(frozen=True, slots=True)
class _Each:
    """ways: the groups from the instance around to this one, one step after the other; an empty one stays in the same group.

    number: the dotted number of `tree`. own_names: lets inside are of each instance. without: what a trace says where there is none.
    """

    ways: Sequence[tuple[str, ...]]
    wheres: Sequence[Test]
    number: RawText | None
    actions: Sequence[Action]
    own_names: bool
    without: Action | None

    def __call__(self, run: Run, frame: Frame) -> None:
        frames = self._frames(run, frame)
        if not frames and self.without is not None:
            self.without(run, frame)
        if self.number is not None:
            self._arrange(run, frames, self.number)
        for inner in frames:
            for action in self.actions:
                action(run, inner)

    def _frames(self, run: Run, frame: Frame) -> list[Frame]:
        nodes: list[Node] = [frame.node]
        for way in self.ways:
            nodes = [Node(group, node) for node in nodes for group in (instances(node.group, way) if way else [node.group])]
        frames = [Frame([], 1, None, dict(frame.names) if self.own_names else frame.names, node) for node in nodes]
        return [inner for inner in frames if holds(run, inner, self.wheres, ())] if self.wheres else frames

    def _arrange(self, run: Run, frames: list[Frame], number: RawText) -> None:
        numbers = [run.text_of(number(run, inner)) for inner in frames]
        for at in arrange_tree([inner.node for inner in frames], numbers):
            first = next(frames[at].node.group.walk(), None)
            run.report(NODE_WITHOUT_NUMBER, "no dotted number, or one that was there before", first)


def _compile_each(messages: MessageContext, each: Each, levels: Levels) -> Action:
    inner = levels
    ways: list[tuple[str, ...]] = []
    for step in _steps(messages, each.group, levels[-1]):
        path = (*inner[-1], step)
        ways.append(_way(messages, inner[-1], path))
        inner = (*inner, path)
    reach = messages.reach(inner)
    number = Expression((Alternative(each.tree),), each.tree.span) if each.tree is not None else None
    return _Each(
        ways,
        [compile_condition(condition, reach) for condition in each.where],
        compile_raw(number, reach, messages.compiler.program) if number is not None else None,
        _compile_body(messages, each.body, inner),
        own_names=any(isinstance(item, Let) for item in each.body),
        without=without_instance(messages.declaration.name, each, messages.target_of) if messages.compiler.traced else None,
    )


def _steps(messages: MessageContext, group: str, level: tuple[str, ...]) -> tuple[str, ...]:
    """`each OBSERVATION` may leave out the groups around it."""
    names = tuple(group.split("."))
    if messages.locate((*level, *names)) is not None:
        return names
    whole = find_group_path(messages.structure, names[0])
    if whole is not None and whole[: len(level)] == level:
        return (*whole[len(level) :], *names[1:])
    return names


def _way(messages: MessageContext, around: tuple[str, ...], path: tuple[str, ...]) -> tuple[str, ...]:
    start, end = messages.locate(around), messages.locate(path)
    if start is None or end is None:
        return ("?",)  # the version has no such group: no instances
    return end[len(start) :]
