"""ETag, If-Match, If-None-Match, Location, Last-Modified, HEAD: https://hl7.org/fhir/R4/http.html"""

import pytest

from hub.api.etags import is_current, parse_if_match, parse_version
from hub.api.replies import Refusal
from tests.unit.api.conftest import BASE, observation, patient


@pytest.mark.parametrize(("text", "version"), [('W/"3"', 3), ('"3"', 3), ("3", 3), (' W/"12" ', 12), ('w/"3"', 3)])
def test_every_spelling_of_a_version_that_clients_send(text: str, version: int) -> None:
    assert parse_version(text) == version
    assert parse_if_match(text) == version


@pytest.mark.parametrize("text", ["", "*", '"3', '3"', "W/3", "three", "-1", "²", "٣", '"1","2"', "9" * 5000, 'W/"' + "9" * 19 + '"'])
def test_what_names_no_one_version_is_refused_on_a_write(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_if_match(text)
    assert refused.value.status == 400


def test_a_list_of_tags_and_the_star() -> None:
    assert is_current('W/"1", W/"3"', 3)
    assert is_current("*", 3)
    assert not is_current('W/"1"', 3)
    assert not is_current('"something else"', 3)  # another server's tag is not ours, and no fault


def test_a_read_that_brings_nothing_new_is_304_and_says_which_version(api) -> None:
    url = f"/Patient/{api.make(patient())}"
    read = api.get(url)
    for tag in ('W/"1"', '"1"', "1", "*"):
        again = api.get(url, headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["etag"], again.headers["last-modified"]) == (read.headers["etag"], read.headers["last-modified"])
    for tag in ('W/"2"', '"other"', "9" * 5000):
        assert api.get(url, headers={"if-none-match": tag}).status_code == 200


def test_head_is_get_without_the_body_and_leaves_its_trace(api) -> None:
    id_ = api.make(patient())
    head, got = api.request("HEAD", f"/Patient/{id_}"), api.get(f"/Patient/{id_}")
    assert head.status_code == 200
    for name in ("etag", "last-modified", "content-type", "content-length", "cache-control"):
        assert head.headers[name] == got.headers[name]
    assert api.traces()[-2:] == [("read", "R", "0", f"Patient/{id_}")] * 2


def test_create_says_where_and_a_stale_write_is_412(api) -> None:
    made = api.post("/Patient", json=patient())
    id_ = made.json()["id"]
    assert made.headers["location"] == f"{BASE}/Patient/{id_}/_history/1"
    assert made.headers["last-modified"].endswith("GMT")
    body = made.json() | {"gender": "female"}
    assert api.put(f"/Patient/{id_}", body, **{"if-match": 'W/"2"'}).status_code == 412
    assert api.put(f"/Patient/{id_}", body, **{"if-match": "*"}).status_code == 400
    assert api.put(f"/Patient/{id_}", body, **{"if-none-match": "*"}).status_code == 400
    assert api.put(f"/Patient/{id_}", body, **{"if-match": '"1"'}).headers["etag"] == 'W/"2"'


@pytest.mark.parametrize("version", ["0", "x", "-1", "9" * 5000, "9" * 18, "²"])
def test_a_version_that_is_not_there_is_404(api, version: str) -> None:
    assert api.get(f"/Patient/{api.make(patient())}/_history/{version}").status_code == 404


def test_a_deleted_resource_is_410_and_its_history_stays(api) -> None:
    id_ = api.make(observation())
    entry = {"request": {"method": "DELETE", "url": f"Observation/{id_}"}}
    assert api.post("", json={"resourceType": "Bundle", "type": "transaction", "entry": [entry]}).status_code == 200
    gone = api.get(f"/Observation/{id_}")
    assert (gone.status_code, gone.headers["etag"]) == (410, 'W/"2"')
    assert gone.json()["issue"][0]["code"] == "deleted"
    history = api.get(f"/Observation/{id_}/_history").json()
    assert [entry["request"]["method"] for entry in history["entry"]] == ["DELETE", "POST"]
    assert "resource" not in history["entry"][0]


def test_a_history_is_paged_and_each_version_stands_once(api) -> None:
    body = patient(id="p1")
    for day in range(1, 6):
        api.put("/Patient/p1", body | {"birthDate": f"1941-03-0{day}"})
    for count in range(1, 7):
        seen, url = [], f"/Patient/p1/_history?_count={count}"
        while url and len(seen) < 20:
            page = api.get(url).json()
            seen += [entry["resource"]["meta"]["versionId"] for entry in page["entry"]]
            assert ("total" in page) == (count >= 5)
            url = next((link["url"] for link in page["link"] if link["relation"] == "next"), None)
        assert seen == ["5", "4", "3", "2", "1"], count
    for query in ("_count=0", "_count=x", "_since=2020", "_page=x.y"):
        assert api.get(f"/Patient/p1/_history?{query}").status_code == 400


@pytest.mark.parametrize(
    ("prefer", "kind"),
    [
        ("return=minimal", None),
        ("handling=lenient, return=minimal; x=1", None),
        ("return=representation", "Patient"),
        ("return=OperationOutcome", "OperationOutcome"),
        ("return=presentation", "Patient"),  # a client's slip of the pen that is out in the world: what is unknown is ignored
        ("respond-async", "Patient"),
    ],
)
def test_prefer(api, prefer: str, kind: str | None) -> None:
    made = api.post("/Patient", json=patient(), headers={"content-type": "application/fhir+json", "prefer": prefer})
    assert made.status_code == 201
    assert made.headers["etag"]
    assert (made.json()["resourceType"] if made.content else None) == kind
