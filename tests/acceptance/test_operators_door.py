"""What a person does with parked messages, by commands, beside a running hub and without one; and the incident from beginning to end."""

import json
import stat
from subprocess import run as start

import pytest

from tests.acceptance.conftest import CALDER
from tests.acceptance.hospital import wait_until
from tests.acceptance.mllp_hub import msh, pid, registration, wire

YAML = """\
sources:
  - name: lab
    connector: mllp
    listen: 127.0.0.1:0
    acknowledge: received
    organisation: RCF
"""


def calder(data, *arguments):
    return start([CALDER, *map(str, arguments), "--data", str(data)], capture_output=True, text=True, check=False)


def told(data, *arguments, code=0):
    done = calder(data, *arguments, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def states(data):
    return {each["id"]: each["state"] for each in told(data, "messages", "list")["messages"]}


def incidents(data, *arguments):
    return told(data, "incidents", "list", *arguments)["incidents"]


@pytest.fixture
def parked(serve, tmp_path):
    """Message 1 is parked (its sender was told AA, and no map takes it); 2 and 3 wait behind it."""
    config = tmp_path / "hub.yaml"
    config.write_text(YAML)
    hub = serve("--config", str(config))
    bodies = (wire(msh("ADT^A34", "1"), pid()), registration("2"), registration("3", name="Shaw^Elsie", event="A31"))
    for number, body in enumerate(bodies):
        file = tmp_path / f"{number}.hl7"
        file.write_bytes(body)
        sent = start([CALDER, "send", hub.ready["lab"], str(file), "--json"], capture_output=True, text=True, check=False)
        assert sent.returncode == 0, sent.stdout + sent.stderr

    wait_until(lambda: states(hub.data) == {1: "parked", 2: "pending", 3: "pending"}, 60)
    return hub, config


def test_one_incident_for_all_that_waits_and_its_end(parked):
    hub, _ = parked
    (incident,) = incidents(hub.data)
    assert (incident["kind"], incident["name"], incident["message"], incident["waiting"]) == ("lane", "lab", 1, 3)
    assert incident["next"] == "calder messages show 1"
    assert "E102" in incident["reasons"]
    found = told(hub.data, "messages", "discard", 1, "--reason", "sent in error", "--author", "J Singh")
    assert found["messages"][0]["state"] == "skipped"
    assert states(hub.data) == {1: "skipped", 2: "committed", 3: "committed"}
    assert incidents(hub.data) == []
    (over,) = incidents(hub.data, "--all")
    assert over["closed"] is not None


def test_a_correction_takes_the_place_of_what_was_wrong(parked, tmp_path):
    hub, _ = parked
    refused = tmp_path / "refused.hl7"
    refused.write_bytes(wire(msh("ADT^A34", "1"), pid()))
    done = calder(hub.data, "messages", "resubmit", 1, refused, "--reason", "tried")
    assert (done.returncode, "nothing was changed" in done.stderr) == (2, True)
    assert states(hub.data) == {1: "parked", 2: "pending", 3: "pending"}
    corrected = tmp_path / "corrected.hl7"
    corrected.write_bytes(registration("1"))
    (found,) = told(hub.data, "messages", "resubmit", 1, corrected, "--reason", "it was meant as A28")["messages"]
    number = found["correction"]
    assert states(hub.data) == {1: "skipped", 2: "committed", 3: "committed", number: "committed"}
    assert f"superseded by message {number}" in told(hub.data, "messages", "show", 1)["reason"]
    assert incidents(hub.data) == []
    assert told(hub.data, "ledger")["sources"]["resubmit:lab"]["committed"] == 1


def test_released_while_nothing_is_mended_it_parks_again_and_it_is_one_incident(parked):
    hub, _ = parked
    before = incidents(hub.data)
    told(hub.data, "messages", "release", "--state", "parked", "--reason", "to see", code=1)
    assert states(hub.data) == {1: "parked", 2: "pending", 3: "pending"}
    assert [each["incident"] for each in incidents(hub.data)] == [each["incident"] for each in before]


def test_without_a_running_hub_the_command_has_the_store_to_itself(parked):
    hub, config = parked
    assert stat.S_IMODE((hub.data / "hub.sock").stat().st_mode) == 0o600
    hub.stop(9)
    assert (hub.data / "hub.sock").exists()  # nobody was there to take it away
    rehearsed = told(hub.data, "messages", "discard", "--state", "parked", "--reason", "x", "--dry-run")
    assert [each["message"] for each in rehearsed["messages"]] == [1]
    told(hub.data, "messages", "discard", 1, "--reason", "sent in error", "--config", config)
    assert states(hub.data) == {1: "skipped", 2: "committed", 3: "committed"}


def test_a_hub_replaces_the_door_that_another_left(parked, serve):
    hub, config = parked
    hub.stop(9)
    again = serve("--config", str(config))
    told(again.data, "messages", "discard", 1, "--reason", "sent in error")
    assert states(again.data) == {1: "skipped", 2: "committed", 3: "committed"}


def test_what_cannot_be_done_is_said(parked):
    hub, _ = parked
    assert "cannot become" in calder(hub.data, "messages", "release", 2, "--reason", "x").stderr
    assert "no message 99" in calder(hub.data, "messages", "discard", 99, "--reason", "x").stderr
    assert calder(hub.data, "messages", "release", "--reason", "x").returncode == 2


def test_a_store_deep_in_its_folders(serve, tmp_path):
    """An address of a socket holds 107 bytes."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    hub = serve(data=deep)
    done = calder(deep, "messages", "discard", 1, "--reason", "x")
    assert "there is no message 1" in done.stderr
    assert hub.stop() == 0
