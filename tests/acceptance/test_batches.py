"""Batches over MLLP: each message a receipt of its own, the envelope kept, the counts compared, and a batch of answers."""

import pytest

from hub.codec.hl7v2.envelope import read_transmission
from hub.core.lifecycle import MessageState
from hub.engine.configuration import Mode
from tests.acceptance.mllp_hub import EYE, registration, run
from tests.acceptance.test_acknowledgement import hub_with, refused, sender

FHS = b"FHS|^~\\&|PAS|RCF|CALDER|HUB|20260501||night||F77\r"
BHS = b"BHS|^~\\&|PAS|RCF|CALDER|HUB|20260501||||B42\r"


def batch(*messages, header=BHS, trailer=None):
    return header + b"".join(messages) + (f"BTS|{len(messages)}\r".encode() if trailer is None else trailer)


def lines(answer, name):
    return [line.split("|") for line in answer.decode().split("\r") if line.startswith(name)]


def msas(answer):
    return [(line[1], line[2]) for line in lines(answer, "MSA")]


async def told(each, body):
    each.send(body)
    return await each.answer()


async def kept(hub):
    """Every byte that is kept: the envelope, and the messages in their order."""
    found = sorted(await hub.store.receipts(EYE), key=lambda each: each.id)
    return [(each.state, await hub.store.archived(EYE, each.id)) for each in found]


def test_each_message_has_its_receipt_and_its_answer(tmp_path):
    async def story():
        messages = registration("1"), refused("2"), registration("3")
        async with hub_with(tmp_path) as (hub, listener), sender(listener) as each:
            answer = await told(each, FHS + batch(*messages) + b"FTS|1\r")
            assert msas(answer) == [("AA", "1"), ("AE", "2"), ("AA", "3")]
            assert lines(answer, "BHS")[0][2:6] == ["CALDER", "HUB", "PAS", "RCF"]
            assert (lines(answer, "BHS")[0][11], lines(answer, "FHS")[0][11]) == ("B42", "F77")
            assert (lines(answer, "BTS"), lines(answer, "FTS")) == ([["BTS", "3"]], [["FTS", "1"]])
            assert await kept(hub) == [
                (MessageState.COMMITTED, messages[0]),
                (MessageState.REFUSED, messages[1]),
                (MessageState.COMMITTED, messages[2]),
                (MessageState.FILTERED, FHS + BHS + b"BTS|3\rFTS|1\r"),
            ]
            assert (await hub.store.ledger(EYE)).balanced

    run(story())


@pytest.mark.parametrize(
    ("body", "answered", "finding"),
    [
        (batch(registration("1"), trailer=b"BTS|2\r"), ["1"], "H501 BTS[1]-1"),
        (batch(registration("1"), registration("2"), trailer=b""), ["1", "2"], "H502 BTS[1]-1"),
        (FHS + batch(registration("1")) + b"FTS|3\r", ["1"], "H501 FTS-1"),
        (FHS + batch(registration("1")), ["1"], "H502 FTS-1"),
        (BHS + registration("1") + BHS + registration("2") + b"BTS|1\r", ["1", "2"], "H502 BTS[1]-1"),
        (FHS + registration("1") + b"FTS|1\r", ["1"], None),
        (batch(), [], None),
        (FHS + b"FTS|0\r", [], None),
    ],
)
def test_what_the_trailers_say_is_compared_and_nothing_is_left_out(tmp_path, body, answered, finding):
    async def story():
        async with hub_with(tmp_path) as (hub, listener), sender(listener) as each:
            answer = await told(each, body)
            assert msas(answer) == [("AA", control_id) for control_id in answered]
            envelope = (await hub.store.receipts(EYE))[0]
            assert envelope.state is MessageState.FILTERED
            if finding is not None:
                assert finding in envelope.reason
                assert finding in answer.decode()
            else:
                assert "H50" not in answer.decode() + envelope.reason

    run(story())


def test_the_same_batch_again_changes_nothing(tmp_path):
    async def story():
        async with hub_with(tmp_path) as (hub, listener), sender(listener) as each:
            body = batch(registration("1"), registration("2"))
            first, again = await told(each, body), await told(each, body)
            assert msas(first) == msas(again)
            assert await hub.states() == {"received": 6, "committed": 2, "duplicate": 2, "filtered": 2}

    run(story())


def test_a_batch_whose_connection_ends_in_the_middle_is_nothing(tmp_path):
    async def story():
        async with hub_with(tmp_path) as (hub, listener):
            async with sender(listener) as each:
                each.writer.write(b"\x0b" + batch(registration("1"))[:-4])
            async with sender(listener) as each:
                assert msas(await told(each, registration("2"))) == [("AA", "2")]
            assert await hub.states() == {"received": 1, "committed": 1}

    run(story())


def test_in_enhanced_mode_two_batches_answer(tmp_path):
    async def story():
        async with hub_with(tmp_path, mode=Mode.ENHANCED) as (_, listener), sender(listener) as each:
            first = await told(each, batch(registration("1"), refused("2")))
            assert msas(first) == [("CA", "1"), ("CA", "2")]
            assert msas(await each.answer()) == [("AA", "1"), ("AE", "2")]

    run(story())


def test_what_is_neither_envelope_nor_message_is_refused_and_kept(tmp_path):
    async def story():
        async with hub_with(tmp_path) as (hub, listener), sender(listener) as each:
            answer = await told(each, BHS + b"garbage\r" + registration("1") + b"BTS|1\r")
            assert [code for code, _ in [(line[1], line) for line in lines(answer, "MSA")]] == ["AR", "AA"]
            assert b"garbage" in b"".join(body for _, body in await kept(hub))

    run(story())


def test_a_count_that_is_not_compared_is_caught(tmp_path, monkeypatch):
    """The planted fault."""
    monkeypatch.setattr("hub.codec.hl7v2.envelope._compare", lambda *_: iter(()))
    with pytest.raises(AssertionError):
        test_what_the_trailers_say_is_compared_and_nothing_is_left_out(
            tmp_path, batch(registration("1"), trailer=b"BTS|2\r"), ["1"], "H501 BTS[1]-1"
        )


def test_two_messages_without_an_envelope_are_still_refused(tmp_path):
    """Joining them could put one person's results into another's record."""

    async def story():
        async with hub_with(tmp_path) as (_, listener), sender(listener) as each:
            assert [code for code, _ in msas(await told(each, registration("1") + registration("2")))] == ["AR"]

    run(story())


def test_one_message_is_no_batch():
    assert read_transmission(registration("1")) is None
