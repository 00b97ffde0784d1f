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


class _Branch:
    """The rows that are left for one shape of the source, and what their guards ask. known: what to run, by the answers."""

    __slots__ = ("inputs", "known", "rows")

    def __init__(self, rows: Sequence[Planned]) -> None:
        self.rows = tuple(rows)
        self.inputs = tuple({name: read for row in rows for name, read in row.inputs}.values())
        self.known: dict[Hashable, tuple[Row, ...]] = {}


class Plan:
    """by_fields: the frame's source decides too (segment maps)."""

    __slots__ = ("_branches", "_by_fields", "_count", "_rows")

    def __init__(self, rows: Sequence[Planned], *, by_fields: bool) -> None:
        self._rows = tuple(rows)
        self._by_fields = by_fields
        self._count = 0
        self._branches: dict[Hashable, _Branch] = {}

    def __call__(self, run: Run, frame: Frame) -> None:
        shape = tuple(map(bool, frame.source)) if self._by_fields else ()
        branch = self._branches.get(shape)
        if branch is None:
            branch = self._branch(shape)
        key: Hashable = tuple([read(run, frame) for read in branch.inputs])
        chosen = branch.known.get(key)
        if chosen is None:
            self._keep_within_bounds()
            chosen = branch.known[key] = tuple(row.body for row in branch.rows if all(guard(run, frame) for guard in row.guards))
        for body in chosen:
            body(run, frame)

    def _branch(self, shape: tuple[bool, ...]) -> _Branch:
        self._keep_within_bounds()
        rows = self._rows
        if self._by_fields:
            rows = tuple(row for row in rows if row.at is None or (row.at < len(shape) and shape[row.at]))
        branch = self._branches[shape] = _Branch(rows)
        return branch

    def _keep_within_bounds(self) -> None:
        self._count += 1
        if self._count > _MOST:
            self._branches.clear()
            self._count = 1
