"""Who wants something done to a message or a delivery, and why: kept in the audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.store.rows import AuditRow

__all__ = ["Author"]


@dataclass(frozen=True, slots=True)
class Author:
    name: str
    reason: str

    def row(self, command: str, at: datetime, *, receipt: int | None, person: str | None = None) -> AuditRow:
        """command: as it is typed, "messages release"."""
        return AuditRow(
            at=at,
            client=f"calder {command.partition(' ')[0]}",
            organisation=None,
            user=self.name,
            purpose="HSYSADMIN",
            action="E",
            interaction=command,
            outcome="0",
            person=person,
            basis=f"operator:{command}: {self.reason}",
            receipt=receipt,
        )
