"""What hub.yaml says about a destination, held by a hub over real sockets."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.core.lifecycle import DeliveryState
from hub.engine import delivery, sending
from hub.engine.configuration import BreakerPolicy, OnDead, Window
from hub.store.sqlite import outbox
from tests.acceptance.misbehaving import ack, answering, closes, control_id, framed, listening, message, nobody, stays
from tests.acceptance.mllp_hub import EYE, run, until
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


ONE_FAILURE = BreakerPolicy(failures=2, pause=timedelta(milliseconds=100))


async def attempts(hub):
    return sum(row.attempts for row in await hub.store.deliveries(EYE, destination="airedale"))


def test_what_waits_for_a_destination_that_is_down_spends_no_attempts(tmp_path):
    async def story():
        async with nobody() as port:
            config = replace(CONFIG, breaker=ONE_FAILURE)
            async with owing(tmp_path, port, config) as hub:
                for number in range(6):
                    await post_plan(hub, f"v{number}", id_=f"c{number}", person=f"p{number}")
                await until(lambda: hub.engine._workers[0]._breaker.is_open)
                await asyncio.sleep(0.5)  # several pauses
                assert await attempts(hub) <= 4
                assert hub.engine._workers[0]._breaker.failures > 3  # it was asked meanwhile

    run(story())


def test_when_it_is_back_everything_arrives(tmp_path):
    async def story():
        async with nobody() as port:
            config = replace(CONFIG, breaker=ONE_FAILURE)
            async with owing(tmp_path, port, config) as hub:
                for number in range(6):
                    await post_plan(hub, f"v{number}", id_=f"c{number}", person=f"p{number}")
                await until(lambda: hub.engine._workers[0]._breaker.is_open)
                async with listening(answering(lambda of: framed(ack("AA", of))), port):
                    await settled(hub, owed=6, delivered=6)

    run(story())


def test_a_silent_destination_that_may_not_get_it_twice_costs_few_dead_letters(tmp_path):
    """Without the breaker each of them would be sent into the silence, and each would die."""

    async def story():
        async with listening(answering(then=stays)) as port:
            config = replace(CONFIG, breaker=BreakerPolicy(failures=2, pause=timedelta(minutes=5)))
            async with owing(tmp_path, port, config, answer=0.1) as hub:
                for number in range(8):
                    await post_plan(hub, f"v{number}", id_=f"c{number}", person=f"p{number}")
                await settled(hub, owed=8, dead=2, due=6)

    run(story())


def test_outside_its_window_nothing_is_sent(tmp_path):
    async def story():
        now = datetime.now(UTC)
        closed = Window((now + timedelta(hours=2)).time(), (now + timedelta(hours=3)).time(), ZoneInfo("UTC"))
        always = Window(time(0), time(23, 59, 59, 999999), ZoneInfo("UTC"))
        async with listening(answering(lambda of: framed(ack("AA", of)))) as port:
            async with owing(tmp_path, port, replace(CONFIG, window=closed)) as hub:
                await post_plan(hub)
                await asyncio.sleep(0.3)
                assert await states(hub) == {"owed": 1, "due": 1}
            async with owing(tmp_path, port, replace(CONFIG, window=always)) as hub:
                await settled(hub, owed=1, delivered=1)

    run(story())


def test_a_rate_is_kept(tmp_path):
    moments = []

    async def part(reader, writer):
        while True:
            of = control_id(await message(reader))
            moments.append(asyncio.get_running_loop().time())
            writer.write(framed(ack("AA", of)))

    async def story():
        async with listening(part) as port, owing(tmp_path, port, replace(CONFIG, rate=8.0, connections=4)) as hub:
            for number in range(10):
                await post_plan(hub, f"v{number}", id_=f"c{number}", person=f"p{number}")
            await settled(hub, owed=10, delivered=10)

    run(story())
    assert moments[-1] - moments[0] >= 9 / 8 - 0.2


@pytest.mark.parametrize("idempotent", [True, False])
def test_lanes_flow_beside_each_other_and_each_keeps_its_order(tmp_path, idempotent):
    seen, under_way, most = [], 0, 0

    async def part(reader, writer):
        nonlocal under_way, most
        while True:
            body = await message(reader)
            under_way += 1
            most = max(most, under_way)
            title = body.split(b"TXA|1|")[1].split(b"|")[0].decode()
            await asyncio.sleep(0.01 if int(title[-1]) % 2 else 0.06)  # a later one would overtake an earlier one
            under_way -= 1
            seen.append(title)
            writer.write(framed(ack("AA", control_id(body))))

    async def story():
        config = replace(CONFIG, connections=4, idempotent=idempotent)
        async with listening(part) as port, owing(tmp_path, port, config) as hub:
            for number in range(6):
                for person in range(6):
                    await post_plan(hub, f"p{person}-{number}", id_=f"c{person}", person=f"p{person}")
            await settled(hub, owed=36, delivered=36)

    run(story())
    for person in range(6):
        assert [title for title in seen if title.startswith(f"p{person}-")] == [f"p{person}-{number}" for number in range(6)]
    assert 2 <= most <= 4


@pytest.mark.parametrize(
    ("on_dead", "left"), [(OnDead.GO_ON, {"owed": 2, "dead": 1, "delivered": 1}), (OnDead.HOLD, {"owed": 2, "dead": 1, "due": 1})]
)
def test_what_follows_a_dead_letter(tmp_path, on_dead, left):
    """A plan and its correction: by itself the correction goes on, since what it says is true and the plan is not."""

    async def story():
        async with listening(in_turn(once("AE"), once("AA"))) as port, owing(tmp_path, port, replace(CONFIG, on_dead=on_dead)) as hub:
            await post_plan(hub, "plan", id_="c1")
            await post_plan(hub, "correction", id_="c1")
            await settled(hub, **left)
            await asyncio.sleep(0.2)
            assert await states(hub) == left

    run(story())


HOUR = timedelta(hours=1)  # no second attempt is under way when the clock is put right


class Astray:
    """A clock that was ahead, and is put right."""

    ahead = timedelta(hours=5)

    def now(self):
        return datetime.now(UTC) + self.ahead


def test_a_clock_that_is_set_back_makes_nothing_wait_for_hours(tmp_path):
    async def story():
        async with nobody() as port, owing(tmp_path, port, replace(CONFIG, retry=replace(CONFIG.retry, initial=HOUR, maximum=HOUR))) as hub:
            clock = Astray()
            object.__setattr__(hub.engine._around, "clock", clock)
            await post_plan(hub)
            await settled(hub, owed=1, waiting=1)
            clock.ahead = timedelta()
            async with listening(answering(lambda of: framed(ack("AA", of))), port):
                await settled(hub, owed=1, delivered=1)

    run(story())


# --- mutants of the worker


def test_a_worker_that_forgets_the_order_of_lanes_is_caught(tmp_path, monkeypatch):
    """Claims as if every delivery headed its lane."""
    forgotten = outbox.SQL["claim"].replace("d.heads = 1 AND ", "").replace("INDEXED BY delivery_ready", "")
    monkeypatch.setitem(outbox.SQL, "claim", forgotten)
    with pytest.raises(AssertionError):
        test_lanes_flow_beside_each_other_and_each_keeps_its_order(tmp_path, idempotent=True)


def test_a_worker_that_tries_the_ambiguous_again_is_caught(tmp_path, monkeypatch):
    monkeypatch.setattr(sending, "settle", lambda *_, **__: DeliveryState.WAITING)
    received = []

    def hears(of):
        received.append(of)
        return b""

    async def story():
        async with listening(answering(hears, then=closes)) as port, owing(tmp_path, port, CONFIG) as hub:
            await post_plan(hub)
            await until(lambda: len(received) > 1)  # with the guard it is dead after one: test_mllp_delivery

    run(story())


def test_a_worker_without_a_horizon_is_caught(tmp_path, monkeypatch):
    monkeypatch.setattr(delivery, "_SKEW", timedelta(days=3650))
    with pytest.raises(AssertionError):
        test_a_clock_that_is_set_back_makes_nothing_wait_for_hours(tmp_path)
