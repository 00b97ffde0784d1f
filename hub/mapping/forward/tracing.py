"""The trace of a conversion: for each value, the field it came from and the row that made it. Only in the traced set of closures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hub.mapping.conversion import Step
from hub.mapping.forward.read_v2 import Found
from hub.mapping.running import Frame, Place, Run, render_place, span_at
from hub.mapping.syntax import Row
from hub.mapping.types.fhir import spelling

if TYPE_CHECKING:
    from hub.mapping.forward.sources import Alternative, CompileRow

__all__ = ["Mark", "forget_since", "mark_of", "prefix_since", "size_of", "traced_row"]

Take = Callable[[Run, Frame, "Alternative", Found], None]


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a trace had got: what was made and what was not."""

    steps: int
    unmade: int


def mark_of(run: Run) -> Mark:
    return Mark(len(run.steps), len(run.unmade))


def traced_row(take: Take, row: Row, context: CompileRow) -> Take:
    """Below a row that calls a map stand the steps of that map, with the row's own target before theirs."""
    target = spelling(row.right)
    rule = f"{context.declaration.name}.{row.name}"
    is_value = bool(row.right.steps) and row.right.steps[-1].name == "value" and context.target[:1].islower()

    def traced(run: Run, frame: Frame, alternative: Alternative, found: Found) -> None:
        mark = mark_of(run)
        before = size_of(frame.out)
        take(run, frame, alternative, found)
        made_below = len(run.steps) > mark.steps
        prefix_since(run, mark, target)
        if not made_below and size_of(frame.out) != before:
            place: Place = found[0][1] if found else None
            run.steps.append(_step(run, "" if is_value else target, place, rule, row))

    return traced


def _step(run: Run, target: str, place: Place, rule: str, row: Row) -> Step:
    span = span_at(run.message, place)
    start, end = span if span is not None else (None, None)
    source = place if isinstance(place, tuple) else None
    text = str(source[0]) if source and isinstance(source[0], str) else render_place(place)
    return Step(target, text or "(a text of the map)", rule, row.span.file, row.span.line, start, end)


def size_of(value: object) -> int:
    """Grows with every value that is put: enough to see whether a row has put one."""
    if isinstance(value, dict):
        return 1 + sum(size_of(part) for part in value.values())
    if isinstance(value, list):
        return 1 + sum(size_of(part) for part in value)
    return 1


def prefix_since(run: Run, mark: Mark, target: str, made_by: str | None = None) -> None:
    for at in range(mark.steps, len(run.steps)):
        step = run.steps[at]
        run.steps[at] = replace(step, target=_below(target, step.target), made_by=made_by)
    for at in range(mark.unmade, len(run.unmade)):
        each = run.unmade[at]
        run.unmade[at] = replace(each, target=_below(target, each.target), made_by=made_by)


def forget_since(run: Run, mark: Mark) -> None:
    del run.steps[mark.steps :]
    del run.unmade[mark.unmade :]


def _below(target: str, path: str) -> str:
    return f"{target}.{path}" if path else target
