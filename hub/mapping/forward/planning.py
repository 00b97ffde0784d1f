"""Which rows fire, decided once for each situation and remembered.

The guards of a map's rows ask a few fields that hold codes (OBX-2, OBX-11, the type of a component), and most rows read a field that is
absent. So the answer to all guards together, and the rows that are left, depend on little: which fields are populated, and what those few
say. That is the key to a plan. A map of thirty rows runs the six that do something, without asking again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from hub.mapping.forward.reach import Test
from hub.mapping.running import Frame, Run

__all__ = ["Input", "Plan", "Planned"]

Row = Callable[[Run, Frame], None]
Input = Callable[[Run, Frame], Hashable]
_MOST: Final = 1000  # plans kept: what guards ask may come from messages


@dataclass(frozen=True, slots=True)
class Planned:
    """A row, its guards taken off. inputs: what they ask, by name. at: the field without which the row does nothing."""

    body: Row
    guards: tuple[Test, ...] = ()
    inputs: tuple[tuple[str, Input], ...] = ()
    at: int | None = None


class Plan:
    """by_fields: the frame's source decides too (segment maps)."""

    __slots__ = ("_by_fields", "_inputs", "_known", "_rows")

    def __init__(self, rows: Sequence[Planned], *, by_fields: bool) -> None:
        self._rows = tuple(rows)
        self._inputs = tuple({name: read for row in rows for name, read in row.inputs}.values())
        self._by_fields = by_fields
        self._known: dict[Hashable, tuple[Row, ...]] = {}

    def __call__(self, run: Run, frame: Frame) -> None:
        key: Hashable = tuple([read(run, frame) for read in self._inputs])
        if self._by_fields:
            key = (tuple(map(bool, frame.source)), key)
        chosen = self._known.get(key)
        if chosen is None:
            chosen = self._choose(run, frame, key)
        for body in chosen:
            body(run, frame)

    def _choose(self, run: Run, frame: Frame, key: Hashable) -> tuple[Row, ...]:
        source = frame.source
        chosen = tuple(
            row.body
            for row in self._rows
            if (row.at is None or not self._by_fields or (row.at < len(source) and source[row.at]))
            and all(guard(run, frame) for guard in row.guards)
        )
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[key] = chosen
        return chosen
