"""Who did what to whose record."""

from __future__ import annotations

from collections.abc import Sequence

from hub.core.visibility import Visibility
from hub.store.relational.connection import Connection
from hub.store.relational.instants import parse_instant, to_microseconds
from hub.store.relational.limits import limits
from hub.store.rows import AuditRow

__all__ = ["audit_values", "list_audit"]


def audit_values(row: AuditRow) -> tuple[object, ...]:
    """The values of `add_audit`."""
    return (
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
    )


def list_audit(connection: Connection, visibility: Visibility, *, person: str | None, limit: int) -> Sequence[AuditRow]:
    name = "audit_rows" if person is None else "audit_rows_of_person"
    rows = connection.execute(connection.queries[name], {"person": person, "limit": limit, **limits(visibility)})
    return [AuditRow(parse_instant(at), *rest) for at, *rest in rows]
