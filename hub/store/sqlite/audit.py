"""Who did what to whose record: rows that are added and never changed (a trigger holds it)."""

from __future__ import annotations

from hub.store.relational.audit import audit_values
from hub.store.rows import AuditRow
from hub.store.sqlite.work import Work

__all__ = ["AuditWork"]


class AuditWork(Work):
    """The part of a Transaction that accounts for it."""

    __slots__ = ()

    def audit(self, row: AuditRow) -> None:
        self._check_receipt(row.receipt)
        self._add("add_audit", audit_values(row))
