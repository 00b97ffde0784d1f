"""Staff, organisations, places and next of kin that messages name: one resource each, however often they are named."""

from __future__ import annotations

from functools import cache

import pytest

from hub.codec.hl7v2 import Message, parse_message
from hub.mapping import mapset
from hub.mapping.conversion import Conversion, Produced
from hub.mapping.functions import REGISTRY
from hub.mapping.syntax import Mode
from hub.settings.map_files import read_packaged

_GMC = "https://fhir.hl7.org.uk/Id/gmc-number"
DOCTOR = "C9990017^Woolley^Kathleen^^^Dr^^^GMC"
PERSON = "PID|1||9990000018^^^NHS^NH||Ramsbottom^Elsie||19401207|F"


@cache
def shipped() -> mapset.MapSet:
    texts = read_packaged()
    return mapset.load(texts.maps, texts.tables, REGISTRY)


def convert(event: str, *segments: str) -> Conversion:
    message = parse_message("\r".join((rf"MSH|^~\&|PAS|RWY|||20260114||{event}|1|P|2.5", *segments, "")).encode())
    assert isinstance(message, Message)
    found = shipped().find_message_map(message)
    assert found is not None
    done = found.forward(message, params={})
    assert not done.refused, [(one.code.name, one.place) for one in done.diagnostics]
    return done


def made(done: Conversion, kind: str) -> list[Produced]:
    return [one for one in done.produced if one.resource["resourceType"] == kind]


def admission(doctor: str = DOCTOR, place: str = "Ward 12^Bay B^Bed 3^RWY01") -> Conversion:
    return convert("ADT^A01", PERSON, f"PV1|1|I|{place}||||{doctor}||||||||||||V-7781^^^CALDER VISITS^VN")


def result(*, doctor: str = DOCTOR, before: tuple[str, ...] = ()) -> Conversion:
    order = f"OBR|1|A1^WARD|F1^LAB|x^X^WinPath|||20260501140643|||||||||{doctor}|||||||||F"
    return convert("ORU^R01", PERSON, *before, order, f"OBX|1|NM|a^A^WinPath||1|g/L|||||F|||||{doctor}")


# --- staff


@pytest.mark.parametrize("send", [admission, result])
def test_a_doctor_is_known_by_the_number_alone(send) -> None:
    for doctor in made(send(), "Practitioner"):
        assert doctor.mode is Mode.IDENTIFY
        assert doctor.key == ()  # so that the number, which is the same for all senders, decides
        (number,) = doctor.resource["identifier"]
        assert (number["system"], number["value"]) == (_GMC, "C9990017")
        assert doctor.resource["name"][0] == {"family": "Woolley", "given": ["Kathleen"], "prefix": ["Dr"]}


@pytest.mark.parametrize("doctor", ["12345^Woolley^Kathleen", "^Woolley^Kathleen"])
def test_a_number_that_nobody_gave_out_makes_no_practitioner(doctor: str) -> None:
    found = admission(doctor)
    assert made(found, "Practitioner") == []
    (visit,) = made(found, "Encounter")
    assert visit.resource["participant"][0]["individual"]["display"] == "Woolley, Kathleen"


def test_each_number_of_a_doctor_is_looked_at_by_itself() -> None:
    found = admission(f"{DOCTOR}~L77^Woolley^Kathleen")
    assert [one.resource["identifier"][0]["value"] for one in made(found, "Practitioner")] == ["C9990017"]


def test_every_doctor_of_a_field_is_made_each_with_an_own_number() -> None:
    found = admission(f"{DOCTOR}~C9990025^Hirst^Sunil^^^^^^GMC~L9^Ashworth^Ann^^^^^^CALDER")
    assert [one.resource["identifier"][0]["value"] for one in made(found, "Practitioner")] == ["C9990017", "C9990025", "L9"]


def test_equal_numbers_of_two_hospitals_stay_two_people() -> None:
    found = admission("77^Hirst^Sunil^^^^^^CALDER~77^Hirst^Sunil^^^^^^AIREDALE")
    assert len({one.resource["identifier"][0]["system"] for one in made(found, "Practitioner")}) == 2


def test_one_number_with_two_names_is_shown_twice() -> None:
    found = admission(f"{DOCTOR}~C9990017^Hirst^Sunil^^^^^^GMC")
    assert [one.resource["name"][0]["family"] for one in made(found, "Practitioner")] == ["Woolley", "Hirst"]


def test_a_laboratory_of_several_results_is_one_with_its_address() -> None:
    at = "|" * 12 + "Calder Pathology^^^^^ODS^XX^^^RWY01|2 Mill Lane^^Batley"
    order = "OBR|1|A1^WARD|F1^LAB|x^X^WinPath|||20260501140643"
    found = convert("ORU^R01", PERSON, order, *(f"OBX|{n}|NM|a{n}^A^WinPath||1|g/L|||||F{at}" for n in (1, 2, 3)))
    assert [one.resource["address"][0]["city"] for one in made(found, "Organization")] == ["Batley"]


def test_who_reads_a_report_is_made_known_and_referred_to() -> None:
    order = "OBR|1|A1^WARD|F1^LAB|x^X^WinPath|||20260501140643||||||||||||||||||F|||||||C9990017&Woolley&Kathleen&&&Dr&&&GMC^^^Radiology"
    found = convert("ORU^R01", PERSON, order)
    (doctor,), (report,) = made(found, "Practitioner"), made(found, "DiagnosticReport")
    (reader,) = report.resource["resultsInterpreter"]
    assert reader["identifier"] == {"system": _GMC, "value": "C9990017"} == doctor.resource["identifier"][0]
    assert reader["display"] == "Woolley, Kathleen (Dr)"
    assert [one.resource["name"] for one in made(found, "Location")] == ["Radiology"]


# --- episodes and devices


def test_the_same_pathway_number_of_two_people_is_two_episodes() -> None:
    """PV1-54 is of HL7 2.7; in an earlier message it is read as what it is there."""
    visit = "PV1|1|I" + "|" * 52 + "PW1"
    other = PERSON.replace("9990000018", "9990000026")
    (one,), (another,) = (made(convert("ADT^A01", person, visit), "EpisodeOfCare") for person in (PERSON, other))
    assert one.key != another.key
    assert one.resource["identifier"] == [{"value": "PW1"}]
    (encounter,) = made(convert("ADT^A01", PERSON, visit), "Encounter")
    assert encounter.resource["episodeOfCare"] == [{"reference": one.full_url}]


def test_a_device_that_took_part_is_read_in_a_version_that_has_no_such_segment() -> None:
    part = "PRT||A||EQUIP||||||SN-4471^ACME" + "|" * 9 + "LOT7"
    found = convert("ORU^R01", PERSON, "OBR|1|A1^WARD|F1^LAB|x^X^WinPath|||20260501140643", "OBX|1|ST|a^A^WinPath||b||||||F", part)
    (device,) = made(found, "Device")
    assert (device.mode, device.resource["lotNumber"]) == (Mode.IDENTIFY, "LOT7")


# --- places


def test_a_bed_is_the_same_bed_in_another_message() -> None:
    (one,), (other,) = made(admission(), "Location"), made(admission("77^Hirst^Sunil"), "Location")
    assert (one.mode, one.key) == (Mode.IDENTIFY, other.key)
    assert one.resource["name"] == "Ward 12 / Bay B / Bed 3 (RWY01)"


def test_another_bed_is_another() -> None:
    (one,), (other,) = made(admission(), "Location"), made(admission(place="Ward 12^Bay B^Bed 4^RWY01"), "Location")
    assert one.key != other.key


# --- next of kin, orders, and what a result may not do

KIN = ("NK1|1|Ramsbottom^Joan|DAU", "NK1|2|Ramsbottom^Alan|SON")


def test_next_of_kin_are_told_apart_and_belong_to_the_person() -> None:
    found = convert("ADT^A31", PERSON, *KIN)
    (person,) = made(found, "Patient")
    kin = made(found, "RelatedPerson")
    assert [one.resource["name"][0]["given"] for one in kin] == [["Joan"], ["Alan"]]
    assert len({one.key for one in kin}) == 2
    assert {one.resource["patient"]["reference"] for one in kin} == {person.full_url}
    assert [one.key for one in made(convert("ADT^A31", PERSON, *reversed(KIN)), "RelatedPerson")] == [one.key for one in reversed(kin)]


def test_a_result_changes_neither_the_person_nor_the_visit_nor_the_next_of_kin() -> None:
    found = result(before=(*KIN, "PV1|1|I|Ward 9||||||||||||||||V-7781^^^CALDER VISITS^VN"))
    for kind in ("Patient", "Encounter", "RelatedPerson", "Location", "Practitioner"):
        assert made(found, kind), kind
        assert {one.mode for one in made(found, kind)} == {Mode.IDENTIFY}, kind


def test_the_visit_of_a_result_is_the_visit_of_the_admission() -> None:
    (of_result,) = made(result(before=("PV1|1|I|Ward 9||||||||||||||||V-7781^^^CALDER VISITS^VN",)), "Encounter")
    (of_admission,) = made(admission(), "Encounter")
    assert of_result.key == of_admission.key


def test_the_order_is_named_by_its_report_and_comes_again_as_itself() -> None:
    one, other = result(), result(doctor="77^Hirst^Sunil")
    (request,), (report,) = made(one, "ServiceRequest"), made(one, "DiagnosticReport")
    assert report.resource["basedOn"] == [{"reference": request.full_url}]
    assert request.key == made(other, "ServiceRequest")[0].key
    assert [number["value"] for number in request.resource["identifier"]] == ["A1", "F1"]
