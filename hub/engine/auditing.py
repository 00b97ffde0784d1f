"""Audit rows of writes: one for each person touched, or one where nobody was. FHIR R4 AuditEvent.action: C, U, D."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.core.caller import Caller
from hub.engine.committed import Applied, Effect, Origin
from hub.store.rows import AuditRow

__all__ = ["audit_rows", "refused_row"]


def audit_rows(applied: Sequence[Applied], origin: Origin) -> Iterator[AuditRow]:
    """A write that changed nothing is accounted too: somebody asked for it."""
    by_person: dict[str | None, list[Applied]] = {}
    for each in applied:
        by_person.setdefault(each.person, []).append(each)
    for person, some in by_person.items():
        one = f"{some[0].type}/{some[0].id}" if len(some) == 1 else None
        yield _row(origin.caller, origin, _action(some), outcome="0", person=person, resource=one)


def refused_row(origin: Origin) -> AuditRow:
    return _row(origin.caller, origin, "U", outcome="4", person=None, resource=None)


def _action(applied: Sequence[Applied]) -> str:
    effects = {each.effect for each in applied}
    if effects == {Effect.CREATED}:
        return "C"
    return "D" if effects == {Effect.DELETED} else "U"


def _row(caller: Caller, origin: Origin, action: str, *, outcome: str, person: str | None, resource: str | None) -> AuditRow:
    return AuditRow(
        at=origin.now,
        client=caller.client,
        organisation=caller.organisation,
        user=caller.user,
        purpose=caller.purpose,
        action=action,
        interaction=origin.interaction,
        outcome=outcome,
        person=person,
        resource=resource,
        basis=origin.basis,
        receipt=origin.receipt,
    )
