"""Rows of message maps that say more of a resource, make one of each repetition, or know it by its identifiers: right, and not reported."""

from __future__ import annotations

import pytest

from hub.mapping.check.check import check
from hub.mapping.functions import REGISTRY
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.tables import parse_table

HEADINGS = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n"
SEX = {"sex": parse_table("tables/sex.csv", HEADINGS + ",F,,<->,,female,,\n,M,,<->,,male,,\n")[0]}
PERSON = "map pid : v2 PID <-> fhir Patient\n  born PID-7 <-> birthDate\n"
DOCTOR = "map doctor : v2 XCN <-> fhir Practitioner\n  number XCN.1 <-> identifier[1].value\n"


def found(text: str) -> list[tuple[str, int, int]]:
    file, unread = parse_map_file("t.map", text)
    assert not unread
    return [(one.code.name, one.span.line, one.span.column) for one in check([file], SEX, REGISTRY) if one.is_error and one.span]


def adt(*rows: str) -> str:
    head = "map adt : v2 ADT_A01 <-> fhir Bundle\n  patient PID <-> Patient by pid as merge\n"
    return head + "".join(f"  {row}\n" for row in rows) + PERSON + DOCTOR


@pytest.mark.parametrize("path", ["PV1-7", "PV1-7[*]"])
def test_a_resource_of_each_repetition(path: str) -> None:
    """`when` and `key` on the row's own field are asked of each repetition."""
    row = f'attending {path} -> Practitioner by doctor as identify key PV1-7.1, PV1-7.9 when PV1-7.9 present because "one way"'
    assert found(adt(row)) == []


def test_what_is_made_as_identify_with_identifiers_needs_no_key() -> None:
    row = 'attending PV1-7 -> Practitioner by doctor as identify because "one way"'
    assert found(adt(row)) == []
    assert found(adt(row.replace(" as identify", " as merge"))) == [("M280", 3, 22)]
    assert found(adt(row).replace("identifier[1].value", "name[1].text")) == [("M280", 3, 22)]


def test_a_map_that_only_adds_need_not_fill_what_is_required() -> None:
    visit = "map pv1 : v2 PV1 <-> fhir Encounter\n  class PV1-2.1 <-> class or refuse\n  status PV1-41.1 <-> status or refuse\n"
    more = "map pv2 : v2 PV2 <-> fhir Encounter\n  reason PV2-3.2 <-> reasonCode[1].text\n"
    rows = ("visit PV1 <-> Encounter by pv1 key PV1-19", "more PV2 <-> visit by pv2")
    assert found(adt(*rows) + visit + more) == []
    made = found(adt(rows[0], "more PV2 <-> Encounter by pv2 key PV1-19") + visit + more)
    assert made == [("M220", 12, 5)] * 2, "status and class"


def test_more_of_a_person_in_a_contained_resource() -> None:
    text = "map obr : v2 OBR <-> fhir DiagnosticReport\n  code OBR-4.1 <-> code.text\n  status OBR-25 <-> status or refuse\n"
    row = '  who OBR-16[first] -> contained:who by doctor because "one way"\n'
    assert found(text + row + DOCTOR) == []
    other = row.replace("by doctor", "by address")
    assert found(text + other + "map address : v2 XCN <-> fhir Address\n  line XCN.1 <-> text\n") == [("M211", 4, 41)]


def test_a_type_that_was_renamed_is_read_in_every_version() -> None:
    text = (
        "map obr : v2 OBR <-> fhir DiagnosticReport\n  code OBR-4.1 <-> code.text\n  status OBR-25 <-> status or refuse\n"
        "  reader OBR-32 <-> resultsInterpreter[1] by reader\n"
        "map reader : v2 NDL <-> fhir Reference\n  name NDL.1.2 <-> display\n"
    )
    assert found(text) == []
    of_another = text.replace("v2 NDL", "v2 EIP").replace("NDL.1.2", "EIP.1.2")
    assert found(of_another) == [("M211", 4, 46)]


def test_else_also_serves_a_code_that_the_table_does_not_have() -> None:
    text = (
        'map pid : v2 PID <-> fhir Patient\n  param sex : code = F\n  sex PID-8.1 or $sex <-> gender table sex else unknown because "new"\n'
    )
    assert found(text) == []
    assert found(text.replace(" table sex", "").replace("= F", "= female")) == [("M252", 3, 39)]


BIRTH_TIME = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"
PREFIX = "http://hl7.org/fhir/StructureDefinition/humanname-own-prefix"


@pytest.mark.parametrize(
    "row",
    [
        f'time PID-7 <-> birthDate.extension("{BIRTH_TIME}").valueDateTime',
        f'own PID-5[first].1.3 <-> name[1].family.extension("{PREFIX}").valueString because "the first"',
        f'own PID-5.1.3 <-> name[*].family.extension("{PREFIX}").valueString',
        f'why "masked" -> name[1].given[1].extension("{PREFIX}").valueString because "as sent"',
    ],
)
def test_an_extension_of_a_simple_element_stands_beside_its_value(row: str) -> None:
    assert found(f"map pid : v2 PID <-> fhir Patient\n  born PID-7 <-> birthDate\n  {row}\n") == []


def test_two_rows_for_one_extension_of_a_simple_element() -> None:
    row = f'PID-7 <-> birthDate.extension("{BIRTH_TIME}").valueDateTime\n'
    assert found(f"map pid : v2 PID <-> fhir Patient\n  one {row}  two {row}") == [("M250", 3, 17)]
    assert found(f"map pid : v2 PID <-> fhir Patient\n  one {row}  two {row.replace('birthTime', 'other')}") == []


def test_the_same_in_a_datatype_map_and_in_a_message_map() -> None:
    name = f'map xpn : v2 XPN <-> fhir HumanName\n  family XPN.1.1 <-> family\n  own XPN.1.3 <-> family.extension("{PREFIX}").valueString\n'
    assert found(name) == []
    row = f'time PID-7 <-> patient.birthDate.extension("{BIRTH_TIME}").valueDateTime'
    assert found(adt("born PID-7 <-> patient.birthDate", row)) == []
    assert found(adt(row, row.replace("time", "again", 1).replace('birthTime"', 'birthTime"'))) == [("M250", 4, 19)]


def test_a_value_into_an_extension_has_the_type_that_is_named() -> None:
    text = f'map pid : v2 PID <-> fhir Patient\n  sex PID-8.1 <-> birthDate.extension("{BIRTH_TIME}").valueDateTime\n'
    assert found(text) == [("M210", 2, 7)]


def test_a_field_that_repeats_into_one_extension() -> None:
    text = 'map pid : v2 PID <-> fhir Patient\n  alias PID-5.2 <-> extension("https://example.org/alias").valueString\n'
    assert found(text) == [("M212", 2, 9)]
