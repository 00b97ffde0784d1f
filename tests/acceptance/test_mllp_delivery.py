"""What is owed to a destination: sent in order, once where it can be known, again where it may, a dead letter where it must."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.mllp import MllpDestination
from connectors.mllp.limits import Limits
from hub.core.errors import NotSent, Rejected, Unanswered
from hub.core.lifecycle import DeliveryState
from hub.engine import delivery
from hub.engine.configuration import RouteConfig
from hub.sdk import Outbound
from tests.acceptance.mllp_hospital import Hospital
from tests.acceptance.mllp_hub import ELSIE, EYE, packaged_maps, result, run, running, until
from tests.acceptance.owing import CONFIG, QUICK, ROUTES, Writes, owing, post_plan, settled, states


def test_a_plan_arrives_with_its_person_and_author_and_is_accounted(tmp_path):
    async def story():
        hospital = await Hospital().open()
        async with owing(tmp_path, hospital.port) as hub:
            await post_plan(hub)
            await settled(hub, owed=1, delivered=1)
            assert hospital.received[0].endswith(b"TXA|1|plan|CarePlan^Patient^Practitioner\r")
            (row,) = [row for row in await hub.store.audit_rows(EYE, person="p1") if row.client == "airedale"]
            assert (row.action, row.organisation, row.interaction, row.basis) == ("R", "RCF", "delivery documents/plan", "permit-all")
        await hospital.close()

    run(story())


def test_delivery_begins_at_commit_and_not_at_the_next_look(tmp_path, monkeypatch):
    monkeypatch.setattr(delivery, "_LOOK", 3600)

    async def story():
        hospital = await Hospital().open()
        async with owing(tmp_path, hospital.port) as hub:
            await asyncio.sleep(0.1)  # the worker has looked and sleeps
            await post_plan(hub)
            await settled(hub, owed=1, delivered=1)
        await hospital.close()

    run(story())


def test_a_message_wakes_it_too(tmp_path, monkeypatch):
    monkeypatch.setattr(delivery, "_LOOK", 3600)

    class Both(Writes):
        def find_message_map(self, message):
            return packaged_maps().find_message_map(message)

        def backward(self, resources, *, params, givens, version="2.4"):
            return super().backward([{**resources[0], "title": "result"}, *resources[1:]], params=params, givens=givens, version=version)

    async def story():
        hospital = await Hospital().open()
        destination = MllpDestination(f"127.0.0.1:{hospital.port}", Limits(answer=1))
        routes = (RouteConfig("Observation", "plan", ("airedale",)),)
        async with running(tmp_path, maps=Both(), destinations=(CONFIG,), routes=routes, receivers={"airedale": destination}) as hub:
            await asyncio.sleep(0.1)
            assert (await hub.tell(result("1")))[0] == "AA"
            await settled(hub, owed=1, delivered=1)
        await hospital.close()

    run(story())


def test_one_person_s_plans_arrive_in_order_on_one_connection(tmp_path):
    async def story():
        hospital = await Hospital().open()
        async with owing(tmp_path, hospital.port) as hub:
            for number in range(12):
                await post_plan(hub, f"v{number}", id_="c1")
            await settled(hub, owed=12, delivered=12)
            assert hospital.titles == [f"v{number}" for number in range(12)]
            assert hospital.connections == 1
            assert len(set(hospital.control_ids)) == 12
        await hospital.close()

    run(story())


def test_nobody_listens_then_somebody_does(tmp_path):
    async def story():
        hospital = await Hospital().open()
        await hospital.close()
        async with owing(tmp_path, hospital.port) as hub:
            await post_plan(hub)
            await settled(hub, owed=1, waiting=1)
            (waiting,) = await hub.store.deliveries(EYE, destination="airedale")
            assert waiting.reason.startswith("transient: no connection")
            assert "airedale" not in [row.client for row in await hub.store.audit_rows(EYE, person="p1")]  # nobody has seen it
            await hospital.open(hospital.port)
            await settled(hub, owed=1, delivered=1)
            assert len(hospital.received) == 1
        await hospital.close()

    run(story())


def test_a_lane_waits_for_its_first_and_other_lanes_do_not(tmp_path):
    async def story():
        hospital = await Hospital("close", "AA").open()
        config = replace(CONFIG, idempotent=True, retry=replace(QUICK, initial=timedelta(seconds=1), maximum=timedelta(seconds=1)))
        async with owing(tmp_path, hospital.port, config) as hub:
            await post_plan(hub, "first", id_="c1")
            await until(lambda: hospital.received)
            await post_plan(hub, "second", id_="c1")
            await post_plan(hub, "other", id_="c2", person="p2")
            await settled(hub, owed=3, delivered=3)
            assert hospital.titles == ["first", "other", "first", "second"]
        await hospital.close()

    run(story())


@pytest.mark.parametrize("code", ["AE", "AR", "CE", "CR"])
def test_a_no_is_a_dead_letter_with_its_reason_and_the_lane_goes_on(tmp_path, code):
    async def story():
        hospital = await Hospital(code, "AA").open()
        async with owing(tmp_path, hospital.port) as hub:
            await post_plan(hub, "bad", id_="c1")
            await post_plan(hub, "good", id_="c1")
            await settled(hub, owed=2, dead=1, delivered=1)
            (dead,) = await hub.store.deliveries(EYE, destination="airedale", state=DeliveryState.DEAD)
            assert dead.reason == f"permanent: answered {code}"
            assert hospital.titles == ["bad", "good"]
        await hospital.close()

    run(story())


@pytest.mark.parametrize("way", ["silent", "close", "garbage", "other"])
def test_without_an_answer_to_it_a_message_may_have_arrived(tmp_path, way):
    """Where the destination would take it twice, a person decides."""

    async def story():
        hospital = await Hospital(way, "AA").open()
        async with owing(tmp_path, hospital.port, answer=0.2) as hub:
            await post_plan(hub)
            await settled(hub, owed=1, dead=1)
            (dead,) = await hub.store.deliveries(EYE, destination="airedale")
            assert dead.reason.startswith("ambiguous: ")
            await asyncio.sleep(0.2)
            assert len(hospital.received) == 1
            assert "airedale" in [row.client for row in await hub.store.audit_rows(EYE, person="p1")]  # it may have been seen
        await hospital.close()

    run(story())


def test_an_idempotent_destination_gets_it_again_as_the_same_message(tmp_path):
    async def story():
        hospital = await Hospital("silent", "garbage", "close", "other", "AA").open()
        async with owing(tmp_path, hospital.port, replace(CONFIG, idempotent=True), answer=0.2) as hub:
            await post_plan(hub)
            await settled(hub, owed=1, delivered=1)
            assert len(hospital.received) == 5
            assert len(set(hospital.received)) == 1  # byte for byte, so that it can be told
            assert hospital.connections == 5  # each without an answer closed its connection
        await hospital.close()

    run(story())


def test_a_late_answer_is_not_taken_for_this_message(tmp_path):
    async def story():
        hospital = await Hospital("late").open()
        async with owing(tmp_path, hospital.port) as hub:
            await post_plan(hub)
            await settled(hub, owed=1, delivered=1)
        await hospital.close()

    run(story())


def test_it_is_given_up_after_its_time(tmp_path):
    async def story():
        hospital = await Hospital().open()
        await hospital.close()
        config = replace(CONFIG, retry=replace(QUICK, lasting=timedelta(milliseconds=150)))
        async with owing(tmp_path, hospital.port, config) as hub:
            await post_plan(hub)
            await settled(hub, owed=1, dead=1)
            (dead,) = await hub.store.deliveries(EYE, destination="airedale")
            assert dead.attempts > 1

    run(story())


@pytest.mark.parametrize(("title", "reason"), [("", "permanent: E301"), ("break", "permanent: E301 ValueError at ")])
def test_what_cannot_be_written_is_a_dead_letter_without_a_value_in_it(tmp_path, title, reason):
    async def story():
        hospital = await Hospital().open()
        async with owing(tmp_path, hospital.port) as hub:
            await post_plan(hub, title)
            await settled(hub, owed=1, dead=1)
            (dead,) = await hub.store.deliveries(EYE, destination="airedale")
            assert dead.reason.startswith(reason)
            assert ELSIE not in dead.reason
            assert hospital.received == []
        await hospital.close()

    run(story())


@pytest.mark.parametrize(("idempotent", "left"), [(False, {"owed": 1, "dead": 1}), (True, {"owed": 1, "delivered": 1})])
def test_what_was_on_its_way_when_the_hub_died(tmp_path, idempotent, left):
    async def before():
        async with running(tmp_path, maps=Writes(), destinations=(CONFIG,), routes=ROUTES) as hub:
            await post_plan(hub)
            now = hub.engine._around.clock.now()
            assert len(await hub.store.submit(lambda tx: tx.claim("airedale", now, 10))) == 1

    async def after():
        hospital = await Hospital().open()
        async with owing(tmp_path, hospital.port, replace(CONFIG, idempotent=idempotent)) as hub:
            await settled(hub, **left)
        await hospital.close()

    run(before())
    run(after())


def test_a_stop_gives_back_what_was_not_sent(tmp_path):
    async def story():
        hospital = await Hospital("silent").open()
        config = replace(CONFIG, idempotent=True)
        async with owing(tmp_path, hospital.port, config, answer=0.5) as hub:
            for number in range(5):
                await post_plan(hub, f"v{number}", id_=f"c{number}", person=f"p{number}")
            await until(lambda: hospital.received)
        async with running(tmp_path, maps=Writes(), destinations=(config,)) as hub:
            assert await states(hub) == {"owed": 5, "waiting": 5} or await states(hub) == {"owed": 5, "waiting": 1, "due": 4}
            assert len(hospital.received) == 1
        await hospital.close()

    run(story())


def test_the_destination_says_which_failure_it_was():
    async def story():
        body, control_id = b"MSH|^~\\&|HUB|HUB|PAS|RCF|20260501||MDM^T02|C1|P|2.4\rTXA|1|t|x\r", "C1"
        hospital = await Hospital("AA", "CA", "AR", "silent", "close").open()
        destination = MllpDestination(f"127.0.0.1:{hospital.port}", Limits(answer=0.2))
        for _ in range(2):
            await destination.send(Outbound(body, control_id))
        with pytest.raises(Rejected) as refused:
            await destination.send(Outbound(body, control_id))
        assert refused.value.code == "AR"
        for _ in range(2):
            with pytest.raises(Unanswered):
                await destination.send(Outbound(body, control_id))
        await hospital.close()
        with pytest.raises(NotSent):
            await destination.send(Outbound(body, control_id))
        await destination.close()

    run(story())


def test_a_connection_closed_while_idle_is_opened_anew():
    """The receiver closes idle connections: the next message is not lost to a dead socket."""

    async def story():
        body, control_id = b"MSH|^~\\&|HUB|HUB|PAS|RCF|20260501||MDM^T02|C1|P|2.4\rTXA|1|t|x\r", "C1"
        hospital = await Hospital().open()
        writers = []
        serve = hospital._serve

        async def remember(reader, writer):
            writers.append(writer)
            await serve(reader, writer)

        hospital._serve = remember
        await hospital.close()
        await hospital.open(hospital.port)
        destination = MllpDestination(f"127.0.0.1:{hospital.port}", Limits(answer=1))
        await destination.send(Outbound(body, control_id))
        writers[0].close()
        await asyncio.sleep(0.05)
        await destination.send(Outbound(body, control_id))
        assert len(writers) == 2
        await destination.close()
        await hospital.close()

    run(story())
