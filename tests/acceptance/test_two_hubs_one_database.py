"""Two `calder serve` on one PostgreSQL: killed, and the database killed under them; one record, one ledger, one delivery each."""

import json
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.acceptance.conftest import CALDER
from tests.acceptance.hospital import configured, hospital, wait_until
from tests.acceptance.mllp_hub import registration, result
from tests.acceptance.mllp_sender import HubGone, connected
from tests.acceptance.record_of import bodies, ledger, receipts, states_by_control_id
from tests.acceptance.test_kill_hub import plan, post, somebody
from tests.postgresql_server import PostgresqlServer

PEOPLE = tuple(f"P{number}" for number in range(6))


@pytest.fixture
def server():
    made = PostgresqlServer()
    yield made
    made.remove()


def pour(hub, name, acknowledged, stop):
    """Until told, or until the hub is gone. The people are everybody's: each hub meets those of the other."""
    number = 0
    with connected(hub.mllp) as sender:
        while not stop.is_set():
            control_id = f"{name}N{number}"
            person = PEOPLE[number % len(PEOPLE)]
            registers = number % 4 == 0
            body = (
                registration(control_id, nhs="", local=person, event="A31")
                if registers
                else result(control_id, f"{number}.50", order=control_id, nhs="", local=person)
            )
            try:
                answer = sender.send(body)
            except HubGone:
                return
            assert (answer.code, answer.control_id) == ("AA", control_id)
            acknowledged.add(control_id)
            number += 1


def check(url, acknowledged):
    states = states_by_control_id(url)
    once = Counter({"committed": 1})
    assert {control_id: states.get(control_id) for control_id in acknowledged if states.get(control_id) != once} == {}
    assert len(bodies(url, "Patient")) == len(PEOPLE)  # whichever hub heard of them first
    found = ledger(url)
    assert found.balanced
    assert len(receipts(url)) == sum(line["received"] for line in found.sources.values())


def test_a_hub_and_then_the_database_are_killed_under_load(serve, server):
    url = server.url()
    hubs = [serve("--store", url) for _ in range(2)]
    acknowledged, stop = set(), threading.Event()
    with ThreadPoolExecutor(8) as pool:
        pouring = [pool.submit(pour, hub, f"H{at}C{line}", acknowledged, stop) for at, hub in enumerate(hubs) for line in range(2)]
        try:
            wait_until(lambda: len(acknowledged) > 20)
            time.sleep(random.uniform(0, 0.2))
            hubs[0].stop(signal.SIGKILL)
            enough = len(acknowledged) + 15
            wait_until(lambda: len(acknowledged) > enough)
            server.kill()
            time.sleep(0.3)
            server.start()
            enough = len(acknowledged) + 15  # its senders have waited, and go on
            wait_until(lambda: len(acknowledged) > enough)
        finally:
            stop.set()
        for each in pouring:
            each.result()
    check(url, acknowledged)
    done = subprocess.run([CALDER, "ledger", "--store", url, "--json"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["balanced"]
    listed = subprocess.run([CALDER, "messages", "list", "--store", url, "--json"], capture_output=True, text=True, check=True)
    assert json.loads(listed.stdout)["messages"]
    assert hubs[1].stop() == 0


def test_what_a_killed_hub_owed_the_other_delivers_once(serve, server, tmp_path):
    url = server.url()
    with hospital() as ward:
        options = (*configured(tmp_path, ward.port), "--store", url)
        hubs = [serve(*options, data=tmp_path / name) for name in ("one", "two")]
        person = somebody(hubs[0])
        for number in range(12):
            post(hubs[number % 2], plan(f"Plan {number}", person))
            if number == 6:
                hubs[0].stop(signal.SIGKILL)
                hubs[0] = hubs[1]
        wait_until(lambda: ledger(url).destinations["documents"]["delivered"] == 12, 40)
        assert ledger(url).balanced
        titles = [title(body) for body in ward.received]
        assert set(titles) == {f"Plan {number}" for number in range(12)}
        again = [one for one, times in Counter(zip(ward.control_ids, titles, strict=True)).items() if times > 1]
        assert len(again) <= 1  # the one that was on its way when its hub was killed, under the same control id


def title(body):
    return next(line.split("|")[3].split("^")[1] for line in body.decode().split("\r") if line.startswith("OBX"))
