"""The head of a map, and the tests that stand in a file."""

from __future__ import annotations

import pytest

from hub.core.diagnostics import Span
from hub.mapping import syntax
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.syntax import Arrow, MapDeclaration, MapFile

ROW = "  birth  PID-7 <-> birthDate\n"


def read(text: str) -> MapFile:
    file, diagnostics = parse_map_file("m.map", text)
    assert diagnostics == ()
    return file


def head(text: str) -> MapDeclaration:
    (declaration,) = read(text + ROW).maps
    return declaration


def test_the_first_line() -> None:
    declaration = head("map adt : v2 ADT_A01, ADT_A03 <- fhir Bundle\n")
    assert (declaration.name, declaration.arrow, declaration.span) == ("adt", Arrow.BACKWARD, Span("m.map", 1, 5, 3))
    assert (declaration.left.format, declaration.left.names) == ("v2", ("ADT_A01", "ADT_A03"))
    assert (declaration.right.format, declaration.right.names) == ("fhir", ("Bundle",))
    assert declaration.left.span == Span("m.map", 1, 14, 16)


def test_a_group_as_source() -> None:
    assert head("map p : v2 ORU_R01.OBSERVATION <-> fhir Observation\n").left.names == ("ORU_R01.OBSERVATION",)


def test_everything_has_a_default() -> None:
    declaration = head("map p : v2 PID <-> fhir Patient\n")
    assert (declaration.versions, declaration.when, declaration.params, declaration.givens) == (("2.3", "2.8"), (), (), ())


def test_head_lines() -> None:
    declaration = head(
        "map p : v2 PID <-> fhir Patient\n"
        "  versions 2.3.1..2.5.1\n"
        "  when MSH-4 = WINPATH, MSH-11 != T\n"
        "  param status : code = preliminary\n"
        "  param zone : string\n"
        "  given time : TS\n"
        "  when MSH-3 present\n"
    )
    assert declaration.versions == ("2.3.1", "2.5.1")
    assert [condition.test for condition in declaration.when] == ["=", "!=", "present"]
    assert [(param.name, param.type, param.default.text if param.default else None) for param in declaration.params] == [
        ("status", "code", "preliminary"),
        ("zone", "string", None),
    ]
    assert [(given.name, given.type) for given in declaration.givens] == [("time", "TS")]


def test_one_version() -> None:
    assert head("map p : v2 PID <-> fhir Patient\n  versions 2.4\n").versions == ("2.4", "2.4")


# --- tests


def only_test(*lines: str, given: str = "map pid : v2 PID <-> fhir Patient\n" + ROW) -> syntax.Test:
    (test,) = read(given + "".join(f"{line}\n" for line in lines)).tests
    return test


def test_a_test_forward() -> None:
    test = only_test(
        'test "a birthday"', "  v2   PID|||||||19700101 -- no comment", '  fhir {"birthDate": "1970-01-01"}', "  round trip exact"
    )
    assert (test.title, test.map, test.backward, test.round_trip, test.refused) == ("a birthday", "pid", False, True, None)
    assert test.v2 == ("PID|||||||19700101 -- no comment",)
    assert test.fhir == '{"birthDate": "1970-01-01"}'
    assert test.fhir_span == Span("m.map", 5, 8, 27)


def test_json_and_segments_over_several_lines() -> None:
    test = only_test(
        'test "two segments"',
        "  v2   MSH|^~\\&|A",
        "       PID|||1",
        "  v2   PV1|1",
        "  fhir {",
        '    "birthDate":   "x"',
        "  }",
        "  refused M401",
    )
    assert test.v2 == ("MSH|^~\\&|A", "PID|||1", "PV1|1")
    assert test.fhir == '{\n"birthDate":   "x"\n}'
    assert test.refused == "M401"


def test_a_test_backward_has_fhir_first() -> None:
    test = only_test(
        'test "back" of pid', '  given control_id = 7, written_at = "20260101"', "  param zone = Europe", '  fhir {"a": 1}', "  v2 PID|1"
    )
    assert test.backward
    assert test.givens == (("control_id", "7"), ("written_at", "20260101"))
    assert test.params == (("zone", "Europe"),)


def test_an_empty_v2_value() -> None:
    assert only_test('test "nothing"', "  v2", "  fhir {}").v2 == ("",)


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", "-- only a comment\n"])
def test_an_empty_file_is_a_warning(text: str) -> None:
    file, (diagnostic,) = parse_map_file("m.map", text)
    assert file.maps == ()
    assert (diagnostic.code.name, diagnostic.is_error) == ("M037", False)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    text = 'map pid : v2 PID <-> fhir Patient\n  birth  PID-7 <-> birthDate\ntest "t"\n  v2 PID|1\n  round trip exact\n'
    assert read("\ufeff" + text.replace("\n", "\r\n")) == read(text)
