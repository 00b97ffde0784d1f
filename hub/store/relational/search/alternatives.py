"""One value of a clause, as SQL: what finds its rows, and what tells of a resource whether it has one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hub.fhir.search.query import ParamType
from hub.store.relational.search.assembly import Assembly, Sql

__all__ = ["KNOWN_MODIFIERS", "POSTING", "TABLES", "TERMS", "Alternative", "param_number", "type_named"]

TERMS: Final = frozenset({ParamType.TOKEN, ParamType.REFERENCE, ParamType.URI})  # what is found whole
POSTING: Final = Sql("posting")
TABLES: Final = {
    ParamType.STRING: Sql("string_index"),
    ParamType.DATE: Sql("date_index"),
    ParamType.NUMBER: Sql("number_index"),
    ParamType.QUANTITY: Sql("quantity_index"),
}
KNOWN_MODIFIERS: Final = frozenset({None, "not", "missing", "exact", "contains", "identifier"})


@dataclass(frozen=True, slots=True)
class Alternative:
    """test: a condition on the resource r. selections: conditions on i that together find its rows by an index; none where only all
    rows of the parameter would do. ordered: the rows stand in the order of the keys.
    """

    test: Sql
    selections: tuple[Sql, ...] = ()
    ordered: bool = False


def param_number(assembly: Assembly, type_: str, param: str) -> Sql:
    return assembly.say("param", name=f"{type_}.{param}")


def type_named(modifier: str | None) -> str | None:
    """subject:Patient=7"""
    return modifier if modifier not in KNOWN_MODIFIERS else None
