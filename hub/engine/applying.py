"""The API's way to the record: the same commit as for messages, with a receipt of the source `fhir:CLIENT`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Final

from hub.care.sharing import PERMIT_ALL
from hub.core.caller import Caller
from hub.core.diagnostics import Diagnostic
from hub.core.errors import CalderError
from hub.core.lifecycle import AckOutcome, MessageState
from hub.engine.auditing import refused_row
from hub.engine.change import Change
from hub.engine.commit import commit
from hub.engine.committed import Applied, Committed, Origin, Refused
from hub.engine.preparing import Surroundings
from hub.engine.settlement import reason_of
from hub.store.contract import Transaction
from hub.store.rows import Arrival

__all__ = ["Applied", "ChangeRefused", "apply_changes"]

_STATUS: Final = {"duplicate": 409, "conflict": 409, "multiple-matches": 412}


class ChangeRefused(CalderError):
    """Commit said no; `status` is the HTTP status that says so."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("the change was refused")
        self.diagnostics = diagnostics
        self.status = next((_STATUS[each.code.issue] for each in diagnostics if each.code.issue in _STATUS), 422)


async def apply_changes(
    changes: Sequence[Change], around: Surroundings, *, caller: Caller, interaction: str, body: bytes, media_type: str
) -> tuple[Applied, ...]:
    """Raises ChangeRefused, VersionConflict, StoreBusy or StoreClosed. One that was refused is kept as a refused receipt."""
    now = around.clock.now()
    digest = sha256(body).digest()
    source = f"fhir:{caller.client}"
    arrival = Arrival(source, body, digest, now, message_type=interaction, peer=caller.address, media_type=media_type)
    origin = Origin(
        caller=caller,
        now=now,
        digest=digest,
        scope=caller.organisation or source,
        interaction=interaction,
        basis=PERMIT_ALL,
        ids=around.ids,
        routes=around.routes,
    )
    result = await around.store.submit(lambda tx: _apply(tx, changes, arrival, origin))
    if isinstance(result, Refused):
        raise ChangeRefused(result.diagnostics)
    around.wakeup.wake(result.owed)
    return result.applied


def _apply(tx: Transaction, changes: Sequence[Change], arrival: Arrival, origin: Origin) -> Committed | Refused:
    receipt = tx.archive(arrival)
    placed = replace(origin, receipt=receipt)
    result = commit(tx, changes, placed)
    if isinstance(result, Refused):
        tx.audit(refused_row(placed))
        tx.move(receipt, MessageState.REFUSED, reason=reason_of(result.diagnostics))
        tx.conclude(receipt, ack_outcome=AckOutcome.NOT_OWED)
        return result
    tx.move(receipt, MessageState.COMMITTED)
    tx.conclude(receipt, ack_outcome=AckOutcome.NOT_OWED, person=result.person)
    return result
