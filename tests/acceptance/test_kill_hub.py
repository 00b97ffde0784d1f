"""kill -9 under load, at any moment, again and again on one store: nothing acknowledged is lost, nothing is there twice, the books balance."""

import random
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import httpx

from hub.core.json import parse_json
from hub.core.lifecycle import DeliveryState
from tests.acceptance.faulty_hub import answer_before_the_commit
from tests.acceptance.hospital import configured, hospital, wait_until
from tests.acceptance.mllp_hub import registration, result
from tests.acceptance.mllp_sender import HubGone, connected
from tests.acceptance.record_of import bodies, deliveries, ledger, states_by_control_id

ROUNDS, CONNECTIONS = 4, 6
PEOPLE = tuple(f"P{number}" for number in range(8))
LAUNCHER = Path(__file__).with_name("faulty_hub.py")
FHIR = {"content-type": "application/fhir+json"}


@dataclass
class Feed:
    """What was sent, in order, and what of it was answered AA."""

    sent: dict[str, bytes] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)

    def pour(self, hub, name: str, stop: Event) -> None:
        """Until the hub is gone. A message without an answer is sent again first, as real senders do."""
        number = 0
        try:
            with connected(hub.mllp) as sender:
                while not stop.is_set():
                    control_id = f"{name}N{number}"
                    person = PEOPLE[number % len(PEOPLE)]
                    body = (
                        registration(control_id, nhs="", local=person, event="A31")
                        if number % 7 == 0
                        else result(control_id, f"{number}.50", order=control_id, nhs="", local=person)
                    )
                    self.sent[control_id] = body
                    answer = sender.send(body)
                    assert (answer.code, answer.control_id) == ("AA", control_id)
                    self.acknowledged.add(control_id)
                    number += 1
        except HubGone:
            return


def pour_and_kill(hub, feed: Feed, name: str, seconds: float, *, after: int = 0) -> None:
    """Killed so many seconds after so many answers: a hub's first message takes longer than those that follow."""
    stop, enough = Event(), len(feed.acknowledged) + after
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        pouring = [pool.submit(feed.pour, hub, f"{name}C{connection}", stop) for connection in range(CONNECTIONS)]
        try:
            wait_until(lambda: len(feed.acknowledged) >= enough)
            time.sleep(seconds)
        finally:
            hub.stop(signal.SIGKILL)
            stop.set()
        for each in pouring:
            each.result()


def lost(hub, feed: Feed) -> set[str]:
    """Acknowledged, and not committed exactly once."""
    states = states_by_control_id(hub.data)
    return {control_id for control_id in feed.acknowledged if states.get(control_id) != Counter({"committed": 1})}


def test_nothing_acknowledged_is_lost_and_nothing_is_there_twice(serve) -> None:
    chance = random.Random(11)
    feed = Feed()
    for round_ in range(ROUNDS):
        hub = serve()
        pour_and_kill(hub, feed, f"R{round_}", chance.uniform(0.05, 0.5), after=10 * (round_ % 2))
        assert ledger(hub.data).balanced
        assert lost(hub, feed) == set()
        check_results(hub.data, feed)
    assert len(feed.acknowledged) >= 10 * (ROUNDS // 2)

    hub = serve()
    before = bodies(hub.data)
    with connected(hub.mllp) as sender:
        for body in feed.sent.values():
            assert sender.send(body).code == "AA"
    assert hub.stop() == 0
    books = hub.ledger()  # the command itself
    assert books["balanced"]
    assert books["sources"]["mllp"]["committed"] == len(feed.sent)
    assert before.items() <= bodies(hub.data).items()  # what was there is there, in the same version and byte for byte
    check_results(hub.data, feed)
    assert len(bodies(hub.data, "Patient")) == len(PEOPLE)


def test_a_hub_that_answers_before_its_commit_is_caught(serve) -> None:
    """The planted fault: the same feed, the same kill, and acknowledged messages are missing. A kill may miss the gap; several do not."""
    feed = Feed()
    for round_ in range(6):
        hub = serve(prefix=(sys.executable, str(LAUNCHER), answer_before_the_commit.__name__))
        pour_and_kill(hub, feed, f"R{round_}", 0.1, after=10)
        if lost(hub, feed):
            return
    raise AssertionError("nothing that was acknowledged is missing")


def test_what_was_answered_when_received_is_processed_after_the_restart(serve, tmp_path) -> None:
    """`acknowledge: received`: the answer promises that it is kept, and the next start keeps the promise."""
    file = tmp_path / "hub.yaml"
    file.write_text("sources:\n  - {name: mllp2, connector: mllp, listen: '127.0.0.1:0', acknowledge: received}\n")
    hub = serve("--config", str(file))
    feed = Feed()
    hub.ready["mllp"] = hub.ready["mllp2"]
    pour_and_kill(hub, feed, "R", 0.1, after=10)
    assert hub.ledger()["balanced"]
    hub = serve("--config", str(file))
    wait_until(lambda: ledger(hub.data).sources["mllp2"]["pending"] == 0)
    assert lost(hub, feed) == set()
    check_results(hub.data, feed)


def check_results(data, feed: Feed) -> None:
    """Each committed result has its report with its Observation, once; and there are no others."""
    states = states_by_control_id(data)
    committed = {control_id for control_id, counted in states.items() if counted["committed"]}
    assert committed <= feed.sent.keys()
    reports = Counter(_filler(body) for body in bodies(data, "DiagnosticReport").values())
    orders = {control_id for control_id in committed if int(control_id.rpartition("N")[2]) % 7}
    assert reports == Counter(orders)
    named = Counter(
        reference["reference"].removeprefix("Observation/")
        for body in bodies(data, "DiagnosticReport").values()
        for reference in parse_json(body)["result"]
    )
    assert named == Counter(id_ for _, id_ in bodies(data, "Observation"))
    assert len(named) == len(orders)


def _filler(body: bytes) -> str:
    held = parse_json(body)["identifier"]
    return next(each["value"] for each in held if each["type"]["coding"][0]["code"] == "FILL")


def delivered(hub) -> int:
    return ledger(hub.data).destinations["documents"]["delivered"]


def plan(title: str, person: str) -> dict:
    return {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "title": title,
        "subject": {"reference": f"Patient/{person}"},
        "activity": [{"detail": {"status": "scheduled", "description": "Nebuliser first"}}],
    }


def somebody(hub) -> str:
    person = {"resourceType": "Patient", "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}]}
    person |= {"name": [{"family": "Brook"}]}
    answer = httpx.post(f"{hub.fhir}/Patient", json=person, headers=FHIR)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def post(hub, resource: dict) -> None:
    answer = httpx.post(f"{hub.fhir}/{resource['resourceType']}", json=resource, headers=FHIR)
    assert answer.status_code == 201, answer.text


def test_killed_between_commit_and_delivery_it_is_delivered_after_the_restart(serve, tmp_path) -> None:
    with hospital() as nobody_yet:
        port = nobody_yet.port
    options = configured(tmp_path, port)
    hub = serve(*options)
    post(hub, plan("While nobody listens", somebody(hub)))
    hub.stop(signal.SIGKILL)
    assert hub.ledger()["balanced"]
    with hospital(port=port) as ward:
        hub = serve(*options)
        ward.wait_for(1)
        wait_until(lambda: delivered(hub) == 1)
        assert len(set(ward.control_ids)) == 1
        assert hub.ledger()["balanced"]


def test_killed_while_the_answer_is_awaited_it_is_sent_again_under_the_same_control_id(serve, tmp_path) -> None:
    with hospital("silent", "AA") as ward:
        options = configured(tmp_path, ward.port, answer="30s")
        hub = serve(*options)
        post(hub, plan("Taken, and not answered", somebody(hub)))
        ward.wait_for(1)
        hub.stop(signal.SIGKILL)
        assert [each.state for each in deliveries(hub.data)] == [DeliveryState.IN_FLIGHT]
        hub = serve(*options)
        ward.wait_for(2)
        wait_until(lambda: delivered(hub) == 1)
        assert ward.received[0] == ward.received[1]  # also the same bytes: a receiver can tell that it is a retry


def test_killed_while_the_answer_is_awaited_of_one_that_must_not_get_it_twice(serve, tmp_path) -> None:
    """It may have been taken: a dead letter with a reason, for a person to decide."""
    with hospital("silent", "AA") as ward:
        options = configured(tmp_path, ward.port, answer="30s", idempotent="false")
        hub = serve(*options)
        post(hub, plan("Taken, and not answered", somebody(hub)))
        ward.wait_for(1)
        hub.stop(signal.SIGKILL)
        hub = serve(*options)
        (letter,) = deliveries(hub.data)
        assert letter.state is DeliveryState.DEAD
        assert letter.reason.startswith("ambiguous")
        time.sleep(0.5)
        assert len(ward.received) == 1
        assert hub.ledger()["balanced"]


def test_killed_at_random_moments_of_delivery_every_plan_arrives(serve, tmp_path) -> None:
    chance = random.Random(5)
    titles: set[str] = set()
    with hospital() as ward:
        options = configured(tmp_path, ward.port)
        person = None
        for round_ in range(3):
            hub = serve(*options)
            person = person or somebody(hub)
            for number in range(8):
                title = f"Plan {round_} {number}"
                post(hub, plan(title, person))
                titles.add(title)
            time.sleep(chance.uniform(0, 0.05))
            hub.stop(signal.SIGKILL)
            assert ledger(hub.data).balanced
        hub = serve(*options)
        wait_until(lambda: delivered(hub) == len(titles))
        arrived: dict[str, set[str]] = {}
        for control_id, body in zip(ward.control_ids, ward.received, strict=True):
            title = next(line.split("|")[3].split("^")[1] for line in body.decode().split("\r") if line.startswith("OBX"))
            arrived.setdefault(title, set()).add(control_id)
        assert arrived.keys() == titles
        assert {len(ids) for ids in arrived.values()} == {1}
