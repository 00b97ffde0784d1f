"""What becomes of one message: its state, its answer and its effect on the record, in one piece of the store's work.

The table of states is hub.core.lifecycle. Here: nothing wrong, committed; the same again, duplicate; the sender's fault, refused
(parked, where the sender was told AA already); our fault, parked or skipped; its lane held, pending: what stands in a lane
is parked or refused only in its turn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hub.care.identity import Key, keys_of
from hub.codec.hl7v2.acknowledgement import AckCode
from hub.core.diagnostics import Diagnostic
from hub.core.lifecycle import MessageState
from hub.engine.change import Change
from hub.engine.codes import CONTROL_ID_REUSED
from hub.engine.commit import commit
from hub.engine.committed import Origin, Refused
from hub.engine.configuration import OnPoison, SourceConfig
from hub.engine.lanes import Merge, may_pass
from hub.engine.transform import Outcome, Poison, Transformed, Unacceptable
from hub.store.contract import Transaction
from hub.store.rows import Arrival, IncidentKind, NewIncident, Receipt

__all__ = ["Answer", "Settled", "Settlement", "reason_of", "receive"]

Answer = Callable[[AckCode, Sequence[Diagnostic]], bytes]
"""Writes the acknowledgement."""

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Settled:
    """Where the message stands now. answer: what the sender is to be told. owed: the destinations to wake."""

    receipt: int
    state: MessageState
    code: AckCode | None = None
    answer: bytes | None = None
    reasons: tuple[str, ...] = ()
    owed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Settlement:
    """The settling of one message, over a transaction.

    answer: None where nobody waits for one (a replay), or it was given already. told: the sender was told AA before.
    lane: None where it could not be read. about: whose it is, read without a map. merges: whose lanes it makes one.
    ordered: whether the lane is looked at; not when the lane itself is being worked off.
    """

    source: SourceConfig
    origin: Origin
    outcome: Outcome
    answer: Answer | None
    lane: str | None
    about: tuple[Key, ...] = ()
    merges: tuple[Merge, ...] = ()
    told: bool = False
    ordered: bool = True

    def arrive(self, tx: Transaction, arrival: Arrival) -> Settled:
        """A message that has just come."""
        known = tx.find_receipt(arrival.source, arrival.control_id) if arrival.control_id else None
        if known is not None and _is_the_same(known, arrival):
            return _duplicate(tx, arrival, known)
        receipt = tx.archive(arrival)
        if known is None or known.digest == arrival.digest:
            return self.settle(tx, receipt)
        reused = Diagnostic(CONTROL_ID_REUSED, f"message {known.id} had it first", place="MSH-10")
        if self.source.strict_control_ids:
            return self._refuse(tx, receipt, AckCode.AE, (reused,))
        return self.settle(tx, receipt, note=reused)

    def settle(self, tx: Transaction, receipt: int, *, note: Diagnostic | None = None) -> Settled:
        """A pending message. note: what its receipt says though it is committed."""
        match self.outcome:
            case Unacceptable(code, diagnostics):
                return self._refuse(tx, receipt, code, diagnostics)
            case Poison(_) if self.source.on_poison is not OnPoison.SKIP and self._is_blocked(tx):
                return self._hold(tx, receipt, _only(tx, self.about))
            case Poison():
                return self._set_aside(tx, receipt, self.outcome.diagnostics)
            case Transformed(changes, _):
                return self._commit(tx, receipt, changes, note)

    def _commit(self, tx: Transaction, receipt: int, changes: Sequence[Change], note: Diagnostic | None) -> Settled:
        blocked = self._is_blocked(tx)
        if blocked and not (self.merges or may_pass(changes)):
            return self._hold(tx, receipt, _person(tx, changes))
        result = commit(tx, changes, replace(self.origin, receipt=receipt))
        if isinstance(result, Refused):
            return self._refuse(tx, receipt, AckCode.AE, result.diagnostics)
        for gone, stays in self.merges:
            tx.join_lanes(gone, stays)
        if blocked and not result.is_complete:
            # What it amends may be among the messages that wait: it has done what it can, and is run again in its turn.
            return replace(self._hold(tx, receipt, _person(tx, changes)), owed=result.owed)
        noted = (*result.diagnostics, note) if note is not None else result.diagnostics
        tx.move(receipt, MessageState.COMMITTED, reason=reason_of(noted))
        tx.conclude(receipt, map_set=self.origin.map_set, person=result.person)
        return Settled(receipt, MessageState.COMMITTED, AckCode.AA, self._tell(tx, receipt, AckCode.AA), owed=result.owed)

    def _is_blocked(self, tx: Transaction) -> bool:
        return self.ordered and self.lane is not None and tx.lane_is_blocked(self.lane)

    def _refuse(self, tx: Transaction, receipt: int, code: AckCode, diagnostics: Sequence[Diagnostic]) -> Settled:
        if self.told and self._is_blocked(tx):
            return self._hold(tx, receipt, _only(tx, self.about))
        if self.told:
            return self._park(tx, receipt, diagnostics)
        tx.move(receipt, MessageState.REFUSED, reason=reason_of(diagnostics))
        tx.conclude(receipt, map_set=self.origin.map_set)
        answer = self._tell(tx, receipt, code, diagnostics)
        return Settled(receipt, MessageState.REFUSED, code, answer, _names(diagnostics))

    def _set_aside(self, tx: Transaction, receipt: int, diagnostics: Sequence[Diagnostic]) -> Settled:
        if self.source.on_poison is not OnPoison.SKIP:
            return self._park(tx, receipt, diagnostics)
        tx.move(receipt, MessageState.SKIPPED, reason=reason_of(diagnostics))
        return Settled(receipt, MessageState.SKIPPED, AckCode.AA, self._tell(tx, receipt, AckCode.AA), _names(diagnostics))

    def _park(self, tx: Transaction, receipt: int, diagnostics: Sequence[Diagnostic]) -> Settled:
        tx.move(receipt, MessageState.PARKED, reason=reason_of(diagnostics))
        tx.conclude(receipt, lane=self.lane, map_set=self.origin.map_set, person=_only(tx, self.about))
        if self.lane is not None:
            codes = " ".join(_names(diagnostics))
            tx.open_incident(NewIncident(IncidentKind.LANE, self.lane, self.source.name, self.origin.now, receipt, codes))
        return Settled(receipt, MessageState.PARKED, AckCode.AA, self._tell(tx, receipt, AckCode.AA), _names(diagnostics))

    def _hold(self, tx: Transaction, receipt: int, person: str | None) -> Settled:
        """It waits for its turn."""
        tx.conclude(receipt, lane=self.lane, person=person)
        return Settled(receipt, MessageState.PENDING, AckCode.AA, self._tell(tx, receipt, AckCode.AA))

    def _tell(self, tx: Transaction, receipt: int, code: AckCode, diagnostics: Sequence[Diagnostic] = ()) -> bytes | None:
        """Kept with the receipt, so that the same message again gets the same answer."""
        if self.answer is None:
            return None
        answer = self.answer(code, diagnostics)
        tx.conclude(receipt, answer=answer, ack_code=code)
        return answer


def receive(tx: Transaction, arrival: Arrival, answer: Answer) -> Settled:
    """A message whose sender is answered as soon as it is kept: it stays pending, and is settled later."""
    known = tx.find_receipt(arrival.source, arrival.control_id) if arrival.control_id else None
    if known is not None and _is_the_same(known, arrival):
        return _duplicate(tx, arrival, known)
    receipt = tx.archive(arrival)
    text = answer(AckCode.AA, ())
    tx.conclude(receipt, answer=text, ack_code=AckCode.AA)
    return Settled(receipt, MessageState.PENDING, AckCode.AA, text)


def _is_the_same(known: Receipt, arrival: Arrival) -> bool:
    """Taken already. One that was refused is not: the sender may try it again."""
    return known.digest == arrival.digest and known.ack_code in {AckCode.AA, AckCode.CA}


def _duplicate(tx: Transaction, arrival: Arrival, known: Receipt) -> Settled:
    receipt = tx.archive(arrival)
    tx.move(receipt, MessageState.DUPLICATE, reason=f"the same as message {known.id}")
    tx.conclude(receipt, answer=known.answer, ack_code=known.ack_code, person=known.person)
    return Settled(receipt, MessageState.DUPLICATE, AckCode(known.ack_code or AckCode.AA), known.answer)


def _person(tx: Transaction, changes: Sequence[Change]) -> str | None:
    """Whom a message that waits is about, where that is one known person."""
    return _only(tx, [key for change in changes if change.type == "Patient" and change.resource for key in keys_of(change.resource).usable])


def _only(tx: Transaction, keys: Sequence[Key]) -> str | None:
    people = tx.find_people(keys) if keys else frozenset()
    return next(iter(people)) if len(people) == 1 else None


def reason_of(diagnostics: Sequence[Diagnostic]) -> str | None:
    """For the receipt: codes, places and what was found there, which hold no values."""
    texts = [f"{each.code.name} {each.place}: {each.detail}" if each.place else f"{each.code.name}: {each.detail}" for each in diagnostics]
    return "; ".join(texts)[:_LONGEST_REASON] or None


def _names(diagnostics: Sequence[Diagnostic]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.code.name for each in diagnostics))
