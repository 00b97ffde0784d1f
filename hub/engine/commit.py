"""The one door to the record, for messages and for API writes alike.

    targets ─► changes, one by one, as drafts ─► write: versions, people's keys, audit, outbox

Everything is decided before anything is written: what is refused leaves no trace in the record. The caller runs `commit` inside one
piece of the store's work, together with the message's own state, so an effect happens exactly once.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.core.diagnostics import Diagnostic
from hub.core.errors import VersionConflict
from hub.core.json import Resource
from hub.engine.change import Change, Kind
from hub.engine.codes import NOTHING_TO_AMEND, SURROUNDINGS_LEFT, WRONG_PATIENT
from hub.engine.committed import Committed, Effect, Origin, Refused
from hub.engine.content import next_content, unite_identifiers
from hub.engine.linking import link
from hub.engine.prepared import filled
from hub.engine.targets import Targets, find_targets
from hub.engine.versions import person_of, with_id
from hub.engine.workspace import Address, Draft, Workspace
from hub.engine.writing import Written, write
from hub.store.contract import Transaction

__all__ = ["commit"]


def commit(tx: Transaction, changes: Sequence[Change], origin: Origin) -> Committed | Refused:
    """Raises VersionConflict where `if_match` does not hold."""
    targets = find_targets(tx, changes, origin)
    if isinstance(targets, Diagnostic):
        return Refused((targets,))
    work = Workspace(tx, targets.addresses)
    withdraws = any(change.is_withdrawal for change in changes)
    findings: list[Diagnostic] = []
    for place, change in enumerate(changes):
        if place not in targets.existing:
            finding = _draft(work, change, targets.addresses[place], targets, origin, withdraws=withdraws)
            findings += [finding] if finding is not None else []
    refusals = tuple(finding for finding in findings if finding.is_error)
    if refusals:
        return Refused(refusals)
    return _committed(changes, write(tx, work, targets, origin), findings)


def _draft(work: Workspace, change: Change, address: Address, targets: Targets, origin: Origin, *, withdraws: bool) -> Diagnostic | None:
    """Put what the resource will say into the workspace; or why not. withdraws: the same message takes a result back."""
    if change.prepared is not None and work.stored(address) is None:
        made = filled(change.prepared, change.type, targets.person, change.rule, origin)
        work.drafts[address] = Draft(change.resource, made.version.person, change.rule, made)
        return None
    _require_match(work, change, address)
    before = work.content(address)
    if change.resource is None:
        if before is not None:
            work.drafts[address] = Draft(None, work.person(address), change.rule)
        return None
    linked = link(change.resource, targets.places)
    if isinstance(linked, Diagnostic):
        return linked
    if _is_anothers(work, change, address, linked):
        # A withdrawal must go through. What stands around the result (its report, order, specimen: all `as merge`) stays whose it is;
        # another result that comes whole with it is refused as ever.
        code = SURROUNDINGS_LEFT if withdraws and change.kind is Kind.MERGE else WRONG_PATIENT
        return Diagnostic(code, f"the {change.type} with this key is another person's", place=change.rule or change.type)
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


def _is_anothers(work: Workspace, change: Change, address: Address, linked: Resource) -> bool:
    """A resource found by its key stays with its person, unless the caller named it, or withdraws it."""
    if change.id is not None or change.kind is Kind.CREATE or change.is_withdrawal or change.type == "Patient":
        return False
    held_by = work.person(address)
    return held_by is not None and person_of(linked) not in {held_by, None}


def _committed(changes: Sequence[Change], written: Written, findings: Sequence[Diagnostic]) -> Committed:
    people = {each.person for each in written.applied} - {None}
    missed = (
        Diagnostic(NOTHING_TO_AMEND, f"no {change.type} with this key is in the record", place=change.rule or change.type)
        for change, each in zip(changes, written.applied, strict=True)
        if each.effect is Effect.ABSENT and change.kind is Kind.AMEND
    )
    return Committed(written.applied, people.pop() if len(people) == 1 else None, written.owed, (*findings, *missed))
