"""What becomes of one message: its state, its answer and its effect on the record, in one piece of the store's work.

The table of states is hub.core.lifecycle. Here: nothing wrong, committed; the same again, duplicate; the sender's fault, refused
(parked, where the sender was told AA already); our fault, parked or skipped; its lane held, pending: what stands in a lane
is parked or refused only in its turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub.care.identity import Key, keys_of
from hub.codec.hl7v2.acknowledgement import AckCode
from hub.core.diagnostics import Diagnostic
from hub.core.lifecycle import AckOutcome, MessageState
from hub.engine.answering import Answering
from hub.engine.change import Change
from hub.engine.commit import commit
from hub.engine.committed import Origin, Refused
from hub.engine.configuration import OnPoison, SourceConfig
from hub.engine.lanes import Merge, may_pass
from hub.engine.transform import Outcome, Poison, Transformed, Unacceptable
from hub.store.contract import Transaction
from hub.store.rows import ApplicationAnswer, IncidentKind, NewIncident

__all__ = ["Settled", "Settlement", "names_of", "reason_of"]

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Settled:
    """Where the message stands now. answer: what the sender is to be told. owed: the destinations to wake.

    second: what it is to be told after that; awaits: the message whose settling says what (enhanced mode).
    """

    receipt: int
    state: MessageState
    code: AckCode | None = None
    answer: bytes | None = None
    reasons: tuple[str, ...] = ()
    owed: frozenset[str] = frozenset()
    second: bytes | None = None
    awaits: int | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """The settling of one message, over a transaction.

    answering: None where nobody waits for an answer (a replay), or it was given already. is_second: the sender was told CA before.
    told: it was told AA before, or cannot be told any more. expected: MSA-4 of the answer.
    lane: None where it could not be read. about: whose it is, read without a map. merges: whose lanes it makes one.
    ordered: whether the lane is looked at; not when the lane itself is being worked off.
    """

    source: SourceConfig
    origin: Origin
    outcome: Outcome
    answering: Answering | None
    lane: str | None
    about: tuple[Key, ...] = ()
    merges: tuple[Merge, ...] = ()
    told: bool = False
    is_second: bool = False
    expected: int | None = None
    ordered: bool = True

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
        is_said = self.told or not self._hears_refusals
        if is_said and self._is_blocked(tx):
            return self._hold(tx, receipt, _only(tx, self.about))
        if is_said:
            return self._park(tx, receipt, diagnostics)
        tx.move(receipt, MessageState.REFUSED, reason=reason_of(diagnostics))
        tx.conclude(receipt, map_set=self.origin.map_set)
        answer = self._tell(tx, receipt, code, diagnostics)
        return Settled(receipt, MessageState.REFUSED, code, answer, names_of(diagnostics))

    def _set_aside(self, tx: Transaction, receipt: int, diagnostics: Sequence[Diagnostic]) -> Settled:
        if self.source.on_poison is not OnPoison.SKIP:
            return self._park(tx, receipt, diagnostics)
        tx.move(receipt, MessageState.SKIPPED, reason=reason_of(diagnostics))
        return Settled(receipt, MessageState.SKIPPED, AckCode.AA, self._tell(tx, receipt, AckCode.AA), names_of(diagnostics))

    def _park(self, tx: Transaction, receipt: int, diagnostics: Sequence[Diagnostic]) -> Settled:
        tx.move(receipt, MessageState.PARKED, reason=reason_of(diagnostics))
        tx.conclude(receipt, lane=self.lane, map_set=self.origin.map_set, person=_only(tx, self.about))
        if self.lane is not None:
            codes = " ".join(names_of(diagnostics))
            tx.open_incident(NewIncident(IncidentKind.LANE, self.lane, self.source.name, self.origin.now, receipt, codes))
        return Settled(receipt, MessageState.PARKED, AckCode.AA, self._tell(tx, receipt, AckCode.AA), names_of(diagnostics))

    def _hold(self, tx: Transaction, receipt: int, person: str | None) -> Settled:
        """It waits for its turn."""
        tx.conclude(receipt, lane=self.lane, person=person)
        return Settled(receipt, MessageState.PENDING, AckCode.AA, self._tell(tx, receipt, AckCode.AA))

    @property
    def _hears_refusals(self) -> bool:
        return self.answering is None or self.answering.asked.application.covers(AckCode.AE)

    def _tell(self, tx: Transaction, receipt: int, code: AckCode, diagnostics: Sequence[Diagnostic] = ()) -> bytes | None:
        """Kept with the receipt, so that the same message again gets the same answer. A second one is given once."""
        if self.answering is None or (self.is_second and tx.application_answer(receipt) is not None):
            return None
        answer = self.answering.application(code, diagnostics, self.expected)
        if not self.is_second:
            tx.conclude(receipt, answer=answer, ack_code=code, ack_outcome=None if answer is not None else AckOutcome.NOT_OWED)
        elif answer is not None:
            outcome = AckOutcome.UNDELIVERED if self.told else AckOutcome.PENDING
            tx.answer_application(receipt, ApplicationAnswer(code, answer, outcome))
        return answer


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


def names_of(diagnostics: Sequence[Diagnostic]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.code.name for each in diagnostics))
