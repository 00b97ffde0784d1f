"""The sequence number protocol over a connection: HL7 v2 chapter 2, section 2.10.1."""

import pytest

from hub.engine.configuration import Acknowledge, Mode
from tests.acceptance.mllp_hub import code_of, errors_of, msh, registration, run, wire
from tests.acceptance.test_acknowledgement import hub_with, refused, sender


def numbered(number, message):
    header, _, rest = message.partition(b"\r")
    return header + b"|" + str(number).encode() + b"\r" + rest


def link(number, control_id):
    return numbered(number, wire(msh("ADT^A28", control_id)))


def msa4(answer):
    msa = next(line for line in answer.decode().split("\r") if line.startswith("MSA"))
    return (*msa.split("|"), "", "", "")[4]


async def told(each, message):
    each.send(message)
    answer = await each.answer()
    return code_of(answer), msa4(answer)


@pytest.mark.parametrize("acknowledge", list(Acknowledge))
def test_the_link_from_its_start(tmp_path, acknowledge):
    async def story():
        async with hub_with(tmp_path, sequence_numbers=True, acknowledge=acknowledge) as (hub, listener), sender(listener) as each:
            assert await told(each, link(0, "a")) == ("AA", "-1")  # nothing is expected yet
            assert await told(each, numbered(7, registration("b"))) == ("AA", "7")
            assert await told(each, numbered(8, registration("c"))) == ("AA", "8")
            assert await told(each, numbered(10, registration("e"))) == ("AE", "9")  # a gap
            assert await told(each, numbered(8, registration("f"))) == ("AE", "9")  # it has been
            assert await told(each, numbered(8, registration("c"))) == ("AA", "8")  # the very same again: its answer again
            assert await told(each, link(0, "g")) == ("AA", "9")
            assert await told(each, numbered(9, registration("h"))) == ("AA", "9")
            assert await told(each, link(-1, "i")) == ("AA", "-1")
            assert await told(each, numbered(1, registration("j"))) == ("AA", "1")
            await hub.engine.drain()
            assert await hub.states() == {"received": 10, "committed": 4, "duplicate": 1, "refused": 2, "filtered": 3}

    run(story())


def test_what_is_expected_outlives_the_hub(tmp_path):
    async def story():
        async with hub_with(tmp_path, sequence_numbers=True) as (_, listener), sender(listener) as each:
            assert await told(each, numbered(5, registration("1"))) == ("AA", "5")
        async with hub_with(tmp_path, sequence_numbers=True) as (_, listener), sender(listener) as each:
            assert await told(each, numbered(7, registration("2"))) == ("AE", "6")
            assert await told(each, numbered(6, registration("3"))) == ("AA", "6")

    run(story())


def test_what_is_refused_does_not_advance_the_count(tmp_path):
    async def story():
        async with hub_with(tmp_path, sequence_numbers=True) as (_, listener), sender(listener) as each:
            assert await told(each, numbered(1, refused("1"))) == ("AE", "1")
            assert await told(each, numbered(1, registration("2"))) == ("AA", "1")

    run(story())


def test_in_enhanced_mode_the_accept_acknowledgement_says_it(tmp_path):
    async def story():
        async with hub_with(tmp_path, sequence_numbers=True, mode=Mode.ENHANCED) as (_, listener), sender(listener) as each:
            assert await told(each, numbered(1, registration("1"))) == ("CA", "1")
            assert code_of(await each.answer()) == "AA"
            assert await told(each, numbered(3, registration("3"))) == ("CE", "2")

    run(story())


def test_a_message_without_a_number_is_refused(tmp_path):
    async def story():
        async with hub_with(tmp_path, sequence_numbers=True) as (_, listener), sender(listener) as each:
            each.send(registration("1"))
            answer = await each.answer()
            assert (code_of(answer), errors_of(answer)) == ("AE", ["101"])

    run(story())


def test_a_hub_that_forgets_the_number_is_caught(tmp_path, monkeypatch):
    """The planted fault."""
    monkeypatch.setattr("hub.store.sqlite.doors.DoorWork.expect_number", lambda *_: None)
    with pytest.raises(AssertionError):
        test_what_is_expected_outlives_the_hub(tmp_path)
