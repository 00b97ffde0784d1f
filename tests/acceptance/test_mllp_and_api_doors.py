"""Two doors, one record: what the API writes and what messages write go through the same commit."""

import asyncio

import pytest

from hub.care.nhs_number import SYSTEM as NHS
from hub.core.caller import Caller
from hub.core.errors import StoreBusy, StoreClosed, VersionConflict
from hub.core.json import parse_json
from hub.engine.applying import ChangeRefused
from hub.engine.change import Change, Kind
from hub.engine.committed import Effect
from hub.fhir.search.query import Clause, ParamType, Query, TokenValue
from tests.acceptance.mllp_hub import ANNA, ELSIE, EYE, registration, result, run, running

GP = Caller("gp", organisation="B85999", user="dr-1")


def patient(nhs=ELSIE, **more):
    return {"resourceType": "Patient", "identifier": [{"system": NHS, "value": nhs}], **more}


def by_nhs(nhs):
    return Query("Patient", (Clause("identifier", ParamType.TOKEN, (TokenValue(NHS, nhs),)),))


async def apply(hub, *changes, body=b"{}"):
    return await hub.engine.apply(changes, caller=GP, interaction="test", body=body)


def test_create_update_and_what_comes_back(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            (created,) = await apply(hub, Change(Kind.CREATE, "Patient", patient(id="mine")))
            assert (created.created, created.version, created.id) == (True, 1, "new-1")
            body = parse_json(created.body)
            assert list(body)[:3] == ["resourceType", "id", "meta"]
            assert body["meta"] == {"versionId": "1", "lastUpdated": body["meta"]["lastUpdated"]}
            assert body["meta"]["lastUpdated"].endswith("Z")
            (updated,) = await apply(hub, Change(Kind.UPDATE, "Patient", patient(gender="female"), id=created.id, if_match=1))
            assert (updated.created, updated.version) == (False, 2)
            (same,) = await apply(hub, Change(Kind.UPDATE, "Patient", parse_json(updated.body), id=created.id))
            assert (same.effect, same.version) == (Effect.UNCHANGED, 2)
            assert await hub.states("fhir:gp") == {"received": 3, "committed": 3}
            rows = await hub.store.audit_rows(EYE, person=created.id)
            assert [(row.action, row.user, row.resource) for row in rows[::-1]] == [
                ("C", "dr-1", f"Patient/{created.id}"),
                ("U", "dr-1", f"Patient/{created.id}"),
                ("U", "dr-1", f"Patient/{created.id}"),
            ]

    run(story())


@pytest.mark.parametrize("seen", [2, 7])
def test_if_match_holds_or_nothing_is_written(tmp_path, seen):
    async def story():
        async with running(tmp_path) as hub:
            await apply(hub, Change(Kind.UPDATE, "Patient", patient(), id="p1"))
            with pytest.raises(VersionConflict) as conflict:
                await apply(hub, Change(Kind.UPDATE, "Patient", patient(gender="male"), id="p1", if_match=seen))
            assert conflict.value.current == 1
            with pytest.raises(VersionConflict):
                await apply(hub, Change(Kind.UPDATE, "Patient", patient(ANNA), id="p2", if_match=1))
            assert await hub.states("fhir:gp") == {"received": 1, "committed": 1}

    run(story())


def test_a_person_of_a_message_cannot_be_created_again(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            await hub.tell(registration("1"))
            with pytest.raises(ChangeRefused) as refused:
                await apply(hub, Change(Kind.CREATE, "Patient", patient()))
            assert refused.value.status == 409
            with pytest.raises(ChangeRefused):
                await apply(hub, Change(Kind.UPDATE, "Patient", patient(), id="another"))
            assert len(await hub.all("Patient")) == 1
            assert await hub.states("fhir:gp") == {"received": 2, "refused": 2}

    run(story())


def test_a_message_finds_the_person_that_the_api_made(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            (created,) = await apply(hub, Change(Kind.CREATE, "Patient", patient(" 999 000 0018")))
            await hub.tell(result("1"))
            (observation,) = await hub.versions("Observation")
            assert observation.person == created.id

    run(story())


def test_a_transaction_is_all_or_nothing_and_its_references_are_resolved(tmp_path):
    plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": {"reference": "urn:uuid:1"}}
    person = Change(Kind.CREATE, "Patient", patient(), full_url="urn:uuid:1")

    async def story():
        async with running(tmp_path) as hub:
            lost = {**plan, "author": {"reference": "urn:uuid:9"}}
            with pytest.raises(ChangeRefused) as refused:
                await apply(hub, person, Change(Kind.CREATE, "CarePlan", lost))
            assert (refused.value.status, refused.value.diagnostics[0].place) == (422, "CarePlan.author.reference")
            assert await hub.all("Patient") == []
            made = await apply(hub, Change(Kind.CREATE, "CarePlan", plan), person)
            assert parse_json(made[0].body)["subject"] == {"reference": f"Patient/{made[1].id}"}
            assert made[0].person == made[1].id

    run(story())


def test_conditional_create(tmp_path):
    plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": {"reference": "urn:uuid:1"}}

    async def story():
        async with running(tmp_path) as hub:
            await hub.tell(registration("1"))
            (known,) = await hub.all("Patient")
            unknown = Change(Kind.CREATE, "Patient", patient(ANNA), if_none_exist=by_nhs(ANNA), full_url="urn:uuid:1")
            (first,) = await apply(hub, unknown)
            (again,) = await apply(hub, unknown)
            assert (first.created, again.effect, again.id) == (True, Effect.UNCHANGED, first.id)
            exists = Change(Kind.CREATE, "Patient", patient(gender="male"), if_none_exist=by_nhs(ELSIE), full_url="urn:uuid:1")
            met, made = await apply(hub, exists, Change(Kind.CREATE, "CarePlan", plan))
            assert (met.id, met.version) == (known["id"], 1)
            assert made.person == known["id"]
            with pytest.raises(ChangeRefused) as refused:
                await apply(hub, Change(Kind.CREATE, "Patient", patient(), if_none_exist=Query("Patient")))
            assert refused.value.status == 412

    run(story())


def test_delete_and_come_back(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            flag = {"resourceType": "Flag", "status": "active", "code": {"text": "dog"}, "subject": {"reference": "Patient/p1"}}
            await apply(hub, Change(Kind.UPDATE, "Flag", flag, id="f1"))
            (gone,) = await apply(hub, Change(Kind.DELETE, "Flag", id="f1"))
            assert (gone.effect, gone.version, gone.body) == (Effect.DELETED, 2, b"")
            (twice,) = await apply(hub, Change(Kind.DELETE, "Flag", id="f1"))
            assert twice.effect is Effect.ABSENT
            (back,) = await apply(hub, Change(Kind.UPDATE, "Flag", flag, id="f1"))
            assert (back.created, back.version) == (True, 3)
            (never,) = await apply(hub, Change(Kind.DELETE, "Flag", id="f2"))
            assert (never.effect, never.version) == (Effect.ABSENT, 0)

    run(story())


def test_both_doors_at_once_make_one_person(tmp_path):
    async def door(hub, number):
        if number % 2:
            return await hub.tell(registration(str(number), local=f"A{number}"))
        try:
            return await apply(hub, Change(Kind.CREATE, "Patient", patient()), body=str(number).encode())
        except ChangeRefused as refused:
            return refused

    async def story():
        async with running(tmp_path) as hub:
            await asyncio.gather(*(door(hub, number) for number in range(40)))
            assert len(await hub.all("Patient")) == 1

    run(story())


def observation(person, status="final", **more):
    return {"resourceType": "Observation", "status": status, "code": {"text": "x"}, "subject": {"reference": f"Patient/{person}"}, **more}


def test_only_a_withdrawal_reaches_another_persons_result(tmp_path):
    """Also where the map says whose it is: the guard looks at what is done, not at what is named."""
    key = ("A1", "pulse")

    async def story():
        async with running(tmp_path) as hub:
            (made,) = await apply(hub, Change(Kind.UPDATE, "Observation", observation("p1"), key=key))
            for kind in (Kind.UPDATE, Kind.MERGE, Kind.IDENTIFY, Kind.AMEND):
                with pytest.raises(ChangeRefused) as refused:
                    await apply(hub, Change(kind, "Observation", observation("p2"), key=key))
                assert [each.code.name for each in refused.value.diagnostics] == ["E203"]
            (gone,) = await apply(hub, Change(Kind.AMEND, "Observation", observation("p2", "entered-in-error"), key=key))
            assert (gone.id, gone.version, gone.person) == (made.id, 2, "p1")

    run(story())


def test_a_key_without_its_first_part_names_nothing(tmp_path):
    """An order without a number must not be every other order without a number."""

    async def story():
        async with running(tmp_path) as hub:
            for person in ("p1", "p2"):
                await apply(hub, Change(Kind.UPDATE, "Observation", observation(person), key=("", "pulse")))
            assert len(await hub.all("Observation")) == 2

    run(story())


def test_a_closed_store_takes_nothing(tmp_path):
    async def story():
        async with running(tmp_path) as hub:
            await hub.store.close()
            with pytest.raises((StoreClosed, StoreBusy)):
                await apply(hub, Change(Kind.CREATE, "Patient", patient()))

    run(story())
