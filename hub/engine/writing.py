"""Everything that a decided piece of work writes: versions, people's keys, the audit and what is owed. All of it or, if it raises, none."""

from __future__ import annotations

from dataclasses import dataclass

from hub.engine.auditing import audit_rows
from hub.engine.committed import Applied, Effect, Origin
from hub.engine.routing import route
from hub.engine.targets import Targets
from hub.engine.versions import new_version
from hub.engine.workspace import Address, Workspace
from hub.store.contract import Transaction
from hub.store.rows import Version

__all__ = ["Written", "write"]


@dataclass(frozen=True, slots=True)
class Written:
    """applied: one for each change. owed: the destinations to wake."""

    applied: tuple[Applied, ...]
    owed: frozenset[str]


def write(tx: Transaction, work: Workspace, targets: Targets, origin: Origin) -> Written:
    written: dict[Address, Version] = {}
    for address, draft in work.drafts.items():
        new = new_version(work, address, draft, origin)
        if new is not None:
            tx.put(new)
            written[address] = new.version
    for person, keys in targets.people.keys.items():
        if keys and work.content(("Patient", person)) is not None:
            tx.bind_keys(person, tuple(keys))
    applied = tuple(_applied(work, address, written.get(address), origin) for address in targets.addresses)
    for row in audit_rows(applied, origin):
        tx.audit(row)
    owed = route(tuple(written.values()), origin.routes, now=origin.now)
    for delivery in owed:
        tx.owe(delivery)
    return Written(applied, frozenset(delivery.destination for delivery in owed))


def _applied(work: Workspace, address: Address, new: Version | None, origin: Origin) -> Applied:
    stored = work.stored(address)
    now = new or stored
    if now is None:
        return Applied(*address, Effect.ABSENT, 0, origin.now, b"")
    return Applied(*address, _effect(stored, new), now.version, now.updated, now.body, now.person)


def _effect(stored: Version | None, new: Version | None) -> Effect:
    if new is None:
        return Effect.ABSENT if stored is None or stored.deleted else Effect.UNCHANGED
    if new.deleted:
        return Effect.DELETED
    return Effect.CREATED if stored is None or stored.deleted else Effect.UPDATED
