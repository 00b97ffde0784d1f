"""What the doors remember: second answers, expected sequence numbers, entries of spools."""

import pytest

from hub.core.errors import StoreError
from hub.core.lifecycle import AckOutcome, MessageState
from hub.store.rows import ApplicationAnswer

YES = ApplicationAnswer("AA", b"MSA|AA|1\r", AckOutcome.PENDING)


def test_a_second_answer_is_kept_beside_the_first_and_given_once(world):
    receipt = world.receive(answer=b"MSA|CA|1\r", ack_code="CA")
    assert world.submit(lambda tx: tx.application_answer(receipt)) is None
    world.submit(lambda tx: tx.answer_application(receipt, YES))
    world.submit(lambda tx: tx.answer_application(receipt, ApplicationAnswer("AE", b"other", AckOutcome.PENDING)))
    assert world.submit(lambda tx: tx.application_answer(receipt)) == YES
    assert world.run(world.store.application_answer(world.system, receipt)) == YES
    assert world.run(world.store.receipt(world.system, receipt)).answer == b"MSA|CA|1\r"


def test_whether_the_second_answer_arrived_is_noted_apart_from_the_first(world):
    receipt = world.receive(answer=b"MSA|CA|1\r", ack_code="CA", ack_outcome=AckOutcome.DELIVERED)
    world.submit(lambda tx: tx.answer_application(receipt, YES))
    world.submit(lambda tx: tx.note_application(receipt, AckOutcome.UNDELIVERED))
    assert world.submit(lambda tx: tx.application_answer(receipt)).outcome is AckOutcome.UNDELIVERED
    assert world.run(world.store.receipt(world.system, receipt)).ack_outcome is AckOutcome.DELIVERED
    with pytest.raises(StoreError):
        world.submit(lambda tx: tx.note_application(receipt + 1, AckOutcome.DELIVERED))


def test_a_caller_who_may_not_see_the_message_does_not_see_its_second_answer(world):
    receipt = world.receive(MessageState.COMMITTED, person="elsie")
    world.submit(lambda tx: tx.answer_application(receipt, YES))
    assert world.run(world.store.application_answer(world.seen_by({"elsie"}), receipt)) == YES
    assert world.run(world.store.application_answer(world.seen_by({"anna"}), receipt)) is None


def test_the_expected_number_of_each_source(world):
    def work(tx):
        before = tx.expected_number("lab")
        tx.expect_number("lab", 5)
        tx.expect_number("ward", 9)
        tx.expect_number("lab", 6)
        return before, tx.expected_number("lab")

    assert world.submit(work) == (None, 6)
    assert world.submit(lambda tx: (tx.expected_number("lab"), tx.expected_number("ward"))) == (6, 9)
    world.submit(lambda tx: tx.expect_number("lab", None))
    assert world.submit(lambda tx: tx.expected_number("lab")) is None


def test_what_is_taken_back_is_not_remembered(world):
    def work(tx):
        tx.expect_number("lab", 5)
        tx.keep_spooled(b"e", tx.archive(world.arrival("1")))
        raise KeyError

    with pytest.raises(KeyError):
        world.submit(work)
    assert world.submit(lambda tx: (tx.expected_number("lab"), tx.find_spooled(b"e"))) == (None, None)


def test_an_entry_of_a_spool_is_known_by_what_it_became(world):
    def arrive(tx):
        known = tx.find_spooled(b"entry")
        if known is not None:
            return known.id, "known"
        receipt = tx.archive(world.arrival(None))
        tx.keep_spooled(b"entry", receipt)
        return receipt, "new"

    first = world.submit(arrive)
    assert first[1] == "new"
    assert world.submit(arrive) == (first[0], "known")
    assert world.submit(lambda tx: (arrive(tx), arrive(tx)))[1] == (first[0], "known")
    assert world.run(world.store.ledger(world.system)).sources["lab"]["received"] == 1
