"""Two sources with one engine: each message goes through the maps of its own source, and its receipt remembers which those were."""

import pytest

from hub.app.installed import AssemblyError, functions
from hub.app.running import open_hub
from hub.core.lifecycle import MessageState
from hub.engine.configuration import SourceConfig
from hub.mapping.mapset import MapSets, load
from hub.settings.map_files import read_packaged
from hub.settings.model import HubSettings, SourceSettings
from tests.acceptance.mllp_hub import ANNA, ELSIE, SOURCE, msh, packaged_maps, run, running, wire

SEX = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n,1,,->,,male,,\n,2,,->,,female,,\n"
OVERLAY = """overlay adt
  extras ZPI <-> patient by zpi

segment ZPI "Extras"
  1 ID "Plan held"

map zpi : v2 ZPI <-> fhir Patient
  plan ZPI-1 <-> extension("https://example.org/plan").valueBoolean
"""
BRADFORD = SourceConfig("bradford", organisation="BRD", processing=None)


def map_sets():
    texts = read_packaged()
    own = load(
        texts.maps | {"local/airedale/adt.map": OVERLAY},
        texts.tables | {"local/airedale/tables/administrative_sex.csv": SEX},
        functions(),
    )
    assert [each for each in own.diagnostics if each.is_error] == []
    return MapSets(packaged_maps(), {"airedale": own})


def registration(control_id, nhs, sex):
    return wire(
        msh("ADT^A01^ADT_A01", control_id),
        "EVN|A01|20260501140643",
        f"PID|1||{nhs}^^^NHS^NH||Testcase^{control_id}||19401207|{sex}",
        "PV1|1|I",
        "ZPI|Y",
    )


def test_each_source_has_its_own_maps_and_its_receipts_say_which(tmp_path):
    async def story():
        sets = map_sets()
        async with running(tmp_path, sources=(SOURCE, BRADFORD), maps=sets) as hub:
            (code, own), (other_code, other) = (
                await hub.tell(registration("1", ELSIE, "1")),
                await hub.tell(registration("2", ANNA, "F"), source="bradford"),
            )
            assert (code, other_code) == ("AA", "AA")
            patients = {patient["birthDate"] + patient["name"][0]["given"][0]: patient for patient in await hub.all("Patient")}
            first, second = patients["1940-12-071"], patients["1940-12-072"]
            assert (first["gender"], first["extension"]) == ("male", [{"url": "https://example.org/plan", "valueBoolean": True}])
            assert (second["gender"], second.get("extension")) == ("female", None)
            receipts = [await hub.receipt(receipt.id) for receipt in (own, other)]
            assert [each.state for each in receipts] == [MessageState.COMMITTED] * 2
            assert [each.map_set for each in receipts] == [sets.by_source["airedale"].digest, packaged_maps().digest]
            assert {version.map_set for version in await hub.versions("Patient")} == {each.map_set for each in receipts}

    run(story())


def test_a_code_of_one_source_means_nothing_at_another(tmp_path):
    async def story():
        async with running(tmp_path, sources=(SOURCE, BRADFORD), maps=map_sets()) as hub:
            await hub.tell(registration("1", ANNA, "1"), source="bradford")
            (patient,) = await hub.all("Patient")
            assert "gender" not in patient

    run(story())


def test_a_hub_with_a_wrong_overlay_does_not_open_its_store(tmp_path):
    local = tmp_path / "mappings" / "local" / "airedale"
    local.mkdir(parents=True)
    (local / "pid.map").write_text("overlay pid\n  sex PID-8 <-> gendr\n")
    settings = HubSettings(
        store=f"sqlite:{tmp_path / 'data' / 'hub.db'}",
        sources=(SourceSettings(SourceConfig("airedale"), "mllp", {"listen": "127.0.0.1:0"}),),
        folder=tmp_path,
    )
    with pytest.raises(AssemblyError, match=r"airedale/pid\.map:2: M205"):
        open_hub(settings)
    assert not (tmp_path / "data" / "hub.db").exists()
