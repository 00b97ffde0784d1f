"""`calder map explain` of what is in the store: messages and resources, with the maps of their day."""

import json
from subprocess import run as start

import pytest

from hub.app.installed import functions
from hub.core.errors import StoreError
from hub.engine.author import Author
from hub.engine.configuration import SourceConfig
from hub.mapping.mapset import load
from hub.sdk import Message
from tests.acceptance.conftest import CALDER
from tests.acceptance.mllp_hub import EYE, msh, packaged_maps, pid, registration, result, run, running, wire

SEX = "tables/administrative_sex.csv"
MLLP = SourceConfig("mllp", processing=None)


def explain(folder, *arguments):
    return start([CALDER, "map", "explain", *map(str, arguments), "--data", folder], capture_output=True, text=True, check=False)


@pytest.fixture
def kept(tmp_path):
    """Message 1 registers somebody, 2 is her result, 3 changes her name only, 4 is refused, 5 is 1 again under other maps."""
    texts = packaged_maps().texts
    other = load({**texts.maps, "x.map": "-- another set\n"}, texts.tables, functions())

    async def story():
        async with running(tmp_path, sources=(MLLP,)) as hub:
            for body in (
                registration("1"),
                result("2"),
                registration("3", name="Shaw^Elsie", event="A31"),
                wire(msh("ADT^A34", "4"), pid()),
            ):
                await hub.engine.intake("mllp")(Message(body, peer="127.0.0.1:1"))
            await hub.engine.replay(1, Author("S Greenwood", "to see"), maps=other)
            return (await hub.versions("Patient"))[0].id, (await hub.versions("Observation"))[0].id

    patient, observation = run(story())
    return tmp_path, patient, observation, other


def test_a_message_by_its_number(kept):
    folder, *_ = kept
    done = explain(folder, 2, "Observation.status")
    assert done.returncode == 0, done.stderr
    assert "message 2, map oru_r01, map set" in done.stdout
    assert "Observation[1].status <- OBX-11   bytes " in done.stdout
    assert "┌─ hl7v2/segments/obx.map:" in done.stdout
    assert "Ramsbottom" not in done.stdout
    missing = explain(folder, 2, "Observation.method", "--json")
    assert missing.returncode == 1
    found = json.loads(missing.stdout)
    assert ("obx.method", "empty", "OBX") in [(each["rule"], each["reason"], each["place"]) for each in found["not_made"]]
    assert found["map_set"] == packaged_maps().digest


def test_a_resource_leads_to_the_message_that_made_it(kept):
    folder, _, observation, _ = kept
    done = explain(folder, f"Observation/{observation}", "status", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["message"], found["resource"]) == ("2", f"Observation/{observation}/_history/1")
    (step,) = found["steps"]
    assert (step["source"], step["rule"]) == ("OBX-11", "obx.status")
    body = result("2")
    assert body[step["start"] : step["end"]] == b"F"


def test_an_element_that_a_later_message_left_alone_is_from_the_earlier_one(kept):
    folder, patient, *_ = kept
    born = json.loads(explain(folder, f"Patient/{patient}/_history/2", "Patient.birthDate", "--json").stdout)
    assert (born["message"], born["asked_for_version"]) == ("1", 2)
    named = json.loads(explain(folder, f"Patient/{patient}/_history/2", "Patient.name", "--json").stdout)
    assert (named["message"], named["asked_for_version"]) == ("3", None)


def test_the_maps_are_those_of_the_day(kept):
    folder, _, _, other = kept
    assert json.loads(explain(folder, 5, "Patient.gender", "--json").stdout)["map_set"] == other.digest
    assert json.loads(explain(folder, 1, "Patient.gender", "--json").stdout)["map_set"] == packaged_maps().digest


def test_what_cannot_be_explained_says_why(kept):
    folder, *_ = kept
    for what, word in (("99", "no message 99"), ("Patient/nobody", "no Patient/nobody"), ("Patient/nobody/_history/3", "version 3")):
        done = explain(folder, what)
        assert (done.returncode, done.stdout) == (2, "")
        assert word in done.stderr
    assert "no map for this message" in explain(folder, 4).stderr
    assert explain(folder, "no such file").returncode == 2


def test_bytes_are_shown_after_the_audit_says_to_whom_and_beside_a_hub_not_at_all(kept):
    folder, *_ = kept
    done = explain(folder, 1, "Patient.name", "--unmask")
    assert done.returncode == 0, done.stderr
    assert "the message has: Ramsbottom" in done.stdout

    async def story():
        async with running(folder, sources=(MLLP,)) as hub:
            rows = [row for row in await hub.store.audit_rows(EYE) if row.interaction == "map explain --unmask"]
            return rows, explain(folder, 1, "Patient.name", "--unmask"), explain(folder, 1, "Patient.name")

    rows, masked, beside = run(story())
    assert [(row.receipt, row.action) for row in rows] == [(1, "R")]
    assert (masked.returncode, masked.stdout) == (2, "")
    assert "stays masked" in masked.stderr
    assert beside.returncode == 0  # without values it is read beside the hub


def test_maps_that_are_not_those_of_their_digest_are_not_used(kept):
    """Somebody has changed the texts in the store."""
    folder, *_ = kept

    async def story():
        async with running(folder, sources=(MLLP,)) as hub:
            texts = await hub.store.map_set_texts(EYE, packaged_maps().digest)
            await hub.store.submit(lambda tx: tx.keep_map_set("f" * 64, texts))
            with pytest.raises(StoreError, match="not those"):
                await hub.engine.pinned_maps("f" * 64)

    run(story())
