"""Real input, end to end: what the gates of the first issue ask of simhospital, PCD-01 and Synthea samples."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from subprocess import run

import httpx

from hub.codec.hl7v2 import Message, parse_message, render, split_batch
from tests.acceptance.conftest import CALDER, HubProcess

NHS = "https://fhir.nhs.uk/Id/nhs-number"
STREAM = "simhospital/stream-first-half.hl7"


def send(hub: HubProcess, file: Path) -> dict:
    done = run([CALDER, "send", hub.ready["mllp"], str(file), "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def everything(http: httpx.Client, url: str) -> Iterator[dict]:
    next_url: str | None = url
    while next_url:
        page = http.get(next_url)
        page.raise_for_status()
        body = json.loads(page.content, parse_float=str, parse_int=str)
        yield from (entry["resource"] for entry in body.get("entry", ()))
        next_url = next((link["url"] for link in body["link"] if link["relation"] == "next"), None)


def stream(corpus: Path) -> list[Message]:
    messages = [parse_message(body) for _, body in split_batch((corpus / STREAM).read_bytes())]
    assert all(isinstance(message, Message) for message in messages)
    return messages


def expected_people(messages: list[Message]) -> set[str]:
    numbers = set()
    for message in messages:
        if (message.message_code, message.trigger_event) not in (("ADT", "A01"), ("ORU", "R01")):
            continue
        for pid in (segment for segment in message.segments if segment.name == "PID"):
            numbers |= {one.split("^")[0] for one in pid.field(3).split("~") if "NHSNBR" in one}
    return numbers


def expected_values(messages: list[Message]) -> Counter:
    """(NHS number, code, value text, comparator, unit text) of every OBX-5 of the ORU messages that holds a value."""
    found: Counter = Counter()
    for message in messages:
        if message.message_code != "ORU":
            continue
        person = next(one.split("^")[0] for s in message.segments if s.name == "PID" for one in s.field(3).split("~") if "NHSNBR" in one)
        for obx in (segment for segment in message.segments if segment.name == "OBX" and segment.field(5)):
            value, unit, comparator = obx.field(5), obx.field(6), ""
            number = obx.field(2) == "NM" or (not obx.field(2) and unit)
            if number and value[0] in "<>":
                comparator, value = value[0], value[1:]
            found[person, obx.field(3).split("^")[0], value, comparator, unit if number else ""] += 1
    return found


def stored_values(observations: list[dict], numbers: dict[str, str]) -> Counter:
    found: Counter = Counter()
    for one in observations:
        person = numbers[one["subject"]["reference"]]
        code = one["code"]["coding"][0]["code"]
        if "valueString" in one:
            found[person, code, one["valueString"], "", ""] += 1
        elif "value" in one.get("valueQuantity", {}):
            quantity = one["valueQuantity"]
            found[person, code, quantity["value"], quantity.get("comparator", ""), quantity.get("unit", "")] += 1
    return found


def test_a_simulated_hospital(corpus: Path, hub: HubProcess, http: httpx.Client) -> None:
    messages = stream(corpus)
    assert len(messages) == 507
    first = send(hub, corpus / STREAM)
    assert (first["sent"], first["aa"], first["ae"], first["no_answer"]) == (507, 505, 2, 0)
    assert hub.ledger()["balanced"] is True

    people = list(everything(http, f"{hub.fhir}/Patient?_count=100"))
    numbers = {}
    for person in people:
        own = [one["value"] for one in person["identifier"] if one.get("system") == NHS]
        assert len(own) == 1
        numbers[f"Patient/{person['id']}"] = own[0]
    wanted = expected_people(messages)
    assert len(wanted) == 208
    assert Counter(numbers.values()) == Counter(wanted)
    for number in wanted:
        assert http.get(f"{hub.fhir}/Patient?identifier={NHS}|{number}").json()["total"] == 1

    observations = list(everything(http, f"{hub.fhir}/Observation?_count=500"))
    expected = expected_values(messages)
    assert expected.total() == 1634
    missing = expected - stored_values(observations, numbers)
    assert not missing, list(missing)[:5]

    before = {(one["resourceType"], one["id"]): one["meta"]["versionId"] for one in [*people, *observations]}
    again = send(hub, corpus / STREAM)
    assert (again["aa"], again["ae"]) == (505, 2)
    after = {
        (one["resourceType"], one["id"]): one["meta"]["versionId"]
        for type_ in ("Patient", "Observation")
        for one in everything(http, f"{hub.fhir}/{type_}?_count=500")
    }
    assert after == before
    assert hub.ledger()["balanced"] is True


def test_a_device_report(corpus: Path, hub: HubProcess, http: httpx.Client) -> None:
    sample = next((corpus / "oehf+ipf").rglob("pcd01-request.hl7"))
    assert send(hub, sample)["aa"] == 1
    observations = list(everything(http, f"{hub.fhir}/Observation"))
    codes = {coding["code"] for one in observations for coding in one["code"]["coding"]}
    assert {"150020", "150023"} <= codes
    parts = {part["code"]["coding"][0]["code"]: part["valueQuantity"]["value"] for one in observations for part in one.get("component", ())}
    assert parts == {"150021": "120", "150022": "80"}
    for one in observations:
        assert one["effectiveDateTime"] == "2009-08-13T09:57:15+05:00"
        device = http.get(f"{hub.fhir}/{one['device']['reference']}").json()
        assert "0123456789ABCDEF" in json.dumps(device).replace("-", "").upper()


def test_synthea_bundles_load(corpus: Path, hub: HubProcess, http: httpx.Client) -> None:
    files = sorted((corpus / "synthea-r4-2019").glob("*.json"))
    assert len(files) == 7
    for file in files:
        bundle = json.loads(file.read_bytes())
        answer = http.post(f"{hub.fhir}/", content=file.read_bytes(), headers={"content-type": "application/fhir+json"}, timeout=120)
        assert answer.status_code == 200, (file.name, answer.text[:2000])
        assert len(answer.json()["entry"]) == len(bundle["entry"])


def test_every_hl7_file_comes_back_byte_for_byte(corpus: Path) -> None:
    files = sorted(corpus.rglob("*.hl7"))
    assert len(files) > 300
    refused = Counter()
    for file in files:
        parsed = parse_message(file.read_bytes())
        if isinstance(parsed, Message):
            assert render(parsed) == file.read_bytes(), file
        else:
            assert parsed.place, file
            refused[parsed.code.name] += 1
    assert refused.total() < 20, refused
