"""Which rows fire, decided once for each situation and remembered.

The guards of a map's rows ask a few fields that hold codes (OBX-2, OBX-11, the type of a component), and most rows read a field that is
absent. So the rows that are left depend on little: which fields are populated, and what those few say. They are asked one after the
other, and only as long as some row still waits for the answer: of thirty rows the six that do something run, after five questions.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from hub.mapping.forward.reach import Test
from hub.mapping.running import Frame, Run

__all__ = ["Guard", "Input", "Plan", "Planned"]

Row = Callable[[Run, Frame], None]
Input = Callable[[Run, Frame], Hashable]
_MOST: Final = 1000  # answers kept: what guards ask may come from messages


@dataclass(frozen=True, slots=True)
class Guard:
    """inputs: what it asks, by name. It is decided by their answers alone."""

    test: Test
    inputs: tuple[tuple[str, Input], ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """A row, its guards taken off. at: the field without which the row does nothing."""

    body: Row
    guards: tuple[Guard, ...] = ()
    at: int | None = None


@dataclass(slots=True)
class _Choice:
    """One question, and where each answer leads; or, with no question left, the rows to run."""

    ask: Input | None
    answers: dict[Hashable, _Choice]
    rows: tuple[Row, ...]
    waiting: tuple[Planned, ...]
    asked: frozenset[str]


class Plan:
    """by_fields: the frame's source decides too (segment maps)."""

    __slots__ = ("_by_fields", "_count", "_inputs", "_rows", "_shapes")

    def __init__(self, rows: Sequence[Planned], *, by_fields: bool) -> None:
        self._rows = tuple(rows)
        self._inputs = tuple({name: read for row in rows for guard in row.guards for name, read in guard.inputs}.items())
        self._by_fields = by_fields
        self._count = 0
        self._shapes: dict[Hashable, _Choice] = {}

    def __call__(self, run: Run, frame: Frame) -> None:
        shape = tuple(map(bool, frame.source)) if self._by_fields else ()
        choice = self._shapes.get(shape) or self._begin(run, frame, shape)
        while choice.ask is not None:
            answer = choice.ask(run, frame)
            choice = choice.answers.get(answer) or self._go_on(run, frame, choice, answer)
        for body in choice.rows:
            body(run, frame)

    def _begin(self, run: Run, frame: Frame, shape: tuple[bool, ...]) -> _Choice:
        rows = self._rows
        if self._by_fields:
            rows = tuple(row for row in rows if row.at is None or (row.at < len(shape) and shape[row.at]))
        self._keep_within_bounds()
        choice = self._shapes[shape] = self._choose(run, frame, rows, frozenset())
        return choice

    def _go_on(self, run: Run, frame: Frame, choice: _Choice, answer: Hashable) -> _Choice:
        self._keep_within_bounds()
        further = choice.answers[answer] = self._choose(run, frame, choice.waiting, choice.asked)
        return further

    def _choose(self, run: Run, frame: Frame, rows: Sequence[Planned], asked: frozenset[str]) -> _Choice:
        """Drops the rows whose guards are decided against them, and finds the next thing that one of the others asks."""
        open_inputs = {name: read for name, read in self._inputs if name not in asked}
        waiting = tuple(
            row for row in rows if all(guard.test(run, frame) for guard in row.guards if not _names(guard) & open_inputs.keys())
        )
        questions = (name for row in waiting for guard in row.guards for name, _ in guard.inputs if name in open_inputs)
        name = next(questions, None)
        if name is None:
            return _Choice(None, {}, tuple(row.body for row in waiting), (), asked)
        return _Choice(open_inputs[name], {}, (), waiting, asked | {name})

    def _keep_within_bounds(self) -> None:
        self._count += 1
        if self._count > _MOST:
            self._shapes.clear()
            self._count = 1


def _names(guard: Guard) -> set[str]:
    return {name for name, _ in guard.inputs}
