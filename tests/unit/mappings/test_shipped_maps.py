"""The shipped maps, asked for what matters clinically. What is expected was written down by hand from the standards, not from the maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest

from hub.codec.hl7v2 import Message, parse_message
from hub.mapping import mapset
from hub.mapping.conversion import Conversion, Produced
from hub.mapping.functions import REGISTRY
from hub.mapping.syntax import Mode
from hub.settings.map_files import MapTexts, read_packaged

_LOINC, _SNOMED, _MDC, _UCUM = "http://loinc.org", "http://snomed.info/sct", "urn:iso:std:iso:11073:10101", "http://unitsofmeasure.org"
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NHS = "https://fhir.nhs.uk/Id/nhs-number"

LAB = (
    r"MSH|^~\&|LAB|RWY|CALDER|RWY|20260501140643||ORU^R01|L0001|P|2.3",
    "PID|1||9990000018^^^NHSNBR^NHSNMBR||Ramsbottom^Elsie^^^Mrs^^CURRENT||19401207000000|F",
    "OBR|1|1892929505|4262718364|us-0003^UREA AND ELECTROLYTES^WinPath|||20260501140643||||||||||||||||||F",
)
HOME = (
    r"MSH|^~\&|Hub||||20260813100000+0000||ORU^R01^ORU_R01|P1|P|2.6|||NE|AL|||||IHE_PCD_ORU_R01^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO",
    "PID|||9990000018^^^NHS^NH||Ramsbottom^Elsie^May^^^^L||19401207|F",
    "OBR|1|AB1^Hub|CD1^Hub|182777000^Monitoring of patient^SCT|||20260813095715+0000",
    "OBX|1||528391^MDC_DEV_SPEC_PROFILE_BP^MDC|1|||||||X|||||||0123456789ABCDEF^EUI-64",
)
PRESSURE = (
    "OBX|2||150020^MDC_PRESS_BLD_NONINV^MDC|1.0.1|||||||X|||20260813095715+0000",
    "OBX|3|NM|150022^MDC_PRESS_BLD_NONINV_DIA^MDC|1.0.1.2|76|266016^MDC_DIM_MMHG^MDC|||||F",
    "OBX|4|NM|150021^MDC_PRESS_BLD_NONINV_SYS^MDC|1.0.1.1|128|266016^MDC_DIM_MMHG^MDC|||||F",
)


@cache
def texts() -> MapTexts:
    return read_packaged()


@cache
def shipped() -> mapset.MapSet:
    return mapset.load(texts().maps, texts().tables, REGISTRY)


def convert(segments: Sequence[str], params: Mapping[str, str] = _NOTHING, maps: mapset.MapSet | None = None) -> Conversion:
    message = parse_message("\r".join((*segments, "")).encode())
    assert isinstance(message, Message)
    found = (maps or shipped()).find_message_map(message)
    assert found is not None
    return found.forward(message, params=params)


def made(conversion: Conversion, kind: str) -> list[Produced]:
    assert not conversion.refused, [(found.code.name, found.place, found.detail) for found in conversion.diagnostics]
    return [one for one in conversion.produced if one.resource["resourceType"] == kind]


def only(conversion: Conversion, kind: str = "Observation") -> dict[str, Any]:
    (one,) = made(conversion, kind)
    return one.resource


def lab(*obx: str) -> Conversion:
    return convert((*LAB, *obx))


def home(*obx: str, **params: str) -> Conversion:
    return convert((*HOME, *obx), params)


def adt(event: str, visit: str = "PV1|1|N", number: str = "9990000018^^^NHS^NH") -> Conversion:
    head = rf"MSH|^~\&|PAS|RWY|||20260114||ADT^{event}|1|P|2.4"
    return convert((head, f"EVN|{event}|20260114", f"PID|||{number}||Ramsbottom^Elsie", visit))


def codes(concept: dict[str, Any]) -> set[tuple[str, str]]:
    return {(coding.get("system", ""), coding["code"]) for coding in concept["coding"]}


def has(concept: dict[str, Any], system: str, code: str) -> bool:
    return (system, code) in codes(concept)


# --- whose reading it is


@pytest.mark.parametrize(
    "number", ["9990000018^^^NHS^NH", "9990000018^^^NHSNBR^NHSNMBR", "9990000018^^^^NH", "9990000018^^^&2.16.840.1.113883.2.1.4.1&ISO^NH"]
)
def test_an_nhs_number_is_one_however_it_is_spelt(number: str) -> None:
    found = adt("A31", number=number)
    (identifier,) = only(found, "Patient")["identifier"]
    assert (identifier["system"], identifier["value"]) == (_NHS, "9990000018")


@pytest.mark.parametrize("number", ["9990000018^^^CHI^NH", "9990000018^^^ST JAMES^MR", "9990000018"])
def test_another_number_is_never_an_nhs_number(number: str) -> None:
    found = adt("A31", number=number)
    (identifier,) = only(found, "Patient")["identifier"]
    assert identifier.get("system") != _NHS


def test_a_result_never_changes_the_person() -> None:
    (patient,) = made(lab("OBX|1|NM|2345-7^Glucose^LN||5.4|mmol/L|||||F"), "Patient")
    assert patient.mode is Mode.IDENTIFY


# --- what the number is


@pytest.mark.parametrize(
    ("sent", "unit", "quantity"),
    [
        ("98.00", "UMOLL", {"value": Decimal("98.00"), "unit": "UMOLL", "system": _UCUM, "code": "umol/L"}),
        ("<15", "MLMIN", {"comparator": "<", "value": 15, "unit": "MLMIN"}),
        (">=90.0", "mL/min", {"comparator": ">=", "value": Decimal("90.0"), "unit": "mL/min", "system": _UCUM, "code": "mL/min"}),
        ("7.2", "x10*9/L", {"value": Decimal("7.2"), "unit": "x10*9/L", "system": _UCUM, "code": "10*9/L"}),
        ("96", "PERCENT", {"value": 96, "unit": "PERCENT", "system": _UCUM, "code": "%"}),
        ("4", "/10", {"value": 4, "unit": "/10"}),
        ("140", "265987^MDC_DIM_MMHG^MDC", {"value": 140, "unit": "MDC_DIM_MMHG"}),
        ("412", "264992^MDC_DIM_L_PER_MIN^MDC", {"value": 412, "unit": "MDC_DIM_L_PER_MIN"}),
        ("7", "", {"value": 7}),
        ("7", '""', {"value": 7}),
    ],
)
def test_value_comparator_and_unit_come_over_as_sent(sent: str, unit: str, quantity: dict[str, Any]) -> None:
    found = only(lab(f"OBX|1|NM|x^X^WinPath||{sent}|{unit}|||||F"))["valueQuantity"]
    assert found == quantity
    assert str(found["value"]) == str(quantity["value"])  # 98.00 is not 98


@pytest.mark.parametrize("value", ["pending", "1,5", "12 mmHg", "NaN", "<"])
def test_what_is_no_number_is_refused_and_not_guessed(value: str) -> None:
    assert lab(f"OBX|1|NM|x^X^WinPath||{value}|UMOLL|||||F").refused


@pytest.mark.parametrize(
    ("value", "unit", "element"),
    [
        ("71", "/min", "valueQuantity"),
        ("71.50", "264864^MDC_DIM_BEAT_PER_MIN^MDC", "valueQuantity"),
        ("71", "", "valueString"),
        ("71", '""', "valueString"),
        ("Alert", "", "valueString"),
        ("Alert", "/min", "valueString"),
    ],
)
def test_without_obx_2_a_number_with_a_unit_is_a_number_and_that_is_reported(value: str, unit: str, element: str) -> None:
    found = lab(f"OBX|1||x^X^WinPath||{value}|{unit}|||||F")
    reading = only(found)
    assert [name for name in reading if name.startswith("value")] == [element]
    assert any("OBX-2 is empty" in diagnostic.detail for diagnostic in found.diagnostics)


def test_a_result_without_a_value_says_so() -> None:
    found = only(lab("OBX|1|NM|x^X^WinPath|||UMOLL|||||F"))
    assert "valueQuantity" not in found
    assert found["dataAbsentReason"]["coding"][0]["code"] == "unknown"


def test_words_stay_words() -> None:
    assert only(lab("OBX|1|TX|x^X^WinPath||<15|UMOLL|||||F"))["valueString"] == "<15"


def test_results_with_one_code_are_all_kept() -> None:
    rows = [f"OBX|{row}|TX|x^X^WinPath||line {row}||||||F" for row in (1, 2, 3)]
    results = made(lab(*rows), "Observation")
    assert [one.resource["valueString"] for one in results] == ["line 1", "line 2", "line 3"]
    assert len({one.key for one in results}) == 3


def test_a_remark_belongs_to_the_result_before_it() -> None:
    found = lab("OBX|1|NM|a^A^W||1|g/L|||||F", "NTE|1||of A", "NTE|2||more of A", "OBX|2|NM|b^B^W||2|g/L|||||F", "NTE|1||of B")
    first, second = (one.resource for one in made(found, "Observation"))
    assert [note["text"] for note in first["note"]] == ["of A", "more of A"]
    assert [note["text"] for note in second["note"]] == ["of B"]


# --- when it was


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("20260114203000", "2026-01-14T20:30:00+00:00"),
        ("20260714203000", "2026-07-14T20:30:00+01:00"),
        ("20260714203000+0000", "2026-07-14T20:30:00+00:00"),
        ("20260714", "2026-07-14"),
        ("2026", "2026"),
        ("", "2026-05-01T14:06:43+01:00"),  # of the report
    ],
)
def test_the_time_keeps_its_zone_and_its_precision(sent: str, expected: str) -> None:
    assert only(lab(f"OBX|1|NM|x^X^WinPath||1|g/L|||||F|||{sent}"))["effectiveDateTime"] == expected


@pytest.mark.parametrize("sent", ["20260431", "20260329013000", "2026-05-01"])
def test_a_time_that_never_was_is_refused(sent: str) -> None:
    assert lab(f"OBX|1|NM|x^X^WinPath||1|g/L|||||F|||{sent}").refused


# --- what its status does


@pytest.mark.parametrize(("sent", "status"), [("W", "entered-in-error"), ("D", "entered-in-error"), ("U", "final")])
@pytest.mark.parametrize("send", [lab, home])
def test_w_d_and_u_reach_the_reading_that_is_there_and_make_none(send: Callable[..., Conversion], sent: str, status: str) -> None:
    row = "OBX|9|NM|160364^MDC_CONC_GLU_UNDETERMINED_WHOLEBLOOD^MDC|1.0.0.9|5.4|266866^MDC_DIM_MILLI_MOLE_PER_L^MDC|||||{}|||20260813095715+0000"
    (before,) = made(send(row.format("F")), "Observation")
    (after,) = made(send(row.format(sent)), "Observation")
    assert after.mode is Mode.AMEND
    assert after.key == before.key
    assert after.resource == {"resourceType": "Observation", "status": status}


@pytest.mark.parametrize("sent", ["X", "N", "O", "I"])
@pytest.mark.parametrize("send", [lab, home])
def test_no_result_is_no_reading(send: Callable[..., Conversion], sent: str) -> None:
    found = send(f"OBX|9|NM|160364^MDC_CONC_GLU_UNDETERMINED_WHOLEBLOOD^MDC|1.0.0.9|8388607|266866^MDC_DIM_MILLI_MOLE_PER_L^MDC|||||{sent}")
    assert made(found, "Observation") == []


def test_an_unknown_status_is_refused() -> None:
    assert lab("OBX|1|NM|x^X^WinPath||1|g/L|||||Q").refused


@pytest.mark.parametrize("status", ["preliminary", "final"])
def test_unverified_is_what_the_source_says(status: str) -> None:
    found = only(home("OBX|9|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.0.0.9|96|262688^MDC_DIM_PERCENT^MDC|||||R", unverified_status=status))
    assert found["status"] == status


# --- blood pressure


def assert_pressure(found: dict[str, Any], systolic: int | None, diastolic: int | None) -> None:
    assert {(_MDC, "150020"), (_LOINC, "85354-9"), (_SNOMED, "75367002")} <= codes(found["code"])
    upper = [part for part in found["component"] if has(part["code"], _LOINC, "8480-6")]
    lower = [part for part in found["component"] if has(part["code"], _LOINC, "8462-4")]
    assert [part["valueQuantity"]["value"] for part in upper] == ([systolic] if systolic else [])
    assert [part["valueQuantity"]["value"] for part in lower] == ([diastolic] if diastolic else [])
    for part in upper:
        assert codes(part["code"]) == {(_MDC, "150021"), (_LOINC, "8480-6"), (_SNOMED, "72313002")}
    for part in lower:
        assert codes(part["code"]) == {(_MDC, "150022"), (_LOINC, "8462-4"), (_SNOMED, "1091811000000102")}
    for part in found["component"]:
        assert (part["valueQuantity"]["code"], part["valueQuantity"]["unit"]) == ("mm[Hg]", "MDC_DIM_MMHG")


def test_the_upper_pressure_is_systolic_whatever_the_order_of_the_rows() -> None:
    found = only(home(*PRESSURE))
    assert_pressure(found, 128, 76)
    assert "valueQuantity" not in found
    assert found["effectiveDateTime"] == "2026-08-13T09:57:15+00:00"


def test_the_mean_pressure_is_a_reading_of_its_own() -> None:
    found = home(*PRESSURE, "OBX|5|NM|150023^MDC_PRESS_BLD_NONINV_MEAN^MDC|1.0.1.3|93|266016^MDC_DIM_MMHG^MDC|||||F")
    pressure, mean = (one.resource for one in made(found, "Observation"))
    assert_pressure(pressure, 128, 76)
    assert codes(mean["code"]) == {(_MDC, "150023"), (_LOINC, "8478-0"), (_SNOMED, "6797001")}
    assert mean["valueQuantity"]["value"] == 93
    assert mean["effectiveDateTime"] == "2026-08-13T09:57:15+00:00"


@pytest.mark.parametrize("status", ["X", "W", "D"])
def test_a_part_that_was_taken_back_is_no_part(status: str) -> None:
    without_lower = (*PRESSURE[:1], PRESSURE[1].removesuffix("F") + status, PRESSURE[2])
    assert_pressure(only(home(*without_lower)), 128, None)
    without_upper = (*PRESSURE[:2], PRESSURE[2].removesuffix("F") + status)
    assert_pressure(only(home(*without_upper)), None, 76)


def test_a_pressure_taken_back_as_a_whole_reaches_the_one_that_is_there() -> None:
    (before,) = made(home(*PRESSURE), "Observation")
    (after,) = made(home(PRESSURE[0], *(row.removesuffix("F") + "W" for row in PRESSURE[1:])), "Observation")
    assert (after.mode, after.key, after.resource["status"]) == (Mode.AMEND, before.key, "entered-in-error")


def test_a_pressure_without_its_compound_row_stays_two_readings() -> None:
    found = [one.resource for one in made(home(*PRESSURE[1:]), "Observation")]
    assert {(next(code for system, code in codes(one["code"]) if system == _LOINC), one["valueQuantity"]["value"]) for one in found} == {
        ("8462-4", 76),
        ("8480-6", 128),
    }


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("device/pressure.map", "= 150021].OBX-5[first]", "= 150022].OBX-5[first]"),
        ("device/pressure.map", "= 150021].OBX-3 ", "= 150022].OBX-3 "),
        ("tables/device_codes.csv", "8480-6", "8462-4"),
        ("tables/device_codes.csv", ",150021,", ",150022,"),
    ],
)
def test_a_map_with_the_pressures_swapped_is_caught(name: str, one: str, other: str) -> None:
    maps, tables = dict(texts().maps), dict(texts().tables)
    text = (maps | tables)[name]
    assert one in text
    assert other in text
    swapped = text.replace(one, "\0").replace(other, one).replace("\0", other)
    (maps if name in maps else tables)[name] = swapped
    found = made(convert((*HOME, *PRESSURE), maps=mapset.load(maps, tables, REGISTRY)), "Observation")
    with pytest.raises((AssertionError, KeyError)):
        assert_pressure(found[0].resource, 128, 76)


# --- readings of devices


def test_a_number_that_contradicts_its_reference_id_is_left_raw() -> None:
    found = only(home("OBX|9|NM|150017^MDC_PRESS_BLD_NONINV_SYS^MDC|1.0.0.9|128|266016^MDC_DIM_MMHG^MDC|||||F"))
    assert codes(found["code"]) == {(_MDC, "150017")}
    swapped = only(home("OBX|9|NM|150456^MDC_PULS_OXIM_PULS_RATE^MDC|1.0.0.9|96|262688^MDC_DIM_PERCENT^MDC|||||F"))
    assert codes(swapped["code"]) == {(_MDC, "150456")}


@pytest.mark.parametrize(
    "code",
    ["160184^MDC_CONC_GLU_CAPILLARY_WHOLEBLOOD", "149522^MDC_PULS_RATE", "160220^MDC_CONC_HBA1C", "160188^MDC_CONC_GLU_CAPILLARY_PLASMA"],
)
def test_a_code_that_is_not_sure_stays_with_its_own_nomenclature(code: str) -> None:
    found = only(home(f"OBX|9|NM|{code}^MDC|1.0.0.9|5|266866^MDC_DIM_MILLI_MOLE_PER_L^MDC|||||F"))
    assert codes(found["code"]) == {(_MDC, code.partition("^")[0])}


def test_a_control_solution_is_never_published() -> None:
    assert made(home("OBX|9|NM|160208^MDC_CONC_GLU_CONTROL^MDC|1.0.0.9|5.5|266866^MDC_DIM_MILLI_MOLE_PER_L^MDC|||||F"), "Observation") == []


@pytest.mark.parametrize("flag", ["DEMO", "TEST", "QUES~TEST"])
def test_a_demonstration_is_labelled(flag: str) -> None:
    for rows in (
        [f"OBX|9|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.0.0.9|96|262688^MDC_DIM_PERCENT^MDC||{flag}|||F"],
        [PRESSURE[0], PRESSURE[1].replace("|||||F", f"||{flag}|||F"), PRESSURE[2]],
    ):
        labels = only(home(*rows))["meta"]["security"]
        assert {(label["system"], label["code"]) for label in labels} == {("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST")}


def test_a_reading_of_a_patient_is_not_labelled_as_a_demonstration() -> None:
    assert "security" not in only(home(*PRESSURE)).get("meta", {})


def test_a_reading_knows_its_device_and_its_patient() -> None:
    found = home(*PRESSURE)
    (device,), (patient,), (reading,) = made(found, "Device"), made(found, "Patient"), made(found, "Observation")
    assert reading.resource["device"]["reference"] == device.full_url
    assert reading.resource["subject"]["reference"] == patient.full_url
    assert device.resource["identifier"][0]["value"] == "01-23-45-67-89-AB-CD-EF"


def test_the_numbers_of_obx_4_are_no_identity() -> None:
    row = "OBX|9|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|{}|96|262688^MDC_DIM_PERCENT^MDC|||||F|||20260813095715+0000"
    (one,), (other,) = (made(home(row.format(place)), "Observation") for place in ("1.0.0.9", "1.0.0.14"))
    assert one.key == other.key


def test_two_times_are_two_readings() -> None:
    row = "OBX|{0}|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.0.0.{0}|96|262688^MDC_DIM_PERCENT^MDC|||||F|||2026081309571{0}+0000"
    assert len({one.key for one in made(home(row.format(5), row.format(6)), "Observation")}) == 2


# --- visits


@pytest.mark.parametrize(
    ("event", "status", "mode"),
    [("A01", "in-progress", Mode.MERGE), ("A04", "arrived", Mode.MERGE), ("A03", "finished", Mode.MERGE), ("A08", None, Mode.AMEND)],
)
def test_the_event_says_where_the_visit_stands(event: str, status: str | None, mode: Mode) -> None:
    found = adt(event, "PV1|1|E|ED^^^RWY01||||||||||||||||V-7781^^^CALDER VISITS^VN")
    (visit,) = made(found, "Encounter")
    assert (visit.resource.get("status"), visit.resource["class"]["code"], visit.mode) == (status, "EMER", mode)
    assert made(found, "Patient")[0].mode is Mode.MERGE


@pytest.mark.parametrize("event", ["A28", "A31"])
def test_a_message_about_the_person_makes_no_visit(event: str) -> None:
    assert [one.resource["resourceType"] for one in adt(event).produced] == ["Patient"]


def test_a_visit_without_a_number_is_known_by_person_and_time() -> None:
    def key(number: str, time: str) -> tuple[str, ...]:
        return made(adt("A01", f"PV1|1|I{'|' * 17}{number}{'|' * 25}{time}"), "Encounter")[0].key

    assert key("", "20260114063000") != key("", "20260115063000")
    assert key("V-1^^^C^VN", "20260114063000") == key("V-1^^^C^VN", "20260114063500")
