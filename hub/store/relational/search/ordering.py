"""The order of a search and where its pages go on: keyset paging.

Without a sort the newest resource comes first (by the key it got when it was made: an update does not move it, so pages neither
repeat nor skip). With one, resources without a value come last, either way, and the key decides between equals, in the
direction of the last sort. https://hl7.org/fhir/R4/search.html#sort
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hub.core.errors import StoreError
from hub.fhir.search.query import ParamType, Query, Sort
from hub.store.relational.search.alternatives import TABLES, TERMS
from hub.store.relational.search.assembly import Assembly, Sql
from hub.store.relational.search.conditions import rows_of, terms_of

__all__ = ["Ordering", "order_by"]

_COLUMNS: Final = {
    ParamType.STRING: Sql("folded"),
    ParamType.DATE: Sql("low"),
    ParamType.NUMBER: Sql("low"),
    ParamType.QUANTITY: Sql("low"),
}
_IN_THE_ROW: Final = {"_id": "id_sort", "_lastUpdated": "updated_sort"}


@dataclass(frozen=True, slots=True)
class Ordering:
    """columns, keyset and order as they stand in the fragments `keys` and `sorted_keys`. looked_up: sorts by index tables."""

    columns: Sql
    keyset: Sql
    order: Sql
    looked_up: bool


def order_by(assembly: Assembly, query: Query, key: Sql) -> Ordering:
    looked_up = any(sort.param not in _IN_THE_ROW for sort in query.sort)
    values = [_value(assembly, query.type, sort) for sort in query.sort]
    columns = Sql("".join(f", {value} AS s{number}" for number, value in enumerate(values)))
    if looked_up:  # the page is cut from the columns of `hit`
        key, values = Sql("key"), [Sql(f"s{number}") for number in range(len(values))]
    directions = [sort.descending for sort in query.sort]
    last = directions[-1] if directions else True
    order = [
        f"{value} {_word(down)} NULLS LAST" if looked_up else f"{value} {_word(down)}"
        for value, down in zip(values, directions, strict=True)
    ]
    return Ordering(
        columns=columns,
        keyset=_keyset(assembly, query.after, [*zip(values, directions, strict=True)], (key, last)),
        order=Sql(", ".join([*order, f"{key} {_word(last)}"])),
        looked_up=looked_up,
    )


def _word(descending: bool) -> str:
    return "DESC" if descending else "ASC"


def _value(assembly: Assembly, type_: str, sort: Sort) -> Sql:
    if sort.param in _IN_THE_ROW:
        return assembly.say(_IN_THE_ROW[sort.param])
    fragment = "sort_greatest" if sort.descending else "sort_least"
    if sort.type in TERMS:
        return assembly.say(f"{fragment}_term", rows=terms_of(assembly, type_, sort.param))
    if sort.type not in _COLUMNS:
        raise StoreError(f"the store cannot sort by parameters of the type {sort.type}")
    return assembly.say(fragment, column=_COLUMNS[sort.type], table=TABLES[sort.type], rows=rows_of(assembly, type_, sort.param))


def _keyset(assembly: Assembly, after: tuple[object, ...] | None, sorts: list[tuple[Sql, bool]], key: tuple[Sql, bool]) -> Sql:
    """What stands after the last row of the page before: beyond in the first value, or equal there and beyond in the second, …"""
    if after is None:
        return Sql("")
    if len(after) != len(sorts) + 1:
        raise StoreError("the place to go on from does not belong to this search")
    *values, last = after
    beyond = _say_beyond(assembly, *key, last)
    for (column, descending), value in reversed([*zip(sorts, values, strict=True)]):
        here = assembly.say("same_value", column=column, value=value)
        further = (
            Sql("FALSE")
            if value is None
            else assembly.any_of([_say_beyond(assembly, column, descending, value), assembly.say("no_value", column=column)])
        )
        beyond = assembly.any_of([further, Sql(f"{here} AND {beyond}")])
    return assembly.all_of([beyond])


def _say_beyond(assembly: Assembly, column: Sql, descending: bool, value: object) -> Sql:
    return assembly.say("below" if descending else "above", column=column, value=value)
