"""What is taken out of a body before it is served: by `_summary` and `_elements`, and by what the caller may not see."""

import json

import pytest

from hub.api.masking import mask
from hub.api.subsetting import SUBSETTED, subset
from hub.core.visibility import Visibility
from hub.fhir.search.query import Query
from hub.fhir.validate import validate
from tests.unit.api.conftest import FHIR, observation, patient

XHTML = '<div xmlns="http://www.w3.org/1999/xhtml">Mrs Ada Brook, 4 Mill Lane</div>'
WHOLE = {
    "resourceType": "Patient",
    "id": "p1",
    "meta": {"versionId": "1", "tag": [{"system": "urn:x", "code": "kept"}]},
    "text": {"status": "generated", "div": XHTML},
    "name": [
        {
            "family": "Brook",
            "_family": {"extension": [{"url": "urn:x", "valueString": "x"}]},
            "extension": [{"url": "urn:x", "valueString": "x"}],
        }
    ],
    "birthDate": "1941-03-07",
    "_birthDate": {"extension": [{"url": "urn:x", "valueString": "x"}]},
    "photo": [{"contentType": "image/png"}],
    "contact": [{"telecom": [{"system": "phone", "value": "1"}]}, {"telecom": [{"system": "phone", "value": "2"}], "gender": "male"}],
}
READING = {**observation("p1"), "id": "o1", "note": [{"text": "x"}], "valueQuantity": {"value": 1}}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (Query("Patient", summary="true"), {"name", "birthDate", "_birthDate"}),
        (Query("Patient", summary="text"), {"text"}),
        (Query("Patient", summary="data"), set(WHOLE) - {"resourceType", "id", "meta", "text"}),
        (Query("Patient", elements=("photo",)), {"photo"}),
        (Query("Patient", elements=("birthDate",)), {"birthDate", "_birthDate"}),
    ],
)
def test_the_part_that_was_asked_for(query: Query, names: set[str]) -> None:
    part = subset(WHOLE, query)
    assert set(part) == {"resourceType", "id", "meta"} | names
    assert part["meta"]["tag"] == [{"system": "urn:x", "code": "kept"}, SUBSETTED]
    assert validate(part) == []
    assert WHOLE["meta"]["tag"] == [{"system": "urn:x", "code": "kept"}]  # the resource itself is left alone


@pytest.mark.parametrize(
    "query", [Query("Observation", elements=("subject",)), Query("Observation", summary="text"), Query("Observation", summary="true")]
)
def test_what_r4_requires_and_what_modifies_stays(query: Query) -> None:
    part = subset(READING, query)
    assert {"status", "code"} <= set(part)
    assert validate(part) == []
    assert "note" not in part


def test_a_choice_is_named_without_its_type() -> None:
    assert subset(READING, Query("Observation", elements=("value",)))["valueQuantity"] == {"value": 1}


def test_a_summary_reaches_into_what_it_keeps() -> None:
    assert "extension" not in subset(WHOLE, Query("Patient", summary="true"))["name"][0]


def test_parts_over_http(api) -> None:
    id_ = api.make({**WHOLE, "name": [{"family": "Brook"}]})
    for page in (api.get("/Patient?_summary=true"), api.get("/Patient?_elements=birthDate")):
        (entry,) = page.json()["entry"]
        assert SUBSETTED in entry["resource"]["meta"]["tag"]
        assert "photo" not in entry["resource"]
    assert "photo" not in api.get(f"/Patient/{id_}?_elements=birthDate").json()
    assert api.get("/Patient?_summary=false").json()["entry"][0]["resource"]["photo"]
    counted = api.get("/Patient?_summary=count").json()
    assert (counted["total"], "entry" in counted) == (1, False)
    assert api.get("/Patient?_summary=most").status_code == 400
    assert api.get(f"/Patient/{id_}?_summary=most").status_code == 400
    assert api.get("/Observation?_summary=text&_include=Observation:subject").status_code == 400


def test_whole_bodies_go_out_byte_for_byte(api) -> None:
    """Not read on the way: digits and the order of names are those that came in."""
    body = b'{"resourceType":"Observation","status":"final","valueQuantity":{"unit":"Cel","value":36.50},"code":{"text":"t"}}'
    api.post("/Observation", content=body, headers=FHIR)
    stored = api.get("/Observation/new-1").content
    assert b'"value":36.50},"code"' in stored
    assert stored in api.get("/Observation").content
    assert stored in api.get("/Observation/new-1/_history").content


def test_a_part_cannot_be_written_back(api) -> None:
    id_ = api.make(WHOLE)
    part = api.get(f"/Patient/{id_}?_elements=birthDate").json()
    answer = api.put(f"/Patient/{id_}", part)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (422, "business-rule")
    assert api.get(f"/Patient/{id_}").json()["photo"]


def seeing(*masked: str, **more: object) -> Visibility:
    return Visibility(None, "test", masked=frozenset(masked), **more)


def test_masked_elements_and_the_words_about_them_are_gone() -> None:
    seen = mask(WHOLE, seeing("Patient.birthDate", "Patient.contact.telecom"))
    assert {"birthDate", "_birthDate", "text"}.isdisjoint(seen)
    assert seen["contact"] == [{"gender": "male"}]  # what has nothing left is not there at all
    assert SUBSETTED in seen["meta"]["tag"]
    assert validate(seen) == []
    assert mask(WHOLE, seeing("Observation.value[x]")) is WHOLE


def test_a_masked_choice_and_a_contained_resource() -> None:
    inside = {"resourceType": "Patient", "id": "in", "birthDate": "1941"}
    seen = mask({**READING, "contained": [inside]}, seeing("Observation.value[x]", "Patient.birthDate"))
    assert "valueQuantity" not in seen
    assert "birthDate" not in seen["contained"][0]


SECRET = "4 Mill Lane"


def test_no_answer_of_any_kind_shows_what_is_masked(api) -> None:
    whole = patient(address=[{"text": SECRET}], text={"status": "generated", "div": XHTML}, id="p1")
    api.put("/Patient/p1", whole)
    api.put("/Patient/p1", whole | {"gender": "female"})
    api.make(observation("p1"))
    limited = api.permitting(lambda caller: Visibility(caller, "test", masked=frozenset({"Patient.address"})))
    again = {"resource": whole | {"gender": "female"}, "request": {"method": "PUT", "url": "Patient/p1"}}
    found = {"resource": whole, "request": {"method": "POST", "url": "Patient", "ifNoneExist": "family=Brook"}}
    whole_answers = {"headers": {**FHIR, "prefer": "return=representation"}}
    answers = [
        limited.get("/Patient/p1"),
        limited.get("/Patient/p1/_history/1"),
        limited.get("/Patient/p1/_history"),
        limited.get("/Patient"),
        limited.get("/Patient?_elements=address"),
        limited.get("/Patient?_summary=true"),
        limited.get("/Observation?_include=Observation:subject"),
        limited.put("/Patient/p1", whole | {"gender": "female"}),
        limited.request("POST", "/Patient", json=whole, headers={**FHIR, "if-none-exist": "family=Brook"}),
        limited.post("", json={"resourceType": "Bundle", "type": "transaction", "entry": [again]}, **whole_answers),
        limited.post("", json={"resourceType": "Bundle", "type": "batch", "entry": [found, again]}, **whole_answers),
        limited.get("/Patient/$emergency-care?identifier=9990000018"),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert '"p1"' in answer.text
        assert SECRET not in answer.text, answer.request.url
    assert SECRET in api.get("/Patient").text  # the test can fail


def test_a_condition_that_finds_what_the_caller_may_not_see_shows_nothing_of_it(api) -> None:
    api.make(patient(id="p1"))
    blind = api.permitting(lambda caller: Visibility(caller, "test", people=frozenset()))
    met = blind.request("POST", "/Patient", json=patient(), headers={**FHIR, "if-none-exist": "family=Brook"})
    assert (met.status_code, met.content) == (200, b"")
    for path in (
        "/Patient/new-1",
        "/Patient/new-1/_history",
        "/Patient/new-1/_history/1",
        "/Patient/$emergency-care?identifier=9990000018",
    ):
        assert blind.get(path).status_code == 404
    assert blind.get("/Patient").json()["total"] == 0
    assert json.dumps("Brook") not in blind.get("/Patient").text
