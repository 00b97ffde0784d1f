"""Law 5: every look, every write and every refusal leaves one row in the audit; what the store cannot do is 503."""

import pytest

from hub.core.errors import StoreBusy, StoreClosed
from tests.unit.api.conftest import ADA, FHIR, NHS, observation, patient


def test_reads_and_refusals_leave_one_row_each(api) -> None:
    id_ = api.make(patient())
    begun = len(api.audit())
    api.get(f"/Patient/{id_}")
    api.get(f"/Patient/{id_}/_history/1")
    api.get(f"/Patient/{id_}/_history")
    api.get(f"/Patient?identifier={NHS}|{ADA}")
    api.get("/Patient/nobody")
    api.get("/Patient?nothing=1")
    api.get("/Patinet")
    api.get("/Patient", headers={"accept": "text/html"})
    api.get(f"/Patient/{id_}", headers={"host": "elsewhere.example"})
    rows = api.audit()[begun:]
    assert [(row.interaction, row.outcome, row.resource, row.person) for row in rows] == [
        ("read", "0", f"Patient/{id_}", id_),
        ("vread", "0", f"Patient/{id_}/_history/1", id_),
        ("history-instance", "0", f"Patient/{id_}", id_),
        ("search-type", "0", "Patient", id_),
        ("read", "4", "Patient/nobody", None),
        ("search-type", "4", "Patient", None),
        ("search-type", "4", None, None),
        ("search-type", "4", None, None),
        ("read", "4", None, None),
    ]
    assert [row.client for row in rows] == ["dev"] * 8 + ["unknown"]
    assert ADA not in repr(rows)


def test_a_page_of_several_people_leaves_a_row_for_each(api) -> None:
    people = [api.make(patient(number)) for number in (ADA, "9990000026")]
    for person in people:
        api.make(observation(person))
    begun = len(api.audit())
    api.get("/Observation?_include=Observation:subject")
    assert sorted(row.person for row in api.audit()[begun:]) == sorted(people)


def test_writes_and_what_was_refused_of_them_leave_one_row_each(api) -> None:
    id_ = api.make(patient())
    begun = len(api.audit())
    api.put(f"/Patient/{id_}", patient(id=id_, gender="female"))
    api.put(f"/Patient/{id_}", patient(id=id_), **{"if-match": 'W/"9"'})
    api.post("/Patient", json=patient())  # somebody has this number: the engine's own row
    api.post("/Patient", json={"resourceType": "Patient", "gender": "F"})
    api.post("/Patient", content=b"<x/>", headers={"content-type": "text/xml"})
    api.post("/Patient", content=b"not json")
    assert [row[:3] for row in api.traces()[begun:]] == [
        ("update", "U", "0"),
        ("update", "U", "4"),
        ("create", "U", "4"),
        ("create", "C", "4"),
        ("create", "C", "4"),
        ("create", "C", "4"),
    ]


def test_each_entry_of_a_batch_has_its_row_and_so_has_an_empty_one(api) -> None:
    entries = [
        {"resource": patient(), "request": {"method": "POST", "url": "Patient"}},
        {"resource": patient(), "request": {"method": "POST", "url": "Patient"}},
        {"resource": {"resourceType": "Patient", "gender": "F"}, "request": {"method": "POST", "url": "Patient"}},
        {"request": {"method": "GET", "url": "Patient/1"}},
        {"resource": patient(id="new-1"), "request": {"method": "PUT", "url": "Patient/new-1", "ifMatch": 'W/"7"'}},
        "not an entry",
    ]
    answer = api.post("", json={"resourceType": "Bundle", "type": "batch", "entry": entries})
    assert [entry["response"]["status"][:3] for entry in answer.json()["entry"]] == ["201", "409", "400", "400", "412", "400"]
    assert [(row.interaction, row.outcome) for row in api.audit()] == [("batch", "0")] + [("batch", "4")] * 5
    for kind in ("batch", "transaction"):
        assert api.post("", json={"resourceType": "Bundle", "type": kind}).json() == {"resourceType": "Bundle", "type": f"{kind}-response"}
        assert api.audit()[-1].interaction == kind
    assert len(api.audit()) == 8


@pytest.mark.parametrize("error", [None, StoreBusy("planted"), StoreClosed("planted")])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/Patient/p1"),
        ("GET", "/Patient/p1/_history/1"),
        ("GET", "/Patient/p1/_history"),
        ("GET", "/Patient?family=Brook"),
        ("GET", "/Patient/nobody"),
    ],
)
def test_a_store_that_cannot_is_503_and_never_404_or_200(api, method: str, path: str, error: Exception | None) -> None:
    api.put("/Patient/p1", patient(id="p1"))
    for methods in (("read", "vread", "history", "search"), ("submit",)):  # the look itself, or its row in the audit
        answer = api.failing(*methods, error=error).request(method, path)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert answer.json()["issue"][0]["code"] == "transient"


def test_a_look_that_failed_is_accounted_as_failed(api) -> None:
    api.failing("read").get("/Patient/p1")
    assert api.traces() == [("read", "R", "8", "Patient/p1")]


def test_a_bug_is_500_says_nothing_and_is_accounted(api, capsys) -> None:
    answer = api.failing("read", error=KeyError("PLANTED-VALUE")).get("/Patient/p1")
    assert answer.status_code == 500
    assert "PLANTED" not in answer.text + "".join(capsys.readouterr())
    assert api.traces() == [("read", "R", "8", "Patient/p1")]


def test_no_value_of_a_request_stands_in_an_answer_that_refuses_it(api) -> None:
    planted = "PLANTED-9990000018"
    bodies = [
        {"resourceType": "Patient", "gender": planted},
        {"resourceType": "Patient", "birthDate": planted},
        {"resourceType": planted},
        {"resourceType": "Patient", "name": planted},
        {"resourceType": "Bundle", "type": planted},
    ]
    answers = [api.post("/Patient", json=body) for body in bodies]
    answers += [api.post("", json=body) for body in bodies]
    answers += [
        api.get(f"/Patient?{query}={planted}")
        for query in ("birthdate", "_count", "_sort", "_summary", "_include", "_page", "_elements", "nothing")
    ]
    answers += [api.get(f"/{path}") for path in (planted, f"Patient/{planted} x", f"Patient/1/_history/{planted}")]
    answers += [api.request("POST", "/Patient", json=patient(), headers={**FHIR, "if-none-exist": f"birthdate={planted}"})]
    answers += [
        api.get(f"/Patient/$emergency-care?identifier={planted}"),
        api.get(f"/Patient/$emergency-care?family={planted}&birthdate={planted}"),
    ]
    for entry in ({"method": planted}, {"method": "POST", "url": planted}, {"method": "PUT", "url": "Patient/1", "ifMatch": planted}):
        answers.append(api.post("", json={"resourceType": "Bundle", "type": "batch", "entry": [{"request": entry, "resource": patient()}]}))
    for answer in answers:
        assert answer.status_code in (200, 400, 404)
        assert "PLANTED" not in answer.text, answer.text
