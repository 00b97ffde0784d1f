"""What becomes of a message, and what its sender is told: duplicates, refusals, poison, lanes, answers before processing."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from hub.core.errors import StoreClosed, StoreError
from hub.core.lifecycle import AckOutcome, MessageState
from hub.engine.configuration import Acknowledge, OnPoison
from hub.sdk import Message, Outcome
from tests.acceptance.mllp_hub import (
    ANNA,
    ELSIE,
    EYE,
    OPERATOR,
    SOURCE,
    Breaking,
    code_of,
    errors_of,
    msh,
    pid,
    registration,
    result,
    run,
    running,
    wire,
)


def test_the_same_bytes_again_get_the_same_answer(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            _, first = await hub.tell(result("1"))
            _, second = await hub.tell(result("1"))
            assert second.answer == first.answer
            assert second.id != first.id
            assert await hub.states() == {"received": 2, "committed": 1, "duplicate": 1}

    run(story())


def test_a_refused_message_is_processed_anew(tmp_path):
    maps = Breaking()

    async def story():
        async with running(tmp_path, maps=maps) as hub:
            for _ in range(2):
                assert (await hub.tell(wire(msh("ADT^A34", "1"), pid())))[0] == "AE"
            assert await hub.states() == {"received": 2, "refused": 2}

    run(story())


def test_other_bytes_under_a_used_control_id_are_processed_and_flagged(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            await hub.tell(result("1", "98"))
            code, second = await hub.tell(result("1", "99", order="2"))
            assert code == "AA"
            assert (await hub.receipt(second.id)).reason.startswith("E104 MSH-10")
            assert len(await hub.all("Observation")) == 2

    run(story())


def test_a_strict_source_refuses_them(tmp_path):
    async def story():
        async with running(tmp_path, sources=(replace(SOURCE, strict_control_ids=True),)) as hub:
            await hub.tell(result("1", "98"))
            code, second = await hub.tell(result("1", "99", order="2"))
            assert (code, errors_of(second.answer)) == ("AE", ["205"])
            assert len(await hub.all("Observation")) == 1

    run(story())


@pytest.mark.parametrize(
    ("body", "code", "error"),
    [
        (wire(msh("ADT^A28", "1", processing="T"), pid()), "AR", "202"),
        (wire(msh("ADT^A34", "1"), pid()), "AE", "200"),
        (wire(msh("XYZ^Q99", "1"), pid()), "AE", "200"),
        (wire(msh("ADT^A28", "1", version="3.0"), pid()), "AR", "203"),
        (wire(msh("ADT^A28", "1", charset="EBCDIC"), pid()), "AR", "103"),
        (wire(msh("ADT^A28", "1", charset="UNICODE UTF-8"), pid()).replace(b"Elsie", b"Els\xff"), "AR", "102"),
        (wire("MSH|^~\\&|PAS|RCF|CALDER|HUB|20260501||ADT^A28||P|2.4", pid()), "AR", "101"),
    ],
)
def test_what_is_refused_is_kept_and_says_why(tmp_path, body, code, error):
    async def story():
        async with running(tmp_path) as hub:
            told, receipt = await hub.tell(body)
            assert (told, errors_of(receipt.answer)[0]) == (code, error)
            assert await hub.states() == {"received": 1, "refused": 1}
            assert await hub.store.archived(EYE, receipt.id) == body

    run(story())


@pytest.mark.parametrize("body", [b"MSH", b"MSH|", b"MSH|^~\\&|||||||||||\r", b"GET / HTTP/1.1\r\n\r\n", b"", b"\xff\xfe\x00"])
def test_whatever_comes_is_kept_and_answered(tmp_path, body):
    async def story():
        async with running(tmp_path) as hub:
            told, receipt = await hub.tell(body)
            assert told == "AR"
            assert await hub.states() == {"received": 1, "refused": 1}
            assert await hub.store.archived(EYE, receipt.id) == body

    run(story())


def test_only_a_header_is_refused_by_the_map(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            assert (await hub.tell(wire(msh("ADT^A28", "1"))))[0] == "AE"

    run(story())


def test_a_parked_message_holds_its_lane_and_no_other(tmp_path):
    maps = Breaking()

    async def story():
        async with running(tmp_path, maps=maps) as hub:
            await hub.tell(registration("1"))
            with capture_logs() as logs:
                code, parked = await hub.tell(result("BREAK"))
            assert code == "AA"
            assert [log["event"] for log in logs] == ["message parked: later messages of its lane wait"]
            assert not any(word in str(log) for log in logs for word in ("Greenwood", ELSIE))
            later = [await hub.tell(result(f"2{n}", order=str(n))) for n in range(3)]
            assert [code for code, _ in later] == ["AA"] * 3
            assert (await hub.tell(result("3", nhs=ANNA, local="A1002", order="8")))[0] == "AA"
            assert await hub.states() == {"received": 6, "committed": 2, "parked": 1, "pending": 3}
            (elsie,) = [v.person for v in await hub.versions("Patient") if ELSIE.encode() in v.body]
            assert await hub.store.unprocessed(EYE, elsie) == 4  # the parked one too: whose it is was read without its map

            maps.broken = False
            assert (await hub.engine.release(parked.id, OPERATOR)).settled == 4
            assert await hub.states() == {"received": 6, "committed": 6}
            assert len(await hub.all("Observation")) == 5

    run(story())


def test_what_waits_is_run_in_order(tmp_path):
    maps = Breaking()

    async def story():
        async with running(tmp_path, maps=maps) as hub:
            _, parked = await hub.tell(result("BREAK", "1"))
            for number in range(2, 8):
                await hub.tell(result(f"{number}", f"{number}"))
            maps.broken = False
            await hub.engine.release(parked.id, OPERATOR)
            (observation,) = await hub.versions("Observation")
            history = await hub.store.history(EYE, "Observation", observation.id, limit=10)
            assert [version.body.split(b'"value":')[1].split(b",")[0] for version in history] == [b"7", b"6", b"5", b"4", b"3", b"2", b"1"]

    run(story())


def test_released_while_it_is_still_broken_parks_again(tmp_path):
    async def story():
        async with running(tmp_path, maps=Breaking()) as hub:
            _, parked = await hub.tell(result("BREAK"))
            await hub.tell(result("2", order="2"))
            assert (await hub.engine.release(parked.id, OPERATOR)).settled == 0
            assert await hub.states() == {"received": 2, "parked": 1, "pending": 1}

    run(story())


def test_a_discarded_message_lets_the_others_go(tmp_path):
    async def story():
        async with running(tmp_path, maps=Breaking()) as hub:
            _, parked = await hub.tell(result("BREAK"))
            await hub.tell(result("2", order="2"))
            assert (await hub.engine.discard(parked.id, OPERATOR)).settled == 1
            assert (await hub.receipt(parked.id)).reason == "discarded by J Singh: sent in error"
            assert await hub.states() == {"received": 2, "skipped": 1, "committed": 1}
            with pytest.raises(StoreError):
                await hub.engine.release(parked.id, OPERATOR)

    run(story())


def test_a_withdrawal_does_not_wait(tmp_path):
    async def story():
        async with running(tmp_path, maps=Breaking()) as hub:
            await hub.tell(result("1", order="A"))
            await hub.tell(result("BREAK", order="B"))
            assert (await hub.tell(result("3", order="A", status="W")))[0] == "AA"
            (observation,) = await hub.all("Observation")
            assert observation["status"] == "entered-in-error"

    run(story())


def test_a_withdrawal_of_what_is_parked_is_not_forgotten(tmp_path):
    """It finds nothing now; when the result is released, it must not stand."""
    maps = Breaking()

    async def story():
        async with running(tmp_path, maps=maps) as hub:
            _, parked = await hub.tell(result("BREAK"))
            await hub.tell(result("2", status="W"))
            assert await hub.states() == {"received": 2, "parked": 1, "pending": 1}
            maps.broken = False
            await hub.engine.release(parked.id, OPERATOR)
            (observation,) = await hub.all("Observation")
            assert observation["status"] == "entered-in-error"
            assert await hub.states() == {"received": 2, "committed": 2}

    run(story())


def test_skip_puts_it_aside_and_goes_on(tmp_path):
    async def story():
        async with running(tmp_path, maps=Breaking(), sources=(replace(SOURCE, on_poison=OnPoison.SKIP),)) as hub:
            code, skipped = await hub.tell(result("BREAK"))
            assert code == "AA"
            assert (await hub.receipt(skipped.id)).reason.startswith("E105: KeyError at tests.acceptance")
            assert (await hub.tell(result("2")))[0] == "AA"
            assert await hub.states() == {"received": 2, "skipped": 1, "committed": 1}

    run(story())


def test_stop_answers_nothing_and_takes_nothing_more(tmp_path):
    async def story():
        async with running(tmp_path, maps=Breaking(), sources=(replace(SOURCE, on_poison=OnPoison.STOP),)) as hub:
            assert (await hub.tell(result("1")))[0] == "AA"
            for body in (result("BREAK"), result("3", order="3")):
                _, receipt = await hub.tell(body)
                assert (receipt.outcome, receipt.answer) == (Outcome.UNAVAILABLE, None)
            assert await hub.states() == {"received": 1, "committed": 1}

    run(story())


def test_no_answer_when_nothing_can_be_kept(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            await hub.tell(result("1"))
            await hub.store.close()
            with capture_logs() as logs:
                _, receipt = await hub.tell(result("2"))
            assert (receipt.outcome, receipt.answer) == (Outcome.UNAVAILABLE, None)
            assert logs[0]["fault"] == StoreClosed.__name__

    run(story())


def received_first(on_poison=OnPoison.PARK):
    return (replace(SOURCE, acknowledge=Acknowledge.RECEIVED, on_poison=on_poison),)


def test_answered_when_received_then_processed_in_order(tmp_path):
    async def story():
        async with running(tmp_path, sources=received_first()) as hub:
            codes = [(await hub.tell(result(f"{number}", f"{number}")))[0] for number in range(1, 31)]
            assert codes == ["AA"] * 30
            await hub.engine.drain()
            (observation,) = await hub.versions("Observation")
            assert observation.version == 30
            assert b'"value":30' in observation.body
            assert await hub.states() == {"received": 30, "committed": 30}
            assert (await hub.tell(result("30", "30")))[0] == "AA"
            assert (await hub.states())["duplicate"] == 1

    run(story())


def test_a_sender_that_was_told_aa_is_not_refused_afterwards(tmp_path):
    async def story():
        async with running(tmp_path, sources=received_first()) as hub:
            code, receipt = await hub.tell(wire(msh("ADT^A34", "1"), pid()))
            assert code == "AA"
            await hub.engine.drain()
            kept = await hub.receipt(receipt.id)
            assert (kept.state, kept.ack_code) == (MessageState.PARKED, "AA")
            assert kept.reason.startswith("E102")
            assert (await hub.tell(b"not hl7"))[0] == "AR"  # what has no header cannot even be told AA

    run(story())


def test_what_was_left_pending_is_taken_up_at_the_next_start(tmp_path):
    maps = Breaking()

    async def first():
        async with running(tmp_path, sources=received_first(), maps=maps) as hub:
            await hub.tell(result("BREAK"))
            await hub.tell(result("2", order="2"))
            await hub.engine.drain()
            hub.engine._backlog._task.cancel()  # as if the hub died before it came to these
            await hub.tell(result("3", nhs=ANNA, local="A2", order="3"))
            assert await hub.states() == {"received": 3, "parked": 1, "pending": 2}

    async def second():
        async with running(tmp_path, sources=received_first(), maps=maps) as hub:
            await hub.engine.drain()
            assert await hub.states() == {"received": 3, "parked": 1, "pending": 1, "committed": 1}

    run(first())
    run(second())


def test_a_replay_is_a_receipt_of_its_own_and_changes_nothing(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            _, receipt = await hub.tell(result("1"))
            await hub.engine.replay(receipt.id, OPERATOR)
            assert await hub.states("replay:airedale") == {"received": 1, "committed": 1}
            assert [version.version for version in await hub.versions("Observation")] == [1]
            (replayed,) = await hub.store.receipts(EYE, source="replay:airedale")
            assert (replayed.ack_outcome, replayed.answer) == (AckOutcome.NOT_OWED, None)

    run(story())


def test_people_without_a_key_are_the_same_in_a_replay(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            _, receipt = await hub.tell(registration("1", nhs=None, local=None))
            await hub.engine.replay(receipt.id, OPERATOR)
            assert len(await hub.all("Patient")) == 1
            await hub.tell(registration("2", nhs=None, local=None))
            assert len(await hub.all("Patient")) == 2  # but never by name

    run(story())


def test_what_the_sender_was_told_is_a_fact_of_its_own(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            intake = hub.engine.intake("airedale")
            told = await intake(Message(result("1")))
            untold = await intake(Message(result("2", order="2")))
            unknown = await intake(Message(result("3", order="3")))
            assert code_of(told.answer) == "AA"
            told.told(True)
            untold.told(False)
            await hub.engine._around.told.flush()
            outcomes = [(await hub.receipt(each.id)).ack_outcome for each in (told, untold, unknown)]
            assert outcomes == [AckOutcome.DELIVERED, AckOutcome.UNDELIVERED, AckOutcome.PENDING]

    run(story())
