"""OBX-11 W, D, U and C over real sockets: what becomes of a result that was sent before, and what the crew is told of it.

HL7 v2 table 0085. W says that a result was posted wrongly, for example on the wrong patient: so it may come under the right one.
"""

from itertools import product

import pytest

from hub.care.nhs_number import SYSTEM as NHS
from hub.core.json import parse_json
from tests.acceptance.mllp_hub import ANNA, ELSIE, msh, pid, registration, result, wire
from tests.acceptance.mllp_sender import tell
from tests.acceptance.record_of import bodies, receipts

ELSIES, ANNAS = {"nhs": ELSIE, "local": "A1001"}, {"nhs": ANNA, "local": "A1002", "name": "Greenwood^Anna"}


@pytest.fixture
def ward(hub):
    """Two people are registered, and one has a result."""
    assert tell(hub, registration("A", **ELSIES)).code == "AA"
    assert tell(hub, registration("B", **ANNAS)).code == "AA"
    assert tell(hub, result("C", "98.00", **ELSIES)).code == "AA"
    return hub


def observations(hub) -> list[dict]:
    return [parse_json(body) for body in bodies(hub.data, "Observation").values()]


def person(hub, http, number: str) -> str:
    found = http.get(f"{hub.fhir}/Patient", params={"identifier": f"{NHS}|{number}"}).json()
    (entry,) = found["entry"]
    return f"Patient/{entry['resource']['id']}"


def readings(hub, http, number: str) -> list[tuple[str, str]]:
    """What the crew is shown: (id, status) of each Observation of the document."""
    document = http.get(f"{hub.fhir}/Patient/$emergency-care", params={"identifier": number}).json()
    return [
        (entry["resource"]["id"], entry["resource"]["status"])
        for entry in document["entry"]
        if entry["resource"]["resourceType"] == "Observation"
    ]


def test_a_withdrawn_result_stays_where_it_is_and_counts_no_more(ward, http) -> None:
    """W and D, under the same person and under the one it should have been, with the value and without: one result after the other."""
    assert tell(ward, result("W0", status="W", **ELSIES)).code == "AA"
    elsie = person(ward, http, ELSIE)
    for number, (letter, whose, value) in enumerate(product("WD", (ELSIES, ANNAS), ("98.00", "")), 1):
        assert tell(ward, result(f"F{number}", "98.00", order=f"O{number}", **ELSIES)).code == "AA"
        ((id_, status),) = readings(ward, http, ELSIE)
        assert status == "final"
        assert tell(ward, result(f"W{number}", value, order=f"O{number}", status=letter, **whose)).code == "AA"
        assert len(observations(ward)) == number + 1
        (found,) = [each for each in observations(ward) if each["id"] == id_]
        assert found["status"] == "entered-in-error"
        assert found["meta"]["versionId"] == "2"
        assert str(found["valueQuantity"]["value"]) == "98.00"
        assert found["valueQuantity"]["unit"] == "UMOLL"
        assert found["subject"] == {"reference": elsie}
        assert readings(ward, http, ELSIE) == []
        assert readings(ward, http, ANNA) == []
        first = http.get(f"{ward.fhir}/Observation/{id_}/_history/1").json()
        assert (first["status"], first["valueQuantity"]["value"]) == ("final", 98.0)


def test_withdrawn_and_sent_again_to_the_right_person(ward, http) -> None:
    """As laboratories do it: W under the number it had, and a new order for whom it truly is."""
    assert tell(ward, result("W", status="W", **ANNAS)).code == "AA"
    assert tell(ward, result("N", "98.00", order="4262718999", **ANNAS)).code == "AA"
    by_person = {found["subject"]["reference"]: found["status"] for found in observations(ward)}
    assert by_person == {person(ward, http, ELSIE): "entered-in-error", person(ward, http, ANNA): "final"}
    assert len(readings(ward, http, ANNA)) == 1


def test_the_same_withdrawal_again_changes_nothing(ward) -> None:
    for control_id in "WX":
        assert tell(ward, result(control_id, status="W", **ELSIES)).code == "AA"
    (found,) = observations(ward)
    assert found["meta"]["versionId"] == "2"


def test_only_the_result_that_is_named_is_withdrawn(ward, http) -> None:
    """Another code, and the same code with another OBX-4, stand."""
    obr = "OBR|1||77^LAB|us-0003^UREA AND ELECTROLYTES^WinPath|||20260501150000||||||||||||||||||F"
    rows = [
        f"OBX|{n}|NM|{code}^Name^WinPath|{sub}|{n}.0|MMOLL|||||F" for n, (code, sub) in enumerate((("K", "1"), ("K", "2"), ("NA", "1")), 1)
    ]
    assert tell(ward, wire(msh("ORU^R01", "D"), pid(**ELSIES), obr, *rows)).code == "AA"
    assert tell(ward, wire(msh("ORU^R01", "E"), pid(**ELSIES), obr, rows[1].replace("|F", "|W"))).code == "AA"
    wrong = [found for found in observations(ward) if found["status"] == "entered-in-error"]
    assert [found["valueQuantity"]["value"].__str__() for found in wrong] == ["2.0"]
    assert len(readings(ward, http, ELSIE)) == 3


def test_an_older_reading_comes_back_when_the_latest_is_withdrawn(ward, http) -> None:
    later = result("L", "120.00", order="4262718365", **ELSIES).replace(b"20260501140643", b"20260502140643")
    assert tell(ward, later).code == "AA"
    ((latest, _),) = readings(ward, http, ELSIE)
    assert tell(ward, later.replace(b"|L|", b"|M|").replace(b"|||||F|||", b"|||||W|||")).code == "AA"
    ((shown, status),) = readings(ward, http, ELSIE)
    assert shown != latest
    assert status == "final"


def test_what_is_not_here_is_not_made(ward) -> None:
    before = bodies(ward.data, "Observation")
    for letter in "UWD":
        assert tell(ward, result(f"{letter}1", status=letter, order="unheard-of", **ANNAS)).code == "AA"
        assert bodies(ward.data, "Observation") == before
        newest = receipts(ward.data)[0]
        assert newest.state == "committed"
        assert "E206" in newest.reason


def test_u_makes_a_result_final_and_keeps_its_value(hub) -> None:
    assert tell(hub, result("1", "98.00", status="P", **ELSIES)).code == "AA"
    assert [found["status"] for found in observations(hub)] == ["preliminary"]
    assert tell(hub, result("2", "", status="U", **ELSIES)).code == "AA"
    (found,) = observations(hub)
    assert found["status"] == "final"
    assert str(found["valueQuantity"]["value"]) == "98.00"


def test_c_replaces_the_value(ward, http) -> None:
    assert tell(ward, result("2", "89.0", status="C", **ELSIES)).code == "AA"
    (found,) = observations(ward)
    assert found["status"] == "corrected"
    assert str(found["valueQuantity"]["value"]) == "89.0"
    assert [status for _, status in readings(ward, http, ELSIE)] == ["corrected"]


def test_a_correction_may_change_the_kind_of_value(ward) -> None:
    """A number that turns out to be none: nothing of the number may stay beside the words."""
    corrected = result("2", "haemolysed", status="C", **ELSIES).replace(b"|NM|", b"|ST|").replace(b"|UMOLL|", b"||")
    assert tell(ward, corrected).code == "AA"
    (found,) = observations(ward)
    assert found["valueString"] == "haemolysed"
    assert "valueQuantity" not in found


def test_a_result_is_not_moved_to_another_person(ward) -> None:
    """Without W, the same order number under another name is a contradiction, and refused."""
    before = bodies(ward.data)
    answer = tell(ward, result("2", "55.00", **ANNAS))
    assert answer.code == "AE"
    assert [code for _, code in answer.errors][:1] == ["204"]
    assert bodies(ward.data) == before


def test_a_withdrawn_result_does_not_come_alive_by_a_late_repetition(ward, http) -> None:
    """The first message again, byte for byte, after its withdrawal: a duplicate, and no more."""
    assert tell(ward, result("W", status="W", **ELSIES)).code == "AA"
    assert tell(ward, result("C", "98.00", **ELSIES)).code == "AA"
    assert [found["status"] for found in observations(ward)] == ["entered-in-error"]
    assert readings(ward, http, ELSIE) == []
