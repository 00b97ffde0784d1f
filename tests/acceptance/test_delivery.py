"""Routing and delivery of a real hub to a hospital's document port: a plan posted as FHIR arrives as MDM^T02, whatever the port does."""

import time
from base64 import b64decode
from html.parser import HTMLParser

import httpx
import pytest
from hl7 import parse

from hub.cli.demo.messages import ADA, emergency_plan
from hub.core.lifecycle import DeliveryState
from tests.acceptance.hospital import configured, hospital, segments, wait_until
from tests.acceptance.record_of import deliveries, ledger

FHIR = {"content-type": "application/fhir+json"}


def post_plan(hub, bundle: dict | None = None) -> str:
    """The GP system's transaction; gives the plan's id."""
    answer = httpx.post(hub.fhir, json=bundle or emergency_plan(), headers=FHIR, timeout=20)
    assert answer.status_code == 200, answer.text
    located = [entry["response"]["location"] for entry in answer.json()["entry"]]
    (plan,) = [location for location in located if "CarePlan/" in location]
    return plan.partition("CarePlan/")[2].partition("/")[0]


def owed(hub) -> dict[str, int]:
    books = ledger(hub.data)
    assert books.balanced
    return {state: number for state, number in books.destinations.get("documents", {}).items() if number}


def delivered(hub, number: int = 1) -> None:
    wait_until(lambda: owed(hub) == {"owed": number, "delivered": number})


class Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def page_of(body: bytes) -> str:
    """The words of the document in OBX-5."""
    source, type_, subtype, encoding, data = segments(body)["OBX"][5].split("^")
    assert (source, type_.lower(), subtype.upper(), encoding) == ("", "text", "HTML", "Base64")
    html = b64decode(data, validate=True).decode()
    assert html.lstrip().lower().startswith("<!doctype html")
    words = Words()
    words.feed(html)
    return " ".join(words.text.split())


def test_a_plan_arrives_as_a_document(serve, tmp_path) -> None:
    with hospital() as ward:
        hub = serve(*configured(tmp_path, ward.port))
        plan = post_plan(hub)
        ward.wait_for(1)
        delivered(hub)
        (body,) = ward.received
        found = segments(body)
        assert found["MSH"][9] == "MDM^T02^MDM_T02"
        assert found["MSH"][5:7] == ["EDMS", "RCF"]
        assert 0 < len(found["MSH"][10]) <= 20
        assert f"{ADA}^^^NHS^NH" in found["PID"][3].split("~")
        assert found["PID"][5].startswith("Brook^Ada")
        assert found["PID"][7] == "19410307"
        assert found["PV1"][2] == "N"
        assert found["TXA"][2] == "CP"
        assert found["TXA"][12].split("^")[0] == plan
        assert found["TXA"][17] == "AU"
        assert "Sutcliffe" in found["TXA"][5]
        assert found["OBX"][2] == "ED"
        assert found["OBX"][11] == "F"
        words = page_of(body)
        for said in (
            "Ada Brook",
            "999 000 0018",
            "Nebuliser at home, then ring the community matron",
            "Saturation under 85 %, or drowsy",
            "88 to 92 %",
        ):
            assert said.replace(" ", "") in words.replace(" ", ""), said
        message = parse(body.decode())  # and as python-hl7 reads it
        assert str(message["MSH.F9.R1.C2"]) == "T02"
        assert str(message["TXA.F12"]).startswith(plan)
        assert "Nebuliser" in b64decode(str(message["OBX.F5.R1.C5"])).decode()
        for held in ("Dr Jane Sutcliffe", "Ruth Brook", "Agreed with Ada"):
            assert held in words, held


@pytest.mark.parametrize(
    ("code", "display", "said"),
    [
        ("450475007", "For attempted cardiopulmonary resuscitation", "FOR cardiopulmonary resuscitation"),
        ("450476008", "Not for attempted cardiopulmonary resuscitation", "NOT for cardiopulmonary resuscitation"),
    ],
)
def test_the_document_says_the_cpr_decision_that_stands_beside_the_plan(serve, tmp_path, code: str, display: str, said: str) -> None:
    bundle = emergency_plan()
    (flag,) = [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Flag"]
    flag["code"]["coding"][0] |= {"code": code, "display": display}
    with hospital() as ward:
        post_plan(serve(*configured(tmp_path, ward.port)), bundle)
        ward.wait_for(1)
        words = page_of(ward.received[0])
    assert said in words
    assert ("NOT for cardio" in words) == (code == "450476008")


def test_a_port_that_is_closed_is_tried_again(serve, tmp_path) -> None:
    with hospital() as before:
        port = before.port
    hub = serve(*configured(tmp_path, port))
    post_plan(hub)
    wait_until(lambda: owed(hub) == {"owed": 1, "waiting": 1} and deliveries(hub.data)[0].attempts >= 2)
    assert deliveries(hub.data)[0].reason.startswith("transient")
    with hospital(port=port) as ward:
        delivered(hub)
        assert len(ward.received) == 1


def test_a_port_that_stays_closed_is_given_up_in_the_end(serve, tmp_path) -> None:
    with hospital() as before:
        port = before.port
    hub = serve(*configured(tmp_path, port, lasting="1s"))
    post_plan(hub)
    wait_until(lambda: owed(hub) == {"owed": 1, "dead": 1})
    (letter,) = deliveries(hub.data)
    assert letter.reason


@pytest.mark.parametrize("code", ["AE", "AR"])
def test_a_refusal_is_a_dead_letter_with_its_reason(serve, tmp_path, code: str) -> None:
    with hospital(code) as ward:
        hub = serve(*configured(tmp_path, ward.port))
        post_plan(hub)
        wait_until(lambda: owed(hub) == {"owed": 1, "dead": 1})
        assert hub.ledger()["destinations"]["documents"]["dead"] == 1
        (letter,) = deliveries(hub.data)
        assert letter.state is DeliveryState.DEAD
        assert code in letter.reason
        assert letter.reason.startswith("permanent")
        time.sleep(0.7)
        assert len(ward.received) == 1


def test_after_a_refusal_the_next_plan_goes_out(serve, tmp_path) -> None:
    with hospital("AE", "AA") as ward:
        hub = serve(*configured(tmp_path, ward.port))
        plan = post_plan(hub)
        wait_until(lambda: owed(hub) == {"owed": 1, "dead": 1})
        _change(hub, plan, {"title": "Second edition"})
        wait_until(lambda: owed(hub) == {"owed": 2, "dead": 1, "delivered": 1})
        assert "Second edition" in page_of(ward.received[1])


def test_an_answer_to_another_message_is_not_taken_for_ours(serve, tmp_path) -> None:
    """AA for another control id, and nothing more: that is no answer. It is sent again until it is truly answered."""
    with hospital("other", "other", "AA") as ward:
        hub = serve(*configured(tmp_path, ward.port, answer="300ms"))
        post_plan(hub)
        delivered(hub)
        assert len(ward.received) == 3
        assert len(set(ward.received)) == 1


def test_a_late_answer_to_another_message_is_passed_over(serve, tmp_path) -> None:
    """AE for another, then AA for ours: ours is delivered, and not dead."""
    with hospital("late") as ward:
        hub = serve(*configured(tmp_path, ward.port))
        post_plan(hub)
        delivered(hub)
        assert len(ward.received) == 1


@pytest.mark.parametrize("way", ["close", "silent"])
def test_without_an_answer_it_is_sent_again_under_the_same_control_id(serve, tmp_path, way: str) -> None:
    with hospital(way, way, "AA") as ward:
        hub = serve(*configured(tmp_path, ward.port, answer="300ms"))
        post_plan(hub)
        delivered(hub)
        assert len(ward.received) == 3
        assert len(set(ward.received)) == 1


@pytest.mark.parametrize("way", ["close", "silent"])
def test_one_that_must_not_get_it_twice_gets_it_once(serve, tmp_path, way: str) -> None:
    with hospital(way, "AA") as ward:
        hub = serve(*configured(tmp_path, ward.port, answer="300ms", idempotent="false"))
        post_plan(hub)
        wait_until(lambda: owed(hub) == {"owed": 1, "dead": 1})
        (letter,) = deliveries(hub.data)
        assert letter.reason.startswith("ambiguous")
        time.sleep(0.7)
        assert len(ward.received) == 1


def test_a_withdrawn_plan_goes_out_as_a_new_version_of_the_same_document(serve, tmp_path) -> None:
    with hospital() as ward:
        hub = serve(*configured(tmp_path, ward.port))
        plan = post_plan(hub)
        ward.wait_for(1)
        _change(hub, plan, {"status": "revoked"})
        ward.wait_for(2)
        delivered(hub, 2)
        first, second = map(segments, ward.received)
        assert second["TXA"][12] == first["TXA"][12]
        assert second["MSH"][10] != first["MSH"][10]
        words = page_of(ward.received[1]).lower()
        assert "withdrawn" in words or "revoked" in words
        assert "withdrawn" not in page_of(ward.received[0]).lower()


def test_versions_of_a_plan_arrive_in_order(serve, tmp_path) -> None:
    """Also when the first of them has to wait."""
    with hospital("close", "close", "AA") as ward:
        hub = serve(*configured(tmp_path, ward.port))
        plan = post_plan(hub)
        for number in range(2, 7):
            _change(hub, plan, {"title": f"Edition {number}"})
        delivered(hub, 6)
        titles = [segments(body)["OBX"][3].split("^")[1] for body in ward.received[2:]]
        assert titles == ["Emergency care plan for Ada Brook", *(f"Edition {number}" for number in range(2, 7))]


def test_the_same_plan_again_sends_nothing(serve, tmp_path) -> None:
    with hospital() as ward:
        hub = serve(*configured(tmp_path, ward.port))
        plan = post_plan(hub)
        delivered(hub)
        _change(hub, plan, {})
        time.sleep(0.5)
        assert owed(hub) == {"owed": 1, "delivered": 1}
        assert len(ward.received) == 1


def test_what_was_delivered_is_in_the_audit_and_not_in_what_is_printed(serve, tmp_path) -> None:
    with hospital("AE") as ward:
        hub = serve(*configured(tmp_path, ward.port))
        post_plan(hub)
        wait_until(lambda: owed(hub) == {"owed": 1, "dead": 1})
    printed = hub.stop_and_read()
    for word in (ADA, "Brook", "Nebuliser"):
        assert word not in printed
    assert "delivery" in printed


def _change(hub, plan: str, changes: dict) -> None:
    url = f"{hub.fhir}/CarePlan/{plan}"
    resource = httpx.get(url).json() | changes
    answer = httpx.put(url, json=resource, headers=FHIR | {"if-match": f'W/"{resource["meta"]["versionId"]}"'})
    assert answer.status_code == 200, answer.text
