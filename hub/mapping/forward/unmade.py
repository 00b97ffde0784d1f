"""Why a row made nothing: written down beside the trace, in the traced set of closures only. Never with a value of the message.

docs/decisions/0006, "Where a value is not".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hub.codec.hl7v2 import Segment
from hub.mapping.codes.run import NOT_IN_TABLE
from hub.mapping.conversion import Reason, Unmade
from hub.mapping.forward.conditions import compile_condition, same_field
from hub.mapping.forward.nodes import Node
from hub.mapping.forward.reach import Reach, Test
from hub.mapping.forward.read_v2 import Read
from hub.mapping.forward.spelling import spell_condition, spell_expression
from hub.mapping.forward.tracing import mark_of, size_of
from hub.mapping.running import Frame, LeaveOut, Run, render_place
from hub.mapping.syntax import Arrow, Condition, Constant, Each, Item, Row, V2Path
from hub.mapping.types.fhir import spelling
from hub.mapping.values.primitives import Misread

__all__ = ["Why", "explain_row", "instance_of", "other_way", "without_instance"]

RunRow = Callable[[Run, Frame], None]


@dataclass(frozen=True, slots=True)
class Why:
    """One row, as what it says of itself. guards: those of `when`, one by one, and `unless` as one, with their words."""

    row: Row
    rule: str
    target: str
    guards: tuple[tuple[str, Test], ...] = ()

    @classmethod
    def of(cls, map_name: str, row: Row, reach: Reach, target: str | None = None) -> Why:
        guards = [(spell_condition(each), compile_condition(each, reach)) for each in row.clauses.when if not _is_of_repetitions(row, each)]
        if row.clauses.unless:
            tests = [compile_condition(each, reach) for each in row.clauses.unless]
            words = ", ".join(spell_condition(each) for each in row.clauses.unless)
            guards.append((f"unless {words}", lambda run, frame: not all(test(run, frame) for test in tests)))
        return cls(row, f"{map_name}.{row.name}", spelling(row.right) if target is None else target, tuple(guards))

    def record(self, run: Run, frame: Frame, reason: Reason, detail: str) -> None:
        span = self.row.span
        run.unmade.append(Unmade(self.target, self.rule, span.file, span.line, reason, detail, instance_of(frame)))

    def record_guard(self, run: Run, frame: Frame) -> bool:
        """The first guard that does not hold."""
        for words, test in self.guards:
            if not test(run, frame):
                self.record(run, frame, Reason.GUARD, words)
                return True
        return False

    def record_empty(self, run: Run, frame: Frame) -> None:
        atom = self.row.left.alternatives[0].atom
        self.record(run, frame, Reason.ALONE if isinstance(atom, Constant) else Reason.EMPTY, spell_expression(self.row.left))

    def record_unread(self, run: Run, frame: Frame) -> None:
        """What the row says after a value that it could not read; else its value says nothing."""
        error = run.unread
        if error is None:
            self.record_empty(run, frame)
        elif error.code is NOT_IN_TABLE:
            self.record(run, frame, Reason.NOT_IN_TABLE, self.row.clauses.table or error.detail)
        else:
            self.record(run, frame, Reason.UNREADABLE, error.detail)


def explain_row(run_row: RunRow, why: Why, reach: Reach, reads: Sequence[Read]) -> RunRow:
    """A row of a segment or datatype map. reads: its alternatives."""
    row = why.row
    atom = row.left.alternatives[0].atom
    of_repetitions = ", ".join(spell_condition(each) for each in row.clauses.when if _is_of_repetitions(row, each))
    unguarded = reach.source(atom).read if of_repetitions and isinstance(atom, V2Path) else None

    def tell(run: Run, frame: Frame) -> None:
        if why.record_guard(run, frame):
            return
        if any(read(run, frame) for read in reads):
            why.record_unread(run, frame)
        elif unguarded is not None and unguarded(run, frame):
            why.record(run, frame, Reason.GUARD, of_repetitions)
        else:
            why.record_empty(run, frame)

    def explained(run: Run, frame: Frame) -> None:
        mark, size = mark_of(run), size_of(frame.out)
        run.unread = None
        try:
            run_row(run, frame)
        except (LeaveOut, Misread) as error:
            run.unread = error if isinstance(error, Misread) else run.unread
            tell(run, frame)
            raise
        if len(run.steps) == mark.steps and size_of(frame.out) == size:
            tell(run, frame)

    return explained


def other_way(map_name: str, row: Row, target: str | None = None) -> RunRow:
    """A row `<-`, asked for every instance as the others are."""
    why = Why(row, f"{map_name}.{row.name}", spelling(row.right) if target is None else target)
    return lambda run, frame: why.record(run, frame, Reason.OTHER_WAY, "<-")


def without_instance(map_name: str, each: Each, target: Callable[[Row], str]) -> RunRow:
    """For an `each` of which there is no instance: all the rows in it."""
    rows = [Why(row, f"{map_name}.{row.name}", target(row)) for row in _rows_in(each.body) if row.right.steps]

    def record(run: Run, frame: Frame) -> None:
        for why in rows:
            why.record(run, frame, Reason.NO_INSTANCE, each.group)

    return record


def instance_of(frame: Frame) -> str | None:
    """The segment, the field, or the first segment of the group; None for a whole message."""
    if frame.place is not None and not isinstance(frame.place, Node):
        return render_place(frame.place)
    node = frame.node
    if not isinstance(node, Node) or node.outer is None:
        return None
    first = next(node.group.walk(), None)
    return render_place(first) if isinstance(first, Segment) else None


def _rows_in(items: Sequence[Item]) -> Iterator[Row]:
    for item in items:
        if isinstance(item, Row) and item.arrow is not Arrow.BACKWARD:
            yield item
        elif isinstance(item, Each):
            yield from _rows_in(item.body)


def _is_of_repetitions(row: Row, condition: Condition) -> bool:
    atom = row.left.alternatives[0].atom
    return isinstance(atom, V2Path) and same_field(condition, atom)
