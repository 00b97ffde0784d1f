"""The trace of a conversion: for each value, the field it came from and the row that made it. Only in the traced set of closures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from hub.mapping.conversion import Step
from hub.mapping.forward.read_v2 import Found
from hub.mapping.running import Frame, Place, Run, render_place, span_at
from hub.mapping.syntax import FhirPath, Row

if TYPE_CHECKING:
    from hub.mapping.forward.sources import Alternative, CompileRow

__all__ = ["prefix_steps", "traced_row"]

Take = Callable[[Run, Frame, "Alternative", Found], None]


def traced_row(take: Take, row: Row, context: CompileRow) -> Take:
    """Below a row that calls a map stand the steps of that map, with the row's own target before theirs."""
    path = row.right
    target = _spelling(path)
    rule = f"{context.declaration.name}.{row.name}"
    is_value = bool(path.steps) and path.steps[-1].name == "value" and context.target[:1].islower()

    def traced(run: Run, frame: Frame, alternative: Alternative, found: Found) -> None:
        mark = len(run.steps)
        before = _size(frame)
        take(run, frame, alternative, found)
        if len(run.steps) > mark:
            prefix_steps(run, mark, target)
        elif _size(frame) != before:
            place: Place = found[0][1] if found else None
            run.steps.append(_step(run, "" if is_value else target, place, rule, row))

    return traced


def _step(run: Run, target: str, place: Place, rule: str, row: Row) -> Step:
    span = span_at(run.message, place)
    start, end = span if span is not None else (None, None)
    source = place if isinstance(place, tuple) else None
    text = str(source[0]) if source and isinstance(source[0], str) else render_place(place)
    return Step(target, text or "(a text of the map)", rule, row.span.file, row.span.line, start, end)


def _size(frame: Frame) -> int:
    """Grows with every value that is put: enough to see whether a row has put one."""
    return _count(frame.out)


def _count(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum(_count(part) for part in value.values())
    if isinstance(value, list):
        return 1 + sum(_count(part) for part in value)
    return 1


def prefix_steps(run: Run, mark: int, target: str, made_by: str | None = None) -> None:
    for at in range(mark, len(run.steps)):
        step = run.steps[at]
        run.steps[at] = replace(step, target=f"{target}.{step.target}" if step.target else target, made_by=made_by)


def _spelling(path: FhirPath) -> str:
    parts = []
    for step in path.steps:
        text = step.name + (f":{step.slice}" if step.slice else "") + (f'("{step.url}")' if step.url else "")
        parts.append(text + (f"[{step.index}]" if step.index is not None else ""))
    return ".".join(parts)
