"""Against HL7's own chapters: what is asserted here is what the standard prints, not what the tables give."""

from __future__ import annotations

import pytest

from hub.codec.hl7v2 import dictionary
from hub.core.diagnostics import Span
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.syntax import V2Path
from hub.mapping.types.v2 import NoPlace, V2Type, component_type, field_type, find_field, near_field, same_positions, served_versions
from hub.mapping.types.z_segments import ZSegments, segments_of

HERE = Span("test.map", 1, 1)


def path(segment: str, field: int | None, *parts: int, repetition: object = None) -> V2Path:
    component, subcomponent = (*parts, None, None)[:2]
    return V2Path((), segment, field, repetition, component, subcomponent, HERE)  # type: ignore[arg-type] # any repetition, for the tests


@pytest.mark.parametrize(
    ("version", "wanted", "datatype", "repeats", "optional"),
    [
        ("2.4", path("PID", 3), "CX", True, False),
        ("2.4", path("PID", 3, 4), "HD", True, True),
        ("2.4", path("PID", 3, 4, 2, repetition=1), "ST", False, True),
        ("2.4", path("PID", 7), "TS", False, True),
        ("2.8", path("PID", 7), "DTM", False, True),
        ("2.3", path("PID", 8), "IS", False, True),
        ("2.5", path("OBX", 3), "CE", False, False),
        ("2.6", path("OBX", 3), "CWE", False, False),
        ("2.5", path("OBX", 11), "ID", False, False),
        ("2.4", path("PID", 8, 1), "IS", False, True),  # a simple type is its own first component
        ("2.4", path("PID", None), "segment", False, False),
    ],
)
def test_type_of_a_field(version: str, wanted: V2Path, datatype: str, repeats: bool, optional: bool) -> None:
    found = field_type(version, wanted.segment or "", wanted)
    assert isinstance(found, V2Type)
    assert (found.datatype, found.repeats, found.optional) == (datatype, repeats, optional)


@pytest.mark.parametrize("version", ["2.1", "2.3", "2.5.1", "2.7", "2.8.2"])
@pytest.mark.parametrize("parts", [(), (1,), (7,), (3, 2)])
def test_a_result_value_is_what_obx_2_says(version: str, parts: tuple[int, ...]) -> None:
    found = field_type(version, "OBX", path("OBX", 5, *parts))
    assert isinstance(found, V2Type)
    assert found.datatype == "varies"
    assert not found.repeats


@pytest.mark.parametrize(
    ("version", "wanted", "what"),
    [
        ("2.5", path("PIX", 3), "segment"),
        ("2.5", path("PID", 70), "field"),
        ("2.3", path("OBX", 18), "field"),
        ("2.5", path("PID", 3, 44), "component"),
        ("2.5", path("PID", 8, 2), "component"),
        ("2.8", path("PID", 2), "field"),  # withdrawn
    ],
)
def test_what_is_not_there_is_named(version: str, wanted: V2Path, what: str) -> None:
    found = field_type(version, wanted.segment or "", wanted)
    assert isinstance(found, NoPlace)
    assert found.what == what


def declared(text: str) -> ZSegments:
    file, diagnostics = parse_map_file("local/zpi.map", text)
    assert diagnostics == ()
    return segments_of(file.segments)


ZPI = declared('segment ZPI "Extras"\n  1 ID "Care plan held"\n  2 CWE[*] "Alerts"\n  3 DTM "Since"\n')


@pytest.mark.parametrize(
    ("version", "wanted", "datatype", "repeats"),
    [
        ("2.4", path("ZPI", 1), "ID", False),
        ("2.4", path("ZPI", 2), "CWE", True),
        ("2.4", path("ZPI", 2, repetition=1), "CWE", False),
        ("2.5", path("ZPI", 2, 1), "ST", True),
        ("2.3", path("ZPI", 2, 1), "ID", True),  # a CE of 2.3
        ("2.3", path("ZPI", 3), "DTM", False),
        ("2.3", path("ZPI", None), "segment", False),
    ],
)
def test_a_segment_of_the_site_is_typed_by_its_block(version: str, wanted: V2Path, datatype: str, repeats: bool) -> None:
    found = field_type(version, "ZPI", wanted, ZPI)
    assert isinstance(found, V2Type)
    assert (found.datatype, found.repeats, found.optional) == (datatype, repeats, True)


def test_a_field_that_the_block_does_not_have() -> None:
    found = field_type("2.4", "ZPI", path("ZPI", 4), ZPI)
    assert isinstance(found, NoPlace)
    assert (found.what, "`segment ZPI` block" in found.detail) == ("field", True)


def test_a_segment_that_nobody_declares_can_be_left_out_whole_and_not_read() -> None:
    found = field_type("2.4", "ZPJ", path("ZPJ", 41, 3), ZPI)
    assert isinstance(found, NoPlace)
    assert (found.what, found.fix) == ("segment", 'write `segment ZPJ "what it is"`, and below it `1 ST "what the field is"`')
    assert isinstance(field_type("2.4", "ZPJ", path("ZPJ", None), ZPI), V2Type)


def test_components_of_a_datatype() -> None:
    found = component_type("2.5", "CX", path("CX", None, 4, 2))
    assert isinstance(found, V2Type)
    assert (found.datatype, found.label) == ("ST", "CX.4.2 Universal ID")


@pytest.mark.parametrize(
    ("name", "number"),
    [("date of birth", 7), ("birthDate", 7), ("birth_date", 7), ("Date/Time of Birth", 7), ("gender", 8), ("mothers_maiden_name", 6)],
)
def test_a_field_is_found_by_its_name(name: str, number: int) -> None:
    found = find_field("2.5", "PID", name)
    assert found is not None
    assert found.number == number


def test_a_name_that_means_nothing_finds_nothing() -> None:
    assert find_field("2.5", "PID", "xyzzy") is None
    assert find_field("2.5", "PID", "id") is None


def test_a_slip_in_the_number() -> None:
    known = dictionary.segment("2.5", "PID")
    assert known is not None
    assert [found.number if (found := near_field(known, number)) else None for number in (70, 300, 99)] == [7, 30, 9]


def test_versions_between() -> None:
    assert served_versions("2.3", "2.5") == ("2.3", "2.3.1", "2.4", "2.5")
    assert "2.7.1" not in served_versions("2.3", "2.8")
    assert served_versions("2.3", "3.0") == ()


def test_later_names_of_one_type() -> None:
    assert same_positions("CE", "CWE")
    assert same_positions("TS", "DTM")
    assert not same_positions("CE", "CX")
