"""A message that has just come, in one piece of the store's work: known already, not let in, kept for later, or settled at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hub.codec.hl7v2.acknowledgement import AckCode
from hub.core.diagnostics import Diagnostic
from hub.core.lifecycle import AckOutcome, MessageState
from hub.engine.answering import Answering, Condition
from hub.engine.codes import CONTROL_ID_REUSED
from hub.engine.configuration import Acknowledge, SourceConfig
from hub.engine.sequence import Sequence, check_sequence, is_link_message
from hub.engine.settlement import Settled, Settlement, names_of, reason_of
from hub.engine.transform import Unacceptable
from hub.store.contract import Transaction
from hub.store.rows import ApplicationAnswer, Arrival, Receipt

__all__ = ["Arriving"]


@dataclass(frozen=True, slots=True)
class Arriving:
    """fault: why it is not let in, by its header alone. number: MSH-13. settlement: None where it is settled later."""

    source: SourceConfig
    arrival: Arrival
    answering: Answering
    fault: Unacceptable | None
    number: str = ""
    settlement: Settlement | None = None

    @property
    def is_link_message(self) -> bool:
        return self.source.sequence_numbers and is_link_message(self.number)

    @property
    def is_settled_later(self) -> bool:
        """Nothing of it is looked at but its header before the sender is answered."""
        if self.fault is not None or self.is_link_message or self.source.acknowledge is Acknowledge.RECEIVED:
            return True
        return self.answering.accepts_first

    def __call__(self, tx: Transaction) -> Settled:
        if self.is_link_message:
            return self._link(tx)
        known = tx.find_receipt(self.arrival.source, self.arrival.control_id) if self.arrival.control_id else None
        if known is not None and self._is_again(known):
            return self._duplicate(tx, known)
        if self.fault is not None:
            return self._refuse(tx, self.fault.code, *self.fault.diagnostics)
        sequence = check_sequence(self.number, tx.expected_number(self.source.name)) if self.source.sequence_numbers else None
        if sequence is not None and sequence.refusal is not None:
            return self._refuse(tx, AckCode.AE, sequence.refusal, expected=sequence.answered)
        reused = None
        if known is not None and known.digest != self.arrival.digest:
            reused = Diagnostic(CONTROL_ID_REUSED, f"message {known.id} had it first", place="MSH-10")
            if self.source.strict_control_ids:
                return self._refuse(tx, AckCode.AE, reused)
        return self._let_in(tx, sequence, reused)

    def _let_in(self, tx: Transaction, sequence: Sequence | None, note: Diagnostic | None) -> Settled:
        receipt = tx.archive(self.arrival)
        expected = sequence.answered if sequence is not None else None
        if self.settlement is None:
            settled = self._keep(tx, receipt, expected)
        else:
            settled = replace(self.settlement, expected=expected).settle(tx, receipt, note=note)
        if sequence is not None and settled.state is not MessageState.REFUSED:
            tx.expect_number(self.source.name, sequence.following)
        return settled

    def _keep(self, tx: Transaction, receipt: int, expected: int | None) -> Settled:
        """It stays pending, and is settled later. Under `received` all is said now."""
        accepted = self.answering.accept(AckCode.CA, expected=expected)
        says_all = self.source.acknowledge is Acknowledge.RECEIVED
        applied = self.answering.application(AckCode.AA, expected=expected) if says_all else None
        if accepted is None:
            return self._said(tx, receipt, AckCode.AA, applied)
        settled = self._said(tx, receipt, AckCode.CA, accepted)
        if applied is not None:
            tx.answer_application(receipt, ApplicationAnswer(AckCode.AA, applied, AckOutcome.PENDING))
            return replace(settled, second=applied)
        is_owed = not says_all and self.answering.asked.application is not Condition.NEVER
        return replace(settled, awaits=receipt if is_owed else None)

    def _said(self, tx: Transaction, receipt: int, code: AckCode, answer: bytes | None) -> Settled:
        tx.conclude(receipt, answer=answer, ack_code=code, ack_outcome=None if answer is not None else AckOutcome.NOT_OWED)
        return Settled(receipt, MessageState.PENDING, code, answer)

    def _link(self, tx: Transaction) -> Settled:
        """Not of a person: kept, and answered with the number that is expected."""
        if self.fault is not None:
            return self._refuse(tx, self.fault.code, *self.fault.diagnostics)
        sequence = check_sequence(self.number, tx.expected_number(self.source.name))
        receipt = tx.archive(self.arrival)
        tx.expect_number(self.source.name, sequence.following)
        accepted = self.answering.accept(AckCode.CA, expected=sequence.answered)
        applied = None if accepted is not None else self.answering.application(AckCode.AA, expected=sequence.answered)
        settled = self._said(tx, receipt, AckCode.CA if accepted is not None else AckCode.AA, accepted or applied)
        tx.move(receipt, MessageState.FILTERED, reason="it says where the link stands (MSH-13)")
        return replace(settled, state=MessageState.FILTERED)

    def _is_again(self, known: Receipt) -> bool:
        """Taken already. One that was refused is not: the sender may try it again."""
        taken = known.ack_code in {AckCode.AA, AckCode.CA} and known.state is not MessageState.REFUSED
        return taken and known.digest == self.arrival.digest

    def _duplicate(self, tx: Transaction, known: Receipt) -> Settled:
        """Answered as it was: with both answers where there were two, and with the second when it is there."""
        receipt = tx.archive(self.arrival)
        tx.move(receipt, MessageState.DUPLICATE, reason=f"the same as message {known.id}")
        outcome = None if known.answer is not None else AckOutcome.NOT_OWED
        tx.conclude(receipt, answer=known.answer, ack_code=known.ack_code, ack_outcome=outcome, person=known.person)
        settled = Settled(receipt, MessageState.DUPLICATE, AckCode(known.ack_code or AckCode.AA), known.answer)
        if settled.code is not AckCode.CA:
            return settled
        second = tx.application_answer(known.id)
        if second is not None:
            tx.answer_application(receipt, replace(second, outcome=AckOutcome.PENDING))
            return replace(settled, second=second.answer)
        is_owed = known.state is MessageState.PENDING and self.answering.asked.application is not Condition.NEVER
        return replace(settled, awaits=known.id if is_owed else None)

    def _refuse(self, tx: Transaction, code: AckCode, *diagnostics: Diagnostic, expected: int | None = None) -> Settled:
        """Not let in. Where the sender wants to hear of no error, a person must."""
        receipt = tx.archive(self.arrival)
        told = self.answering.refusal(code, diagnostics, expected)
        state = MessageState.REFUSED if told is not None else MessageState.PARKED
        tx.move(receipt, state, reason=reason_of(diagnostics))
        if told is None:
            tx.conclude(receipt, ack_code=code, ack_outcome=AckOutcome.NOT_OWED)
            return Settled(receipt, state, code, None, names_of(diagnostics))
        tx.conclude(receipt, ack_code=told[0], answer=told[1])
        return Settled(receipt, state, *told, names_of(diagnostics))
