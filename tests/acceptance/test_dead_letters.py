"""What a person does with dead letters, by commands, beside a running hub and without one."""

import json
from subprocess import run as start

import httpx
import pytest

from tests.acceptance.conftest import CALDER
from tests.acceptance.hospital import configured, hospital, wait_until
from tests.acceptance.test_kill_hub import FHIR, plan, post, somebody


def told(data, *arguments, code=0):
    done = start([CALDER, *map(str, arguments), "--data", str(data), "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def listed(data, *arguments):
    return told(data, "deliveries", "list", *arguments)["deliveries"]


@pytest.fixture
def dead(serve, tmp_path):
    """Two plans of one person that the hospital has refused (AE); what comes after them it takes."""
    with hospital("AE", "AE", "AA") as ward:
        hub = serve(*configured(tmp_path, ward.port))
        person = somebody(hub)
        for title in ("one", "two"):
            post(hub, plan(title, person))
        wait_until(lambda: len(listed(hub.data, "--state", "dead")) == 2, 60)
        yield hub, ward


def test_one_is_revived_and_one_discarded_beside_the_running_hub(dead):
    hub, ward = dead
    second, first = (each["delivery"] for each in listed(hub.data, "--state", "dead"))
    assert told(hub.data, "deliveries", "revive", "--state", "dead", "--dry-run", "--reason", "a look")["deliveries"] == [
        {"delivery": first, "state": None},
        {"delivery": second, "state": None},
    ]
    assert (
        told(hub.data, "deliveries", "revive", first, "--reason", "never got it", "--author", "J Singh")["deliveries"][0]["state"] == "due"
    )
    wait_until(lambda: {each["delivery"]: each["state"] for each in listed(hub.data)}[first] == "delivered", 60)
    assert len(ward.received) == 3
    told(hub.data, "deliveries", "discard", second, "--reason", "the ward has it")
    assert listed(hub.data, "--state", "dead") == []
    assert hub.ledger()["balanced"]
    assert len(ward.received) == 3, "what was discarded is not sent"


def test_one_that_has_been_overtaken_is_not_sent_after_what_is_newer(serve, tmp_path):
    with hospital("AE", "AA") as ward:
        hub = serve(*configured(tmp_path, ward.port))
        made = plan("old", somebody(hub)) | {"id": "plan1"}
        for number, title in enumerate(("old", "new"), start=1):
            answer = httpx.put(f"{hub.fhir}/CarePlan/plan1", json=made | {"title": title}, headers=FHIR)
            assert answer.status_code in (200, 201), answer.text
            ward.wait_for(number, 60)
        wait_until(lambda: {each["state"] for each in listed(hub.data)} == {"dead", "delivered"}, 60)
        old = listed(hub.data, "--state", "dead")[0]["delivery"]
        words = (CALDER, "deliveries", "revive", str(old), "--reason", "never got it", "--data", str(hub.data))
        done = start(words, capture_output=True, text=True, check=False)
        assert (done.returncode, len(ward.received)) == (2, 2)
        assert "has been overtaken" in done.stderr


def test_what_is_not_dead_is_left_alone(dead):
    hub, ward = dead
    first = listed(hub.data, "--state", "dead")[-1]["delivery"]
    told(hub.data, "deliveries", "revive", first, "--reason", "never got it")
    wait_until(lambda: len(ward.received) == 3, 60)
    wait_until(lambda: {each["delivery"]: each["state"] for each in listed(hub.data)}[first] == "delivered", 60)
    for command in ("revive", "discard"):
        done = start(
            [CALDER, "deliveries", command, str(first), "--reason", "again", "--data", str(hub.data)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert f"delivery {first} is delivered, not dead" in done.stderr
    assert len(ward.received) == 3
