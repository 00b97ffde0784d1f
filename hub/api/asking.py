"""One request, admitted: who asks, what they may see, and the trace that the asking leaves in the audit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hub.api.face import Face
from hub.core.caller import Caller
from hub.core.visibility import Visibility
from hub.store.contract import Transaction
from hub.store.rows import AuditRow

STRANGER = Caller(client="unknown")


@dataclass(slots=True)
class Asking:
    """interaction and action: as they stand in the audit. resource: "Patient" or "Patient/abc", None where no resource is named.

    is_accounted: the audit has its row. What writes is accounted by the engine, in the same transaction as the write.
    """

    face: Face
    caller: Caller
    visibility: Visibility
    interaction: str
    action: str
    resource: str | None = None
    is_accounted: bool = False

    async def looked(self, people: Iterable[str | None]) -> None:
        """Write who was looked at, durably, before the answer goes out: one row for each person, one when there is nobody."""
        await self._write(people, "0")

    async def refused(self) -> None:
        """The look that found nothing or was refused leaves its trace too."""
        await self._write((None,), "4")

    async def failed(self) -> None:
        """Through a fault of the hub's."""
        await self._write((None,), "8")

    async def _write(self, people: Iterable[str | None], outcome: str) -> None:
        rows = [self._row(person, outcome) for person in dict.fromkeys(people) or (None,)]

        def work(transaction: Transaction) -> None:
            for row in rows:
                transaction.audit(row)

        await self.face.store.submit(work)
        self.is_accounted = True

    def _row(self, person: str | None, outcome: str) -> AuditRow:
        return AuditRow(
            at=self.face.clock.now(),
            client=self.caller.client,
            organisation=self.caller.organisation,
            user=self.caller.user,
            purpose=self.caller.purpose,
            action=self.action,
            interaction=self.interaction,
            outcome=outcome,
            person=person,
            resource=self.resource,
            basis=self.visibility.basis,
        )
