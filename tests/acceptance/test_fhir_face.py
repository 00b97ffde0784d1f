"""The FHIR face over real HTTP: what it answers, to what it ought not to take, and what fhirpy makes of it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from json import loads

import httpx
import pytest
from fhirpy import AsyncFHIRClient

NHS = "https://fhir.nhs.uk/Id/nhs-number"
ADA = "9990000018"
FHIR = {"content-type": "application/fhir+json"}


def patient(number: str = ADA, family: str = "Brook") -> dict:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": NHS, "value": number}],
        "name": [{"family": family, "given": ["Ada"]}],
        "birthDate": "1941-03-07",
    }


def outcome_of(answer: httpx.Response) -> dict:
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome"
    assert answer.headers["content-type"].startswith("application/fhir+json")
    return body["issue"][0]


def test_create_read_update_and_the_versions_between(hub, http) -> None:
    made = http.post(f"{hub.fhir}/Patient", json=patient(), headers=FHIR)
    assert made.status_code == 201
    assert made.headers["etag"] == 'W/"1"'
    location = made.headers["location"]
    assert location.startswith(f"{hub.fhir}/Patient/")
    assert location.endswith("/_history/1")
    url = location.removesuffix("/_history/1")
    read = http.get(url)
    assert read.json()["meta"]["versionId"] == "1"

    changed = read.json() | {"birthDate": "1941-03-08"}
    stale = http.put(url, json=changed, headers=FHIR | {"if-match": 'W/"7"'})
    assert stale.status_code == 412
    for spelling in ('W/"1"', '"2"', "3"):  # weak, strong, bare: all are sent by real clients
        assert http.put(url, json=changed, headers=FHIR | {"if-match": spelling}).status_code == 200
        changed = changed | {"birthDate": f"1941-04-0{spelling.strip('W/')[-2] if spelling[-1] == chr(34) else spelling}"}
    assert http.get(location).json()["birthDate"] == "1941-03-07"
    history = http.get(f"{url}/_history").json()
    assert [entry["resource"]["meta"]["versionId"] for entry in history["entry"]] == ["4", "3", "2", "1"]


def test_what_was_sent_is_what_is_served(hub, http) -> None:
    """Digits of decimals, precision of dates, order of keys."""
    body = (
        b'{"resourceType":"Observation","status":"final","code":{"text":"temperature"},'
        b'"effectiveDateTime":"2026-11","valueQuantity":{"value":36.50,"unit":"Cel"}}'
    )
    made = http.post(f"{hub.fhir}/Observation", content=body, headers=FHIR)
    read = http.get(made.headers["location"].partition("/_history")[0])
    assert b'"value":36.50' in read.content
    assert b'"effectiveDateTime":"2026-11"' in read.content
    value = loads(read.content, parse_float=Decimal)
    assert [key for key in value if key not in ("id", "meta")] == list(loads(body))


@pytest.mark.parametrize(
    ("body", "issue", "place"),
    [
        (b"not json", "structure", None),
        (b"[]", "structure", None),
        (b'"Patient"', "structure", None),
        (b"[" * 100_000, "structure", None),
        (b'{"resourceType":"Patient","birthdate":"1941"}', "structure", "Patient.birthdate"),
        (b'{"resourceType":"Patient","name":{"family":"X"}}', "structure", "Patient.name"),
        (b'{"resourceType":"Patient","gender":"F"}', "code-invalid", "Patient.gender"),
        (b'{"resourceType":"Patient","birthDate":"2026-02-30"}', "value", "Patient.birthDate"),
        (b'{"resourceType":"Patient","active":"true"}', "value", "Patient.active"),
    ],
)
def test_what_is_not_fhir_is_refused_with_its_place(hub, http, body: bytes, issue: str, place: str | None) -> None:
    answer = http.post(f"{hub.fhir}/Patient", content=body, headers=FHIR)
    assert answer.status_code == 400
    found = outcome_of(answer)
    assert found["code"] == issue
    assert place is None or place in found["expression"]


def test_addresses_that_lead_nowhere_say_so(hub, http) -> None:
    assert http.get(f"{hub.fhir}/Patient/nobody").status_code == 404
    assert outcome_of(http.get(f"{hub.fhir}/Patient/nobody"))["code"] == "not-found"
    assert http.get(f"{hub.fhir}/Patinet").status_code == 404
    assert http.get(f"{hub.fhir}/Patient?idetifier=1").status_code == 400
    assert http.request("DELETE", f"{hub.fhir}/metadata").status_code == 405
    assert http.post(f"{hub.fhir}/Patient", content=b"<Patient/>", headers={"content-type": "application/fhir+xml"}).status_code == 415
    assert http.get(f"{hub.fhir}/Patient", headers={"accept": "application/fhir+xml"}).status_code == 406


def test_a_body_over_the_limit_is_refused_and_the_hub_lives(hub, http) -> None:
    assert http.post(f"{hub.fhir}/Patient", content=b" " * ((32 << 20) + 1), headers=FHIR).status_code == 413
    assert http.get(f"{hub.fhir}/metadata").status_code == 200


def test_one_person_is_not_made_twice(hub, http) -> None:
    """The same NHS number: a plain create is refused, a conditional one finds who is there, also when twenty ask at once."""
    assert http.post(f"{hub.fhir}/Patient", json=patient(), headers=FHIR).status_code == 201
    assert http.post(f"{hub.fhir}/Patient", json=patient(family="Other"), headers=FHIR).status_code in (409, 412, 422)

    other = patient("9990000026")
    condition = FHIR | {"if-none-exist": f"identifier={NHS}|9990000026"}
    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(lambda _: httpx.post(f"{hub.fhir}/Patient", json=other, headers=condition).status_code, range(20)))
    assert sorted(set(codes)) == [200, 201]
    assert codes.count(201) == 1
    assert http.get(f"{hub.fhir}/Patient?identifier={NHS}|9990000026").json()["total"] == 1


def test_a_transaction_is_all_or_nothing(hub, http) -> None:
    good = {
        "fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "resource": patient(),
        "request": {"method": "POST", "url": "Patient"},
    }
    bad = {
        "fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000002",
        "resource": {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": {"reference": "urn:uuid:nowhere"}},
        "request": {"method": "POST", "url": "Observation"},
    }
    refused = http.post(f"{hub.fhir}/", json={"resourceType": "Bundle", "type": "transaction", "entry": [good, bad]}, headers=FHIR)
    assert refused.status_code in (400, 422), refused.text
    assert http.get(f"{hub.fhir}/Patient?identifier={NHS}|{ADA}").json()["total"] == 0

    bad["resource"]["subject"]["reference"] = good["fullUrl"]
    taken = http.post(hub.fhir, json={"resourceType": "Bundle", "type": "transaction", "entry": [bad, good]}, headers=FHIR)
    assert taken.status_code == 200, taken.text
    observation = http.get(taken.json()["entry"][0]["response"]["location"].partition("/_history")[0]).json()
    person = http.get(f"{hub.fhir}/Patient?identifier={NHS}|{ADA}").json()["entry"][0]["resource"]["id"]
    assert observation["subject"]["reference"] == f"Patient/{person}"


def test_a_batch_answers_each_entry_for_itself(hub, http) -> None:
    entries = [
        {"resource": patient(), "request": {"method": "POST", "url": "Patient"}},
        {"resource": {"resourceType": "Patient", "gender": "F"}, "request": {"method": "POST", "url": "Patient"}},
        {"request": {"method": "PATCH", "url": "Patient/1"}},
    ]
    answer = http.post(f"{hub.fhir}/", json={"resourceType": "Bundle", "type": "batch", "entry": entries}, headers=FHIR)
    assert answer.status_code == 200
    assert [entry["response"]["status"][:3] for entry in answer.json()["entry"]] == ["201", "400", "400"]


def test_paging_shows_each_once(hub, http) -> None:
    for number in range(7):
        observation = {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": f"{number}"},
            "effectiveDateTime": f"2026-01-0{number + 1}",
        }
        assert http.post(f"{hub.fhir}/Observation", json=observation, headers=FHIR).status_code == 201
    for count in range(1, 9):
        seen, url = [], f"{hub.fhir}/Observation?_sort=-date&_count={count}"
        while url:
            page = http.get(url).json()
            seen += [entry["resource"]["code"]["text"] for entry in page.get("entry", ())]
            url = next((link["url"] for link in page["link"] if link["relation"] == "next"), None)
        assert seen == ["6", "5", "4", "3", "2", "1", "0"], count
    assert http.get(f"{hub.fhir}/Observation?_page=made-up.token").status_code == 400


def test_metadata_says_what_is_there(hub, http) -> None:
    statement = http.get(f"{hub.fhir}/metadata").json()
    assert statement["fhirVersion"] == "4.0.1"
    types = {one["type"]: one for one in statement["rest"][0]["resource"]}
    assert "emergency-care" in {operation["name"] for operation in types["Patient"]["operation"]}
    assert {"read", "create", "update", "search-type"} <= {one["code"] for one in types["Patient"]["interaction"]}


def test_a_client_of_others_works(hub) -> None:
    async def use() -> None:
        client = AsyncFHIRClient(hub.fhir)
        made = client.resource("Patient", **{key: value for key, value in patient().items() if key != "resourceType"})
        await made.save()
        found = await client.resources("Patient").search(identifier=f"{NHS}|{ADA}").first()
        assert found["id"] == made["id"]
        assert await client.resources("Patient").search(identifier=f"{NHS}|{ADA}").count() == 1
        found["birthDate"] = "1941-03-09"
        await found.save()
        assert (await client.resources("Patient").search(birthdate="1941-03-09").fetch_all())[0]["id"] == made["id"]

    asyncio.run(use())
