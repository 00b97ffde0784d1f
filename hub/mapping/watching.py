"""Which rows do something and which lines of tables are used, while tests run: for `calder map test --coverage`.

A program is watched when it has a Watch; its rows are then compiled with a look at what they change. Nobody else pays for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from hub.mapping.syntax import Row
from hub.mapping.tables import Coded, Line, Table

__all__ = ["Watch", "watched_tables"]

_Run = Callable[[Any, Any], None]  # a row at work, on a run and a frame of either direction
Key = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Watch:
    """rows: file, line and name of those that did something. lines: of tables, by file and number."""

    rows: set[Key] = field(default_factory=set)
    lines: set[tuple[str, int]] = field(default_factory=set)

    def fired(self, row: Row) -> None:
        self.rows.add((row.span.file, row.span.line, row.name))

    def forward(self, row: Row, run_row: _Run) -> _Run:
        return self._watched(row, run_row, lambda _run, frame: _size(frame.out))

    def making(self, row: Row, run_row: _Run) -> _Run:
        """A row of a message map: it makes a resource, or adds to the one that the row it names has made.

        Not all resources are looked at: there are as many as the message has results. A row into an element is watched as any other.
        """
        name = row.right.steps[0].name if row.right.steps else ""

        def measure(run: Any, frame: Any) -> tuple[int, int]:
            draft = frame.node.find_made(name)
            return len(run.making.drafts), 0 if draft is None else _size(draft.resource)

        return self._watched(row, run_row, measure)

    def backward(self, row: Row, run_row: _Run) -> _Run:
        return self._watched(row, run_row, lambda _run, frame: _size(frame.parts) + _size(frame.fields and frame.fields.by_number))

    def _watched(self, row: Row, run_row: _Run, measure: Callable[[Any, Any], object]) -> _Run:
        key = (row.span.file, row.span.line, row.name)

        def watched(run: Any, frame: Any) -> None:
            if key in self.rows:  # once is enough, and measuring costs more than running
                run_row(run, frame)
                return
            before = measure(run, frame)
            try:
                run_row(run, frame)
            except Exception:
                self.fired(row)  # it has refused a value, or left the item out
                raise
            if measure(run, frame) != before:
                self.fired(row)

        return watched


def _size(value: object) -> int:
    """Asked after every row, so without recursion."""
    total, stack = 0, [value]
    while stack:
        part = stack.pop()
        total += 1
        if isinstance(part, dict):
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)
        elif isinstance(part, str):
            total += len(part)
    return total


# --- tables


def watched_tables(tables: Mapping[str, Table], watch: Watch) -> dict[str, Table]:
    return {
        name: _WatchedTable(**{each.name: getattr(table, each.name) for each in fields(table)}, watch=watch)
        for name, table in tables.items()
    }


@dataclass(frozen=True, slots=True)
class _WatchedTable(Table):
    watch: Watch = field(default_factory=Watch, repr=False)

    def targets(self, system: str, code: str) -> tuple[Coded, ...]:
        return self._used(Table.targets(self, system, code), lambda line, found: line.source.code == code and line.target in found)

    def any_targets(self, code: str) -> tuple[Coded, ...]:
        return self._used(Table.any_targets(self, code), lambda line, found: line.source.code == code and line.target in found)

    def source(self, system: str, code: str) -> Coded | None:
        return self._used_back(Table.source(self, system, code), code)

    def any_source(self, code: str) -> Coded | None:
        return self._used_back(Table.any_source(self, code), code)

    def _used(self, found: tuple[Coded, ...], is_used: Callable[[Line, tuple[Coded, ...]], bool]) -> tuple[Coded, ...]:
        self.watch.lines.update((line.path or self.path, line.number) for line in self.lines if is_used(line, found))
        return found

    def _used_back(self, found: Coded | None, code: str) -> Coded | None:
        used = (line for line in self.lines if found is not None and line.source == found and line.target.code == code)
        self.watch.lines.update((line.path or self.path, line.number) for line in used)
        return found
