"""Conditions, transactions and batches: what is not understood is refused, never ignored."""

import pytest

from tests.unit.api.conftest import BASE, FHIR, NHS, observation, patient


@pytest.mark.parametrize("condition", ["", "_count=1", "_sort=_id", "?", "_total=accurate", "nothing=1", "birthdate=x"])
def test_a_condition_that_selects_nothing_in_particular_is_refused(api, condition: str) -> None:
    """It would be met by anybody, and give a stranger's record for the one that was sent."""
    api.make(patient())
    answer = api.request("POST", "/Patient", json=patient("9990000026"), headers={**FHIR, "if-none-exist": condition})
    assert answer.status_code == 400


@pytest.mark.parametrize("prefix", ["", "Patient?", "?"])
def test_a_conditional_create_finds_or_makes(api, prefix: str) -> None:
    headers = {**FHIR, "if-none-exist": f"{prefix}identifier={NHS}|9990000018"}
    assert [api.request("POST", "/Patient", json=patient(), headers=headers).status_code for _ in range(2)] == [201, 200]


def test_the_condition_may_stand_in_the_address(api) -> None:
    """As fhirpy sends it."""
    url = f"/Patient?identifier={NHS}|9990000018"
    first, second = (api.post(url, json=patient()) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert api.post("/Observation?_format=json", json=observation()).status_code == 201


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "PUT", "url": "Patient?identifier=1"},
        {"method": "DELETE", "url": "Patient?identifier=1"},  # would answer 204 and do nothing
        {"method": "DELETE", "url": "Patient"},
        {"method": "PUT", "url": "Patient"},
        {"method": "PUT", "url": "Patient/other"},
        {"method": "POST", "url": "Patient/p1"},
        {"method": "POST", "url": "Observation"},
        {"method": "POST", "url": "Patinet"},
        {"method": "POST", "url": "Bundle"},
        {"method": "POST", "url": "Patient", "ifNoneExist": "_count=1"},
        {"method": "PUT", "url": "Patient/p1", "ifNoneMatch": "*"},
        {"method": "PUT", "url": "Patient/p1", "ifMatch": "latest"},
        {"method": "GET", "url": "Patient/p1"},
        {"method": "PATCH", "url": "Patient/p1"},
        {"method": ["POST"], "url": "Patient"},
        {"method": "POST", "url": ["Patient"]},
        "POST Patient",
        None,
    ],
)
@pytest.mark.parametrize("kind", ["transaction", "batch"])
def test_entries_that_ask_for_what_is_not_there_are_refused(api, kind: str, request_: object) -> None:
    entry = {"resource": patient(id="p1"), "request": request_}
    answer = api.post("", json={"resourceType": "Bundle", "type": kind, "entry": [entry]})
    status = answer.status_code if kind == "transaction" else int(answer.json()["entry"][0]["response"]["status"])
    assert status == 400
    assert api.get("/Patient").json()["total"] == 0


@pytest.mark.parametrize("entry", [None, [], "x", {"resource": None}, {"fullUrl": {}}, {"fullUrl": ["urn:uuid:1"]}])
def test_entries_that_are_none_harm_nothing(api, entry: object) -> None:
    request = {"request": {"method": "POST", "url": "Patient"}, "resource": patient()}
    wrong = {**request, **entry} if isinstance(entry, dict) else entry
    answer = api.post("", json={"resourceType": "Bundle", "type": "batch", "entry": [wrong, request]})
    assert [each["response"]["status"][:3] for each in answer.json()["entry"]] == ["400", "201"]
    assert api.post("", json={"resourceType": "Bundle", "type": "batch", "entry": {"0": request}}).status_code == 400


def test_a_condition_of_a_deletion_is_held(api) -> None:
    api.put("/Observation/o1", observation(id="o1"))
    entry = {"request": {"method": "DELETE", "url": "Observation/o1", "ifMatch": 'W/"7"'}}
    assert api.post("", json={"resourceType": "Bundle", "type": "transaction", "entry": [entry]}).status_code == 412
    assert api.get("/Observation/o1").status_code == 200


def test_a_transaction_is_carried_out_in_the_order_of_the_rules_and_answered_in_its_own(api) -> None:
    api.put("/Observation/old", observation(id="old"))
    entries = [
        {"resource": observation(id="put"), "request": {"method": "PUT", "url": "Observation/put"}},
        {"resource": observation(), "request": {"method": "POST", "url": "Observation"}, "fullUrl": "urn:uuid:1"},
        {"request": {"method": "DELETE", "url": "Observation/old"}},
    ]
    answer = api.post("", json={"resourceType": "Bundle", "type": "transaction", "entry": entries}).json()
    assert [entry["response"]["status"] for entry in answer["entry"]] == ["201 Created", "201 Created", "204 No Content"]
    assert answer["entry"][0]["response"]["location"] == f"{BASE}/Observation/put/_history/1"
    assert all("resource" not in entry for entry in answer["entry"])


@pytest.mark.parametrize(("url", "ids"), [("urn:uuid:1", ("a", "b")), (None, ("a", "a"))])
def test_one_name_for_two_entries_is_refused(api, url: str | None, ids: tuple[str, str]) -> None:
    entries = [
        {"resource": observation(id=id_), "request": {"method": "PUT", "url": f"Observation/{id_}"}} | ({"fullUrl": url} if url else {})
        for id_ in ids
    ]
    answer = api.post("", json={"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "duplicate")
