"""What hub.yaml says about a destination, held by a hub over real sockets."""

from dataclasses import replace

import pytest

from hub.core.lifecycle import DeliveryState
from tests.acceptance.misbehaving import ack, answering, closes, framed, listening, stays
from tests.acceptance.mllp_hub import EYE, run
from tests.acceptance.owing import CONFIG, owing, post_plan, settled, states


def in_turn(*parts):
    """A part for each message in turn, the last one for ever; a connection lives through as many as its parts let it."""
    left = list(parts)

    async def part(reader, writer):
        while not reader.at_eof():
            await (left.pop(0) if len(left) > 1 else left[0])(reader, writer)

    return part


def once(code, **rest):
    return answering(lambda of: framed(ack(code, of, **rest)), then=goes_on)


async def goes_on(_reader, _writer):
    return None


async def only(hub):
    (delivery,) = await hub.store.deliveries(EYE, destination="airedale")
    return delivery


@pytest.mark.parametrize(
    ("answers", "error", "left"),
    [
        ({"206"}, "206", {"owed": 1, "delivered": 1}),
        ({"206"}, "207", {"owed": 1, "dead": 1}),
        ({"AR"}, "207", {"owed": 1, "delivered": 1}),
        (set(), "206", {"owed": 1, "dead": 1}),
    ],
)
def test_a_refusal_is_tried_again_where_the_policy_says_that_it_passes(tmp_path, answers, error, left):
    async def story():
        async with listening(in_turn(once("AR", error=error), once("AA"))) as port:
            config = replace(CONFIG, retry=replace(CONFIG.retry, answers=frozenset(answers)))
            async with owing(tmp_path, port, config) as hub:
                await post_plan(hub)
                await settled(hub, **left)
                if "dead" in left:
                    assert (await only(hub)).reason == f"permanent: answered AR {error}"

    run(story())


ENHANCED = replace(CONFIG, enhanced=True, version="2.5")


@pytest.mark.parametrize("idempotent", [True, False])
@pytest.mark.parametrize("then", [stays, closes])
def test_what_the_receiver_keeps_is_not_sent_again(tmp_path, idempotent, then):
    """With CA it has taken it upon itself (HL7 v2 2.9.3.2), also where twice would do no harm; the row says that no more was heard."""
    received = []

    def accept(of):
        received.append(of)
        return framed(ack("CA", of))

    async def story():
        async with (
            listening(answering(accept, then=then)) as port,
            owing(tmp_path, port, replace(ENHANCED, idempotent=idempotent), answer=0.3) as hub,
        ):
            await post_plan(hub)
            await settled(hub, owed=1, delivered=1)
            assert (await only(hub)).reason == "the receiver keeps it (CA); its application has not answered"
            assert len(received) == 1

    run(story())


def test_the_application_s_refusal_is_a_dead_letter_after_the_accept(tmp_path):
    async def story():
        both = answering(lambda of: framed(ack("CA", of)), lambda of: framed(ack("AE", of, error="101")))
        async with listening(both) as port, owing(tmp_path, port, ENHANCED) as hub:
            await post_plan(hub)
            await settled(hub, owed=1, dead=1)
            (dead,) = await hub.store.deliveries(EYE, destination="airedale", state=DeliveryState.DEAD)
            assert dead.reason == "permanent: answered AE 101"

    run(story())


@pytest.mark.parametrize(("enhanced", "asks"), [(True, ["AL", "AL"]), (False, ["", ""])])
def test_only_in_enhanced_mode_two_answers_are_asked_for(tmp_path, enhanced, asks):
    heads = []

    async def part(reader, writer):
        while True:
            body = (await reader.readuntil(b"\x1c\r"))[1:-2].decode()
            fields = body.split("\r")[0].split("|")
            heads.append([*fields, *[""] * 4][14:16])
            writer.write(framed(ack("AA", fields[9])))

    async def story():
        async with listening(part) as port, owing(tmp_path, port, replace(ENHANCED, enhanced=enhanced)) as hub:
            await post_plan(hub)
            await settled(hub, owed=1, delivered=1)
            assert (await states(hub)) == {"owed": 1, "delivered": 1}

    run(story())
    assert heads == [asks]
