"""How much of a map goes both ways, and how much of it is Python: `calder map check --stats`.

The design's own measure: 80 % of rows two-way on OBX, PID and PV1, at most 5 % through functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.mapping.registry import Registry
from hub.mapping.syntax import Arrow, MapFile, Row
from hub.mapping.types.declared import KnownMap, calls_in, declare

__all__ = ["MapStats", "stats"]


@dataclass(frozen=True, slots=True)
class MapStats:
    """Rows of one map. `through_functions`: rows whose value or `by` is a registered Python function."""

    map: str
    rows: int
    two_way: int
    through_functions: int

    @property
    def two_way_share(self) -> float:
        """0 to 1; a map without rows is two-way."""
        return self.two_way / self.rows if self.rows else 1.0

    @property
    def function_share(self) -> float:
        return self.through_functions / self.rows if self.rows else 0.0


def stats(files: Sequence[MapFile], functions: Registry) -> tuple[MapStats, ...]:
    """One for each map in the order of the files, and the sum of all as the last ("all")."""
    declared = declare(files, {}, functions)
    each = tuple(_of(known, frozenset(declared.by_name), functions) for known in declared.maps)
    total = MapStats("all", sum(one.rows for one in each), sum(one.two_way for one in each), sum(one.through_functions for one in each))
    return (*each, total)


def _of(known: KnownMap, maps: frozenset[str], functions: Registry) -> MapStats:
    rows = [row for row, _ in known.rows()]
    two_way = sum(row.arrow is Arrow.BOTH for row in rows)
    return MapStats(known.name, len(rows), two_way, sum(_python(row, maps, functions) for row in rows))


def _python(row: Row, maps: frozenset[str], functions: Registry) -> bool:
    by = row.clauses.by
    through_by = by is not None and by.function not in maps and by.function in functions
    return through_by or any(call.function in functions for call in calls_in(row.left))
