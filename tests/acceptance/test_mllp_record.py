"""From a message to the record: exact identity, nothing twice, nothing moved to another person, withdrawals that arrive."""

import pytest

from hub.care.nhs_number import SYSTEM as NHS
from hub.core.json import parse_json
from hub.core.lifecycle import MessageState
from hub.engine.configuration import RouteConfig, SourceConfig
from tests.acceptance.mllp_hub import ANNA, ELSIE, EYE, SOURCE, errors_of, registration, result, run, running


def test_a_person_and_a_result_are_in_the_record(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            assert (await hub.tell(registration("1")))[0] == "AA"
            code, receipt = await hub.tell(result("2"))
            assert code == "AA"
            (patient,) = await hub.all("Patient")
            (observation,) = await hub.versions("Observation")
            assert {"system": NHS, "value": ELSIE}.items() <= next(i for i in patient["identifier"] if i["system"] == NHS).items()
            assert observation.person == patient["id"]
            assert parse_json(observation.body)["subject"] == {"reference": f"Patient/{patient['id']}"}
            assert (observation.receipt, observation.rule) == (receipt.id, "oru_r01.result")
            assert observation.map_set
            kept = await hub.receipt(receipt.id)
            assert (kept.state, kept.person, kept.message_type) == (MessageState.COMMITTED, patient["id"], "ORU^R01")
            rows = await hub.store.audit_rows(EYE, person=patient["id"])
            assert {(row.action, row.client, row.basis) for row in rows} == {
                ("C", "airedale", "permit-all"),
                ("U", "airedale", "permit-all"),
            }

    run(story())


def test_the_same_content_again_makes_no_version(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            for control_id in ("1", "2", "3"):
                assert (await hub.tell(registration(control_id)))[0] == "AA"
                assert (await hub.tell(result(f"{control_id}r")))[0] == "AA"
            for type_ in ("Patient", "DiagnosticReport", "Observation"):
                assert [version.version for version in await hub.versions(type_)] == [1]

    run(story())


def test_one_digit_more_is_a_new_version(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            await hub.tell(result("1", "98.0"))
            await hub.tell(result("2", "98.00", status="C"))
            (observation,) = await hub.versions("Observation")
            assert observation.version == 2
            assert b'"value":98.00' in observation.body

    run(story())


def test_one_person_by_any_of_their_numbers(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            await hub.tell(registration("1"))
            await hub.tell(result("2", local=None))
            await hub.tell(result("3", nhs=None, order="2"))
            assert len(await hub.all("Patient")) == 1

    run(story())


def test_names_never_make_two_people_one(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            await hub.tell(registration("1"))
            await hub.tell(registration("2", nhs=ANNA, local="A1002"))
            assert len(await hub.all("Patient")) == 2

    run(story())


def test_numbers_of_two_people_are_refused_and_change_nothing(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            await hub.tell(registration("1", local="A1001"))
            await hub.tell(registration("2", nhs=ANNA, local="A1002"))
            code, receipt = await hub.tell(registration("3", nhs=ELSIE, local="A1002", name="Somebody^Else"))
            assert (code, errors_of(receipt.answer)) == ("AE", ["204"])
            assert [version.version for version in await hub.versions("Patient")] == [1, 1]
            kept = await hub.receipt(receipt.id)
            assert kept.state is MessageState.REFUSED
            assert kept.reason.startswith("E201")
            assert ELSIE not in kept.reason

    run(story())


def test_an_invalid_nhs_number_is_kept_flagged_and_never_matched_on(tmp_path):
    invalid = "9990000019"

    async def story():
        async with running(tmp_path) as hub:
            assert (await hub.tell(registration("1", nhs=invalid, local="A1")))[0] == "AA"
            assert (await hub.tell(registration("2", nhs=invalid, local="A2")))[0] == "AA"
            patients = await hub.all("Patient")
            assert len(patients) == 2
            for patient in patients:
                assert invalid in [identifier["value"] for identifier in patient["identifier"]]
                assert {"system": "urn:x-calder:quality", "code": "nhs-number-invalid"} in patient["meta"]["tag"]

    run(story())


def test_a_result_is_never_moved_to_another_person(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            await hub.tell(result("1"))
            code, receipt = await hub.tell(result("2", "55", nhs=ANNA, local="A1002"))
            assert (code, errors_of(receipt.answer)[0]) == ("AE", "204")
            (observation,) = await hub.versions("Observation")
            assert observation.version == 1
            assert len(await hub.all("Patient")) == 1  # the refused message made nobody either

    run(story())


def test_another_organisation_may_use_the_same_order_number(tmp_path):
    other = SourceConfig("calderdale", organisation="RX8", parameters=SOURCE.parameters)

    async def story():
        async with running(tmp_path, sources=(SOURCE, other)) as hub:
            await hub.tell(result("1"))
            assert (await hub.tell(result("1", nhs=ANNA, local=None), source="calderdale"))[0] == "AA"
            assert len(await hub.all("Observation")) == 2

    run(story())


@pytest.mark.parametrize("letter", ["W", "D"])
def test_a_withdrawal_reaches_the_result_whoevers_it_is(tmp_path, letter):
    """OBX-11 W most often means: this was filed under the wrong person. So it may come under the right one."""
    routes = (RouteConfig("Observation", "nobody-writes-it", ("gp",)),)

    async def story():
        async with running(tmp_path, routes=routes) as hub:
            await hub.tell(result("1"))
            await hub.tell(registration("2", nhs=ANNA, local="A1002"))
            code, _ = await hub.tell(result("3", status=letter, nhs=ANNA, local="A1002"))
            assert code == "AA"
            (observation,) = await hub.versions("Observation")
            assert observation.version == 2
            assert parse_json(observation.body)["status"] == "entered-in-error"
            elsie = next(p["id"] for p in await hub.all("Patient") if any(i["value"] == ELSIE for i in p["identifier"]))
            assert observation.person == elsie
            assert parse_json(observation.body)["subject"] == {"reference": f"Patient/{elsie}"}
            owed = await hub.store.deliveries(EYE, destination="gp")
            assert sorted(each.version for each in owed) == [1, 2]  # whoever received it is told

    run(story())


def test_an_update_without_a_result_creates_nothing(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            for letter in "UWD":
                code, receipt = await hub.tell(result(f"1{letter}", status=letter))
                assert code == "AA"
                assert (await hub.receipt(receipt.id)).reason.startswith("E206")
            assert await hub.all("Observation") == []

    run(story())


def test_u_makes_a_preliminary_result_final(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            await hub.tell(result("1", status="P"))
            await hub.tell(result("2", value="", status="U"))
            (observation,) = await hub.all("Observation")
            assert observation["status"] == "final"
            assert str(observation["valueQuantity"]["value"]) == "98.00"

    run(story())


def test_other_senders_numbers_stay(tmp_path):
    other = SourceConfig("calderdale", organisation="RX8", parameters=SOURCE.parameters)

    async def story():
        async with running(tmp_path, sources=(SOURCE, other)) as hub:
            await hub.tell(registration("1", local="A1001"))
            await hub.tell(registration("1", local="C77", event="A31"), source="calderdale")
            (patient,) = await hub.all("Patient")
            assert {"A1001", "C77", ELSIE} <= {identifier["value"] for identifier in patient["identifier"]}

    run(story())
