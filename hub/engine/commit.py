"""The one door to the record, for messages and for API writes alike.

    targets ─► changes, one by one, as drafts ─► versions, people's keys, audit, outbox

Everything is decided before anything is written: what is refused leaves no trace in the record. The caller runs `commit` inside one
piece of the store's work, together with the message's own state, so an effect happens exactly once.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.core.diagnostics import Diagnostic
from hub.core.errors import VersionConflict
from hub.core.json import Resource
from hub.engine.auditing import audit_rows
from hub.engine.change import Change, Kind
from hub.engine.codes import NOTHING_TO_AMEND, WRONG_PATIENT
from hub.engine.committed import Applied, Committed, Effect, Origin, Refused
from hub.engine.content import next_content, unite_identifiers
from hub.engine.linking import link
from hub.engine.routing import route
from hub.engine.targets import Targets, find_targets
from hub.engine.versions import new_version, person_of, with_id
from hub.engine.workspace import Address, Draft, Workspace
from hub.store.contract import Transaction
from hub.store.rows import Version

__all__ = ["commit"]


def commit(tx: Transaction, changes: Sequence[Change], origin: Origin) -> Committed | Refused:
    """Raises VersionConflict where `if_match` does not hold."""
    targets = find_targets(tx, changes, origin)
    if isinstance(targets, Diagnostic):
        return Refused((targets,))
    work = Workspace(tx)
    refusals: list[Diagnostic] = []
    for place, change in enumerate(changes):
        if place not in targets.existing:
            refusal = _draft(work, change, targets.addresses[place], targets)
            if refusal is not None:
                refusals.append(refusal)
    if refusals:
        return Refused(tuple(refusals))
    return _write(tx, work, changes, targets, origin)


def _draft(work: Workspace, change: Change, address: Address, targets: Targets) -> Diagnostic | None:
    """Put what the resource will say into the workspace; or why it may not."""
    _require_match(work, change, address)
    before = work.content(address)
    if change.resource is None:
        if before is not None:
            work.drafts[address] = Draft(None, work.person(address), change.rule)
        return None
    linked = link(change.resource, targets.places)
    if isinstance(linked, Diagnostic):
        return linked
    refusal = _guard(work, change, address, linked)
    if refusal is not None:
        return refusal
    content = next_content(change, linked, before)
    if content is not None:
        _keep(work, change, address, content)
    return None


def _keep(work: Workspace, change: Change, address: Address, content: Resource) -> None:
    before = work.content(address)
    if change.type == "Patient" and change.id is None and before is not None:
        content = unite_identifiers(before, content)
    final = with_id(content, address)
    work.drafts[address] = Draft(final, person_of(final), change.rule)


def _require_match(work: Workspace, change: Change, address: Address) -> None:
    if change.if_match is None:
        return
    stored = work.stored(address)
    if stored is None or stored.deleted or stored.version != change.if_match:
        raise VersionConflict(stored.version if stored is not None else None)


def _guard(work: Workspace, change: Change, address: Address, linked: Resource) -> Diagnostic | None:
    """A resource found by its key stays with its person, unless the caller named it, or amends it."""
    if change.id is not None or change.kind in {Kind.CREATE, Kind.AMEND} or change.type == "Patient":
        return None
    held_by, meant_for = work.person(address), person_of(linked)
    if held_by is None or meant_for is None or held_by == meant_for:
        return None
    return Diagnostic(WRONG_PATIENT, f"the {change.type} with this key is another person's", place=change.rule or change.type)


def _write(tx: Transaction, work: Workspace, changes: Sequence[Change], targets: Targets, origin: Origin) -> Committed:
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
    return Committed(
        applied=applied,
        person=_one_person(applied),
        owed=frozenset(delivery.destination for delivery in owed),
        diagnostics=tuple(_nothing_to_amend(changes, applied)),
    )


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


def _nothing_to_amend(changes: Sequence[Change], applied: Sequence[Applied]) -> list[Diagnostic]:
    return [
        Diagnostic(NOTHING_TO_AMEND, f"no {change.type} with this key is in the record", place=change.rule or change.type)
        for change, each in zip(changes, applied, strict=True)
        if each.effect is Effect.ABSENT and change.kind is Kind.AMEND
    ]


def _one_person(applied: Sequence[Applied]) -> str | None:
    """Whom it is about; None where it is about nobody, or about several."""
    people = {each.person for each in applied} - {None}
    return people.pop() if len(people) == 1 else None
