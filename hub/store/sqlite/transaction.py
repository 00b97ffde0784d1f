"""What one piece of work sees of the store."""

from __future__ import annotations

from hub.store.sqlite.audit import AuditWork
from hub.store.sqlite.doors import DoorWork
from hub.store.sqlite.incidents import IncidentWork
from hub.store.sqlite.map_sets import MapSetWork
from hub.store.sqlite.outbox import OutboxWork
from hub.store.sqlite.people import PeopleWork
from hub.store.sqlite.receipts import ReceiptWork
from hub.store.sqlite.record import RecordWork
from hub.store.sqlite.retention import RetentionWork

__all__ = ["SqliteTransaction"]


class SqliteTransaction(ReceiptWork, DoorWork, PeopleWork, RecordWork, OutboxWork, IncidentWork, MapSetWork, RetentionWork, AuditWork):
    """hub.store.contract.Transaction over the writer's connection."""

    __slots__ = ()
