"""Who did what to whose record: rows that are added and never changed (a trigger holds it)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from hub.core.visibility import Visibility
from hub.store.rows import AuditRow
from hub.store.sqlite.instants import parse_instant, to_microseconds
from hub.store.sqlite.limits import limits
from hub.store.sqlite.statements import SQL
from hub.store.sqlite.work import Work

__all__ = ["AuditWork", "list_audit"]


class AuditWork(Work):
    """The part of a Transaction that accounts for it."""

    __slots__ = ()

    def audit(self, row: AuditRow) -> None:
        self._check_receipt(row.receipt)
        self._add(
            "add_audit",
            (
                to_microseconds(row.at),
                row.client,
                row.organisation,
                row.user,
                row.purpose,
                row.action,
                row.interaction,
                row.outcome,
                row.person,
                row.resource,
                row.basis,
                row.receipt,
            ),
        )


def list_audit(connection: sqlite3.Connection, visibility: Visibility, *, person: str | None, limit: int) -> Sequence[AuditRow]:
    name = "audit_rows" if person is None else "audit_rows_of_person"
    rows = connection.execute(SQL[name], {"person": person, "limit": limit, **limits(visibility)})
    return [AuditRow(parse_instant(at), *rest) for at, *rest in rows]
