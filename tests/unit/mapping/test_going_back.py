"""Going back: guards that other rows have made untrue, what no row writes, who takes a resource, numbers in a tree."""

import pytest

from hub.mapping.backward import guards, messages
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from hub.mapping.run.parts import run_part_backward
from tests.unit.mapping.message_kit import ORU, PID
from tests.unit.mapping.message_kit import maps as message_maps
from tests.unit.mapping.part_kit import CWE, CX, HEAD, backward, maps, patient, segment

# --- guards


def test_two_rows_that_differ_by_a_guard_do_not_both_write():
    rows = "number OBX-5[first] <-> valueQuantity by measured_number when OBX-2 = NM\nother OBX-5[first] <-> valueQuantity.value when OBX-2 = SN"
    loaded = maps(segment(rows, "Observation", "OBX"))
    assert backward(loaded, {"valueQuantity": {"value": 71}})[0] == "OBX||NM|||71"


def test_a_guard_is_asked_of_what_the_row_itself_would_write():
    loaded = maps(segment("a PID-8 <-> gender when PID-8 in (x, y)\nb PID-7 <-> gender"))
    assert backward(loaded, patient(gender="x"))[0] == "PID|||||||x|x"
    assert backward(loaded, patient(gender="z"))[0] == "PID|||||||z"


@pytest.mark.parametrize(
    ("condition", "first", "text"),
    [
        ("PID-8 != N", "N", "PID||||||||N"),
        ("PID-8 != N", "Y", "PID|||||||1931|Y"),
        ("PID-8 not in (N, M)", "M", "PID||||||||M"),
        ("PID-8 absent", "Y", "PID||||||||Y"),
        ("PID-8 present", "Y", "PID|||||||1931|Y"),
    ],
)
def test_any_guard_holds_again(condition, first, text):
    loaded = maps(segment(f"a PID-8 <-> gender\nb PID-7 <-> birthDate when {condition}"))
    assert backward(loaded, patient(gender=first, birthDate="1931"))[0] == text


def test_unless_is_asked_where_all_of_it_is_written():
    loaded = maps(segment("a PID-8 <-> gender\nb PID-7 <-> birthDate unless PID-8 = N"))
    assert backward(loaded, patient(gender="N", birthDate="1931"))[0] == "PID||||||||N"
    assert backward(loaded, patient(gender="Y", birthDate="1931"))[0] == "PID|||||||1931|Y"


def test_an_item_whose_guard_cannot_hold_is_left_to_the_next_row():
    loaded = maps(CX, segment("nhs PID-2 <-> identifier[*] when PID-2.5 = NH\nother PID-3 <-> identifier[*]"))
    value = patient(identifier=[{"value": "1", "type": {"coding": [{"code": "MR"}]}}, {"value": "2"}])
    assert backward(loaded, value)[0] == "PID||2^^^^NH|1^^^^MR"


# --- what no row writes


def test_what_no_row_writes_is_named_and_never_shown():
    loaded = maps(CX, segment("a PID-3 <-> identifier[*]"))
    found = loaded.get("m")
    assert found is not None
    value = patient(
        identifier=[{"value": "1", "use": "SECRET"}], gender="SECRET", name=[{"given": ["SECRET"]}], id="x", meta={"versionId": "1"}
    )
    text, _ = backward(loaded, value)
    _, reported = run_part_backward(loaded, "m", value, params={}, givens={})
    assert text == "PID|||1"
    assert [(each.code.name, each.place) for each in reported] == [("M490", "identifier.use"), ("M490", "gender"), ("M490", "name.given")]
    assert "SECRET" not in repr(reported)


def test_a_third_given_name_has_no_place():
    loaded = maps(segment("a PID-5[first].2 <-> name[1].given[1]\nb PID-5[first].3 <-> name[1].given[2]"))
    assert backward(loaded, patient(name=[{"given": ["A", "B", "C"]}])) == ("PID|||||^A^B", ["M490"])


def test_extensions_of_primitives_are_read():
    loaded = maps(
        segment(
            'a PID-5[first].1.1 <-> name[1].family\nb PID-5[first].1.2 <-> name[1].family.extension("http://p").valueString\n'
            'c PID-5[first].2 <-> name[1].given[1]\nd PID-5[first].3 <-> name[1].given[2].extension("http://g").valueString'
        )
    )
    value = patient(
        name=[
            {
                "family": "Berg",
                "_family": {"extension": [{"url": "http://p", "valueString": "van"}]},
                "given": ["Ada", None],
                "_given": [None, {"extension": [{"url": "http://g", "valueString": "x"}]}],
            }
        ]
    )
    assert backward(loaded, value) == ("PID|||||Berg&van^Ada^x", [])


def test_many_sources_of_one_target_leave_nothing_behind():
    table = HEAD + "".join(f"MDC,{code},,->,http://loinc.org,8867-4,Heart rate,\n" for code in (149530, 149546))
    loaded = load(
        {"a.map": CWE, "b.map": segment("a OBX-3 <-> code table pulses", "Observation", "OBX")}, {"tables/pulses.csv": table}, REGISTRY
    )
    value = {
        "code": {"coding": [{"system": "urn:iso:std:iso:11073:10101", "code": "149546"}, {"system": "http://loinc.org", "code": "8867-4"}]}
    }
    assert backward(loaded, value) == ("OBX|||149546^^MDC", [])


def test_a_target_beside_another_code_is_the_senders_own_second_code():
    table = HEAD + "MDC,149530,,<->,http://loinc.org,8867-4,Heart rate,\n"
    rows = segment("a OBX-3 <-> code table pulses", "Observation", "OBX")
    loaded = load({"a.map": CWE, "b.map": rows}, {"tables/pulses.csv": table}, REGISTRY)
    codings = [{"system": "urn:x-calder:codesystem:WARD", "code": "p1"}, {"system": "http://loinc.org", "code": "8867-4"}]
    assert backward(loaded, {"code": {"coding": codings}})[0] == "OBX|||p1^^WARD^8867-4"
    assert backward(loaded, {"code": {"coding": codings[1:]}})[0] == "OBX|||149530^^MDC"


# --- messages


def back(loaded, name, found, **more):
    return loaded.get(name).backward(found, params={}, givens={"control_id": "9", "written_at": "20260101"}, **more)


def resource(kind, own, **elements):
    return {"resourceType": kind, "id": own, **elements}


TREE = """
map pcd : v2 ORU_R01 <-> fhir Bundle
  each PATIENT_RESULT
    patient PATIENT.PID <-> Patient by pid
    each ORDER_OBSERVATION
      each OBSERVATION tree OBX-4
        let kind = OBX-2
        device  OBX <-> Device by mds      when OBX-18 present
        words   OBX <-> Observation by obx with subject = patient, device = device  when $kind = ST
        lone    OBX <-> Observation by plain with subject = patient
        note    NTE <-> words.note[*] by nte
map mds : v2 OBX <-> fhir Device
  number OBX-18[first] <-> identifier[1]
map plain : v2 OBX <-> fhir Observation
  code OBX-3 <-> code
  bool OBX-5[first] <-> valueBoolean
"""


def tree_of(*resources, version="2.6"):
    loaded = message_maps(PID, TREE)
    written = back(loaded, "pcd", [resource("Patient", "p", identifier=[{"value": "1"}]), *resources], version=version)
    assert written.body is not None, written.diagnostics
    return written.body.decode().split("\r")[1:-1], [(each.code.name, each.place) for each in written.diagnostics]


def reading(own, device=None, **elements):
    return resource(
        "Observation",
        own,
        subject={"reference": "Patient/p"},
        code={"coding": [{"code": own}]},
        **({"device": {"reference": f"Device/{device}"}} if device else {}),
        **elements,
    )


def test_readings_stand_below_their_device():
    lines, reported = tree_of(
        resource("Device", "d", identifier=[{"value": "D1"}]),
        resource("Device", "e", identifier=[{"value": "D2"}]),
        reading("a", "e", valueString="one", note=[{"text": "n"}]),
        reading("b", "d", valueString="two"),
        reading("c", "e", valueString="three"),
        reading("z", valueString="four"),
    )
    assert lines == [
        "PID|1||1", "OBR|1", "OBX|1|||1|||||||||||||" + "|D1", "OBX|2|||2|||||||||||||" + "|D2",
        "OBX|3|ST|a|2.0.0.1|one", "NTE|1||n", "OBX|4|ST|b|1.0.0.1|two", "OBX|5|ST|c|2.0.0.2|three", "OBX|6|ST|z|3.0.0.1|four",
    ]  # fmt: skip
    assert reported == []


def test_a_resource_goes_to_the_row_that_would_read_it_again():
    lines, _ = tree_of(reading("a", valueBoolean=True), reading("b", valueString="x"))
    assert lines[2:] == ["OBX|1||a|1.0.0.1|Y", "OBX|2|ST|b|1.0.0.2|x"]


def test_what_is_not_written_is_counted():
    loaded = message_maps(PID, ORU)
    written = back(loaded, "oru", [resource("Patient", "p", identifier=[{"value": "1"}]), resource("Flag", "f"), resource("Flag", "g")])
    assert [(each.code.name, each.place, each.detail) for each in written.diagnostics] == [("M491", "Flag", "2 not written")]


def test_a_second_segment_adds_to_the_resource_of_another_row():
    adt = "map adt : v2 ADT_A01 <-> fhir Bundle\n  patient PID <-> Patient by pid\n  gp PD1 <-> patient by pd1\nmap pd1 : v2 PD1 <-> fhir Patient\n  name PD1-3[first].1 <-> generalPractitioner[1].display\n"
    loaded = message_maps(PID, adt)
    found = [resource("Patient", "p", identifier=[{"value": "1"}], generalPractitioner=[{"display": "The Surgery"}])]
    written = back(loaded, "adt", found)
    assert written.body.decode().split("\r")[1:-1] == ["PID|1||1", "PD1|||The Surgery"]
    assert written.diagnostics == ()


def test_results_stand_in_the_order_of_their_report():
    loaded = message_maps(PID, ORU)
    results = [resource("Observation", name, subject={"reference": "Patient/p"}, code={"coding": [{"code": name}]}) for name in "abc"]
    report = resource(
        "DiagnosticReport", "r", subject={"reference": "Patient/p"}, result=[{"reference": f"Observation/{n}"} for n in "cab"]
    )
    written = back(loaded, "oru", [resource("Patient", "p", identifier=[{"value": "1"}]), report, *results], version="2.5.1")
    assert [line.split("|")[3] for line in written.body.decode().split("\r") if line.startswith("OBX")] == ["c", "a", "b"]


# --- planted faults


def guards_not_asked(monkeypatch):
    monkeypatch.setattr(guards.Guards, "allow", lambda _self, _run, _frame, _raw, _number: True)


def list_order_ignored(monkeypatch):
    monkeypatch.setattr(messages, "place_in_list", lambda _row, _resource, _bound: 0)


@pytest.mark.parametrize(
    ("fault", "promise"),
    [
        (guards_not_asked, test_an_item_whose_guard_cannot_hold_is_left_to_the_next_row),
        (guards_not_asked, test_unless_is_asked_where_all_of_it_is_written),
        (list_order_ignored, test_results_stand_in_the_order_of_their_report),
    ],
)
def test_a_planted_fault_is_seen(fault, promise, monkeypatch):
    promise()
    fault(monkeypatch)
    with pytest.raises(AssertionError):
        promise()
