"""Where a search begins: with the clause that has the fewest rows, checking the others row by row.

A planner cannot know how rare a value of one parameter is; counting up to a small limit tells, and costs microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.store.relational.connection import Connection
from hub.store.relational.search.assembly import Assembly, Sql
from hub.store.relational.search.conditions import Condition

__all__ = ["Origin", "choose_origin"]

_FEW: Final = 1000  # so few matches are gathered first; more are streamed in key order


@dataclass(frozen=True, slots=True)
class Origin:
    """The FROM of a search, the name of the key in it, and the conditions that are left to check."""

    sql: Sql
    key: Sql
    conditions: Sql


def choose_origin(connection: Connection, assembly: Assembly, conditions: Sequence[Condition]) -> Origin:
    best = _fewest(connection, assembly, conditions)
    left = assembly.all_of(condition.test for condition in conditions if condition is not best)
    if best is None:
        return Origin(assembly.say("from_type"), Sql("r.key"), left)
    if best.ordered:
        sql = assembly.say("from_ordered", table=best.table, selection=best.selections[0])
        return Origin(sql, Sql("i.resource"), left)
    return Origin(assembly.say("from_matches", matches=assembly.union_of(_matches(assembly, best))), Sql("r.key"), left)


def _fewest(connection: Connection, assembly: Assembly, conditions: Sequence[Condition]) -> Condition | None:
    """The clause to begin with; None to go through the type, newest first, where every clause has many rows."""
    narrow = [condition for condition in conditions if condition.narrow]
    if len(narrow) == 1 and narrow[0].ordered:
        return narrow[0]
    counted = [(_estimate(connection, assembly, condition), condition) for condition in narrow]
    few, best = min(counted, key=lambda pair: pair[0], default=(_FEW, None))
    if few < _FEW:
        return best
    return next((condition for condition in narrow if condition.ordered), None)


def _estimate(connection: Connection, assembly: Assembly, condition: Condition) -> int:
    each = (assembly.say("estimate", matches=matches, limit=_FEW) for matches in _matches(assembly, condition))
    return sum(int(connection.execute(sql, assembly.values).fetchone()[0]) for sql in each)


def _matches(assembly: Assembly, condition: Condition) -> list[Sql]:
    return [assembly.say("matches", table=condition.table, selection=selection) for selection in condition.selections]
