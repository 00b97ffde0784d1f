"""What fhir.resources and hl7apy say of what the hub makes and writes; and that they would object."""

import pytest

from conformance.second_opinion import fhir_faults, hl7_faults
from hub.app.installed import load_maps
from hub.cli.demo.messages import admission_feed, emergency_plan, gateway_reading
from hub.codec.hl7v2 import parse_message

MAPS = load_maps()


def made() -> list[dict]:
    """Every resource of the demo's messages."""
    messages = [parse_message(text.encode()) for text in (*admission_feed(), gateway_reading())]
    return [each.resource for message in messages for each in MAPS.find_message_map(message).forward(message, params={}).produced]


def test_nobody_objects_to_what_the_maps_make() -> None:
    resources = made()
    assert len(resources) > 10
    assert [(one["resourceType"], fhir_faults(one)) for one in resources if fhir_faults(one)] == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"status": None}, "status"),
        ({"nmae": "x"}, "nmae"),
        ({"effectiveDateTime": "31/12/2026"}, "effectiveDateTime"),
        ({"id": "x" * 65}, "id"),
        ({"extension": [{"url": "https://x.example/y", "valueRatioRange": {}}]}, ".extension[0].valueRatioRange"),
    ],
)
def test_a_planted_fault_is_objected_to(change: dict, place: str) -> None:
    reading = next(one for one in made() if one["resourceType"] == "Observation")
    faulty = {name: value for name, value in (reading | change).items() if value is not None}
    assert any(fault.startswith(place) for fault in fhir_faults(faulty)), fhir_faults(faulty)


def test_an_unknown_type_is_said_to_be_one() -> None:
    assert fhir_faults({"resourceType": "Nothing"}) == ["resourceType: unknown"]


@pytest.mark.parametrize("text", [*admission_feed(), gateway_reading()])
def test_the_demo_speaks_proper_hl7(text: str) -> None:
    """But for PD1-3: the ODS code of a practice has letters, and stands in XON.3, an NM, all the same (HL7 UK)."""
    segments = [segment for segment in text.split("\r") if not segment.startswith("PD1")]
    assert hl7_faults("\r".join(segments).encode()) == []


@pytest.mark.parametrize("version", ["2.4", "2.5.1", "2.6"])
def test_the_document_message_is_proper_hl7(version: str) -> None:
    resources = [entry["resource"] | {"id": f"r{index}"} for index, entry in enumerate(emergency_plan()["entry"])]
    resources.sort(key=lambda one: one["resourceType"] != "CarePlan")
    written = MAPS.get("mdm_t02").backward(
        resources, params={}, givens={"control_id": "1", "written_at": "20261123090000+0000"}, version=version
    )
    assert written.body is not None
    assert hl7_faults(written.body) == []
    assert hl7_faults(written.body.replace(b"\rTXA|", b"\rTXB|")) != []
