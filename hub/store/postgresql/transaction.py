"""What one piece of work sees of the store."""

from __future__ import annotations

from hub.store.postgresql.doors import DoorWork
from hub.store.postgresql.incidents import IncidentWork
from hub.store.postgresql.map_sets import MapSetWork
from hub.store.postgresql.outbox import OutboxWork
from hub.store.postgresql.receipts import ReceiptWork
from hub.store.postgresql.retention import RetentionWork
from hub.store.relational.audit import audit_values
from hub.store.rows import AuditRow

__all__ = ["PostgresqlTransaction"]


class PostgresqlTransaction(ReceiptWork, DoorWork, OutboxWork, IncidentWork, MapSetWork, RetentionWork):
    """hub.store.contract.Transaction over the writer's connection."""

    def audit(self, row: AuditRow) -> None:
        """Rows that are added and never changed (a trigger holds it)."""
        self._check_receipt(row.receipt)
        self._own.audit.append(audit_values(row))
