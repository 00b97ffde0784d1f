"""A search from start to end: keys of one page first, then the bodies of those, then what is included.

FHIR R4 3.1.1.5 (paging, total, _include, _revinclude), https://hl7.org/fhir/R4/search.html#return
Every statement carries the caller's visibility: matches, total and included resources are cut by the same condition.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hub.core.visibility import Visibility
from hub.fhir.search.query import Include, Query
from hub.store.relational.connection import Connection
from hub.store.relational.limits import limits
from hub.store.relational.search.assembly import Assembly, Sql
from hub.store.relational.search.conditions import compile_clause, terms_of
from hub.store.relational.search.driver import Origin, choose_origin
from hub.store.relational.search.ordering import order_by
from hub.store.relational.versions import to_version
from hub.store.rows import Page, Version

__all__ = ["search"]

_Row = tuple[Any, ...]  # the key, then the sort values


def search(connection: Connection, visibility: Visibility, query: Query) -> Page:
    limited = limits(visibility)
    assembly = Assembly(connection, limited)
    origin = choose_origin(connection, assembly, [compile_clause(assembly, query.type, clause) for clause in query.clauses])
    rows = _keys(connection, assembly, query, origin) if query.count > 0 else []
    page, more = rows[: query.count], len(rows) > query.count
    keys = [row[0] for row in page]
    total = None
    if query.total:
        whole = query.after is None and query.count > 0 and not more
        total = len(keys) if whole else _total(connection, assembly, query, origin)
    return Page(
        matches=_bodies(connection, limited, keys),
        included=_bodies(connection, limited, _included(connection, limited, query, keys)),
        after=(*page[-1][1:], keys[-1]) if more else None,
        total=total,
    )


def _keys(connection: Connection, assembly: Assembly, query: Query, origin: Origin) -> list[_Row]:
    """One more than the page holds, to know whether there is a next one."""
    ordering = order_by(assembly, query, origin.key)
    sql = assembly.say(
        "sorted_keys" if ordering.looked_up else "keys",
        key=origin.key,
        columns=ordering.columns,
        origin=origin.sql,
        type=query.type,
        conditions=origin.conditions,
        keyset=ordering.keyset,
        order=ordering.order,
        limit=query.count + 1,
    )
    return connection.execute(sql, assembly.values).fetchall()


def _total(connection: Connection, assembly: Assembly, query: Query, origin: Origin) -> int:
    sql = assembly.say("total", origin=origin.sql, type=query.type, conditions=origin.conditions)
    return int(connection.execute(sql, assembly.values).fetchone()[0])


def _bodies(connection: Connection, limited: dict[str, str | None], keys: Sequence[int]) -> tuple[Version, ...]:
    if not keys:
        return ()
    return tuple(
        to_version(connection, row) for row in connection.execute(connection.queries["bodies"], {"keys": json.dumps(keys), **limited})
    )


def _included(connection: Connection, limited: dict[str, str | None], query: Query, keys: list[int]) -> list[int]:
    """Each once, in the order they are asked for, and none that matches anyway."""
    found: dict[int, None] = {}
    if keys:
        for include in query.includes:
            assembly = Assembly(connection, limited)
            sql = _inclusion(assembly, query.type, include, json.dumps([*keys, *found]), json.dumps(keys))
            if sql is not None:
                found |= dict.fromkeys(key for (key,) in connection.execute(sql, assembly.values))
    return list(found)


def _inclusion(assembly: Assembly, type_: str, include: Include, known: str, page: str) -> Sql | None:
    """None where the include cannot give anything: it speaks of another type than the page's."""
    keys = assembly.say("numbers", array=page)
    fresh = assembly.say("not_these", page=assembly.say("numbers", array=known))
    if include.reverse:
        if include.target not in (None, type_):
            return None
        conditions = assembly.all_of([assembly.say("of_type", type=include.source), fresh])
        return assembly.say("revincluded", page=keys, by_param=_by_param(assembly, include), conditions=conditions)
    if include.source != type_:
        return None
    wanted = [] if include.target is None else [assembly.say("of_type", type=include.target)]
    return assembly.say("included", page=keys, conditions=assembly.all_of([_by_param(assembly, include), *wanted, fresh]))


def _by_param(assembly: Assembly, include: Include) -> Sql:
    if include.param == "*":
        return assembly.say("by_any_param", prefix=f"{include.source}.")
    return terms_of(assembly, include.source, include.param)
