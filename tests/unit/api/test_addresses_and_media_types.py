"""What is asked for where, and in what form: 404, 405, 406, 415, 413."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Mount

from hub.api.face import Limits
from hub.api.server import build_server
from tests.unit.api.conftest import FHIR, observation, patient

LIMITS = Path(__file__).parents[3] / "docs" / "reference" / "limits.md"


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("DELETE", "/metadata", 405, {"GET", "HEAD"}),
        ("DELETE", "/Patient/1", 405, {"GET", "HEAD", "PUT"}),  # all of them, not those of the first that looks alike
        ("PUT", "/Patient", 405, {"GET", "HEAD", "POST"}),
        ("GET", "", 405, {"POST"}),
        ("GET", "/Patinet", 404, None),
        ("POST", "/Bundle", 404, None),
        ("GET", "/Patient/a%20b", 404, None),
        ("GET", "/Patient/" + "a" * 65, 404, None),
        ("GET", "/Patient/$everything", 404, None),
        ("GET", "/Patient/1/2/3/4", 404, None),
        ("GET", "/_history", 404, None),
        ("GET", "/Patient//?family=Brook", 404, None),  # a redirect would repeat the question in another address
    ],
)
def test_addresses_that_lead_nowhere(api, method: str, path: str, status: int, allow: set[str] | None) -> None:
    answer = api.request(method, path, headers=FHIR, content=b"{}" if method == "POST" else None)
    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
    if allow is not None:
        assert set(re.split(", *", answer.headers["allow"])) == allow


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_slash_at_the_end_makes_no_difference(api, slash: str) -> None:
    made = api.post(f"/Patient{slash}", json=patient())
    assert made.status_code == 201
    assert api.get(f"/Patient/{made.json()['id']}{slash}").status_code == 200
    assert api.get(f"/metadata{slash}").status_code == 200
    assert api.post(slash, json={"resourceType": "Bundle", "type": "batch"}).status_code == 200
    assert api.post(f"/Patient/_search{slash}", headers={}, data={"family": "Brook"}).json()["total"] == 1


@pytest.mark.parametrize(
    ("accept", "format_", "status"),
    [
        (None, None, 200),
        ("*/*", None, 200),
        ("application/json", None, 200),
        ("text/html, */*", None, 200),
        ("application/fhir+xml, application/fhir+json;q=0.5", None, 200),
        ("application/fhir+json, */*; q=0.1", None, 200),
        ("application/fhir+json; fhirVersion=4.0", None, 200),
        ("application/fhir+json; fhirVersion=3.0", None, 406),
        ("application/fhir+xml", None, 406),
        ("application/fhir+xml, */*;q=0", None, 406),
        ("text/html", None, 406),
        ("application/fhir+xml", "json", 200),  # _format goes before Accept
        ("*/*", "xml", 406),
        (None, "application/fhir+json", 200),  # the plus sign arrives as a space
    ],
)
def test_what_the_client_takes(api, accept: str | None, format_: str | None, status: int) -> None:
    headers = {} if accept is None else {"accept": accept}
    for path in ("/Patient", "/metadata"):
        assert api.get(path + (f"?_format={format_}" if format_ else ""), headers=headers).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "application/fhir+json"}, 201),
        ({"content-type": 'application/fhir+json; charset="UTF-8"'}, 201),
        ({"content-type": "Application/JSON;charset=utf-8"}, 201),
        ({"content-type": "application/fhir+json; fhirVersion=4.0"}, 201),
        ({}, 201),
        ({"content-type": "application/fhir+json; charset=iso-8859-1"}, 415),
        ({"content-type": "application/fhir+json; fhirVersion=5.0"}, 415),
        ({"content-type": "application/fhir+xml"}, 415),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/fhir+json", "content-encoding": "gzip"}, 415),
    ],
)
def test_what_the_client_sends(api, headers: dict[str, str], status: int) -> None:
    body = b'{"resourceType":"Patient","name":[{"family":"Zo\xc3\xab"}]}'
    assert api.request("POST", "/Patient", content=body, headers=headers).status_code == status


def test_a_search_by_post_is_a_form(api) -> None:
    assert api.post("/Patient/_search", json={}).status_code == 415
    assert api.post("/Patient/_search", headers={}, data={"_format": "xml"}).status_code == 406


def test_bodies_over_the_limit_are_413_whether_their_length_is_told_or_not(api) -> None:
    small = api.limited(body=100, form=100)

    async def pieces():
        for _ in range(20):
            yield b" " * 10

    for content in (b" " * 101, pieces()):
        assert small.post("/Patient", content=content).status_code == 413
    assert small.post("/Patient/_search", headers={}, data={"family": "x" * 100}).status_code == 413
    assert small.post("/Patient", content=b'{"resourceType":"Patient"}').status_code == 201
    assert small.post("/Patient", content=b"{}", headers={**FHIR, "content-length": "9" * 30}).status_code == 413


def test_a_bundle_over_the_limit_is_413(api) -> None:
    entries = [{"resource": observation(), "request": {"method": "POST", "url": "Observation"}}] * 3
    for kind in ("batch", "transaction"):
        answer = api.limited(entries=2).post("", json={"resourceType": "Bundle", "type": kind, "entry": entries})
        assert (answer.status_code, answer.json()["issue"][0]["code"]) == (413, "too-costly")


def test_the_limits_are_those_of_the_reference_page() -> None:
    text = LIMITS.read_text()
    limits = Limits()
    for words in (f"{limits.body >> 20} MB", f"{limits.form >> 20} MB", f"{limits.entries:,}", f"{limits.versions:,}"):
        assert words in text, words


def test_metadata_promises_nothing_that_is_not_there(api) -> None:
    statement = api.get("/metadata").json()
    by_type = {one["type"]: one for one in statement["rest"][0]["resource"]}
    assert {"Bundle", "Parameters"}.isdisjoint(by_type)
    assert not by_type["Patient"]["conditionalUpdate"]
    assert by_type["Patient"]["conditionalCreate"]
    assert api.request("DELETE", "/Patient/1").status_code == 405
    assert "delete" not in {one["code"] for one in by_type["Patient"]["interaction"]}


def test_a_mount_answers_at_its_very_path_without_a_redirect(api) -> None:
    """`POST …/hl7v2`: a redirect would lose the message of a sender that does not follow it."""

    async def heard(scope, receive, send) -> None:
        await PlainTextResponse("heard")(scope, receive, send)

    server = build_server(api.face, [Mount("/hl7v2", app=heard)])
    for path in ("/hl7v2", "/hl7v2/"):
        assert replace(api, server=server).request("POST", f"http://localhost{path}").text == "heard"
    assert replace(api, server=server).request("POST", "http://localhost/hl7v3").status_code == 404
