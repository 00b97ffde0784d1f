"""What is right is not reported, and each rule's other side: the smallest change that makes it right makes it silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.mapping.check.check import check
from hub.mapping.check.stats import stats
from hub.mapping.functions import REGISTRY
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.registry import Function
from hub.mapping.tables import Table, parse_table

HEADINGS = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n"
# The renderer of documents is registered where the hub is put together: mapping does not know documents.
PLAN_HTML = Function("plan_html", "", ("Bundle",), "base64Binary", str, None, ())
MAPPINGS = Path(__file__).parents[3] / "mappings"


def table(name: str, *lines: str) -> Table:
    return parse_table(f"tables/{name}.csv", HEADINGS + "".join(f"{line}\n" for line in lines))[0]


SEX = {"sex": table("sex", ",F,,<->,,female,,", ",M,,<->,,male,,")}
READING = "  code   OBX-3.1 <-> code.text\n  status OBX-11  <-> status   or refuse\n"


def found(text: str, tables: dict[str, Table] = SEX) -> list[tuple[str, int, int]]:
    """Errors only, as code, line and column."""
    file, unread = parse_map_file("t.map", text)
    assert not unread
    reported = [one for one in check([file], tables, REGISTRY) if one.is_error]
    return [(one.code.name, one.span.line, one.span.column) for one in reported if one.span]


def person(*rows: str) -> str:
    return "map person : v2 PID <-> fhir Patient\n" + "".join(f"  {row}\n" for row in rows)


def reading(*rows: str) -> str:
    return "map reading : v2 OBX <-> fhir Observation\n" + READING + "".join(f"  {row}\n" for row in rows)


@pytest.mark.parametrize(
    "rows",
    [
        ("birth PID-7 <-> birthDate",),
        ("number PID-3[*].1 <-> identifier[*].value",),
        ('tongue PID-3[first].1 <-> language because "one tongue"',),
        ("died PID-29 <-> deceasedDateTime", "dead PID-30 <-> deceasedBoolean when PID-29 absent"),
        ('sex PID-8 <-> gender table sex else unknown because "not asked"',),
        ("birth PID-7.1 <-> birthDate",),
        ('a "true" -> active when PID-8 = F because "x"', 'b "false" -> active when PID-8 = M because "x"'),
        ('a "true" -> active unless PID-8 = F because "x"', 'b "false" -> active when PID-8 = F because "x"'),
        ("language PID-15.1 <-> communication[1].language.text",),
    ],
)
def test_right_rows_of_a_person(rows: tuple[str, ...]) -> None:
    assert found(person(*rows)) == []


@pytest.mark.parametrize(
    "rows",
    [
        ("number OBX-5 <-> valueQuantity by measured_number when OBX-2 = NM", "text OBX-5 <-> valueString when OBX-2 in (ST, TX)"),
        ("moment OBX-14 <-> effectiveDateTime",),
        ('flag OBX-8[first].1 <-> interpretation[1].text because "one is enough"',),
        ("flags OBX-8.1 <-> interpretation[*].text",),
        ("upper OBX-5.1 <-> component:upper.valueString", 'upper_code "upper" <-> component:upper.code.text'),
    ],
)
def test_right_rows_of_a_reading(rows: tuple[str, ...]) -> None:
    assert found(reading(*rows)) == []


def test_unless_of_two_excludes_the_row_that_has_both() -> None:
    text = (
        "map reading : v2 OBX <-> fhir Observation\n"
        "  given said : code\n"
        "  code OBX-3.1 <-> code.text\n"
        "  status OBX-11 <-> status or refuse unless OBX-11 = R, $said present\n"
        '  other $said -> status when OBX-11 = R because "the source says"\n'
    )
    assert found(text) == []
    assert found(text.replace("when OBX-11 = R because", "when OBX-11 = F because")) == [("M250", 5, 18)]


def test_a_let_is_seen_through() -> None:
    rows = ("let kind = OBX-2 or value_type(OBX-5, OBX-6.1)", "text OBX-5 <-> valueString when $kind = ST")
    assert found(reading(*rows)) == []
    assert found(reading("let kind = value_type(OBX-5, OBX-6.1)", rows[1])) == [("M260", 5, 35)]


@pytest.mark.parametrize("version", ["2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8"])
def test_a_document_in_every_version(version: str) -> None:
    text = (
        "map document : v2 MDM_T02 <-> fhir Bundle\n"
        f"  versions {version}..{version}\n"
        "  each OBSERVATION\n"
        '    content OBX -> DocumentReference by content key TXA-12.1, OBX-4 because "one way"\n'
        "map content : v2 OBX -> fhir DocumentReference\n"
        '  status "current" -> status\n'
        "  text OBX-5[first].5 -> content[1].attachment.data\n"
    )
    assert found(text) == []


def test_one_cause_one_report() -> None:
    """A path that is not found says nothing of types, required elements or overlaps."""
    assert found(person("birth PID-70 <-> birthDate", "again PID-7 <-> birthDate")) == [("M201", 2, 9)]
    assert found(reading("time OBX-14 <-> efectiveDateTime", "text OBX-5 <-> valueStrin")) == [("M205", 4, 19), ("M205", 5, 18)]


def test_in_the_order_of_the_file() -> None:
    rows = ("b PID-8 <-> birthDate", "a PID-70 <-> active", "d PID-3 <-> language", "c PID-8 <-> gendr table sex")
    assert [line for _, line, _ in found(person(*rows))] == [2, 3, 4, 5]


def test_versions_in_which_it_fails_are_named() -> None:
    text = person("religion PID-17 <-> language").replace("Patient\n", "Patient\n  versions 2.3..2.5\n")
    file, _ = parse_map_file("t.map", text)
    detail = next(one.detail for one in check([file], {}, REGISTRY) if one.code.name == "M210")
    assert detail == "PID-17 Religion (CE) into Resource.language (code) in 2.3.1, 2.4, 2.5"


def test_with_of_every_caller_fills_what_is_required() -> None:
    called = "map reading : v2 OBX <-> fhir Observation\n  code OBX-3.1 <-> code.text\n"
    calling = (
        "map oru : v2 ORU_R01 <-> fhir Bundle\n"
        "  each PATIENT_RESULT\n"
        "    each ORDER_OBSERVATION\n"
        "      each OBSERVATION\n"
        "        result OBX <-> Observation by reading with status = final key OBX-3.1\n"
    )
    assert found(called) == [("M220", 1, 5)]
    assert found(calling + called) == []
    assert found(calling.replace("status = final", "language = en") + called) == [("M220", 6, 5)]


def test_a_table_into_a_concept_keeps_the_original_and_needs_no_way_back() -> None:
    one_way = {"flags": table("flags", ",H,,->,,high,,")}
    assert found(reading("flag OBX-8[1] <-> interpretation[1] table flags"), one_way) == []
    assert found(reading("flag OBX-8[1] <-> valueString table flags"), one_way) == [("M263", 4, 39)]


def test_the_shipped_maps_are_clean() -> None:
    files, unread = zip(*(parse_map_file(str(path), path.read_text()) for path in sorted(MAPPINGS.rglob("*.map"))), strict=True)
    tables, doubtful = zip(*(parse_table(str(path), path.read_text()) for path in sorted(MAPPINGS.rglob("*.csv"))), strict=True)
    assert [one for each in (*unread, *doubtful) for one in each] == []
    reported = check(files, {one.name: one for one in tables}, {**REGISTRY, PLAN_HTML.name: PLAN_HTML})
    assert [(one.code.name, one.span, one.detail) for one in reported if one.severity != "information"] == []


def test_what_is_given_has_the_type_that_is_declared() -> None:
    called = "map reading : v2 OBX <-> fhir Observation\n  given time : TS\n" + READING + "  time OBX-14 or $time <-> effectiveDateTime\n"
    calling = (
        "map oru : v2 ORU_R01 <-> fhir Bundle\n"
        "  each PATIENT_RESULT\n"
        "    each ORDER_OBSERVATION\n"
        "      each OBSERVATION\n"
        "        result OBX <-> Observation by reading giving time = OBR-7 key OBX-3.1\n"
    )
    assert found(calling + called) == []
    assert found(calling.replace("OBR-7", "OBR-4") + called) == [("M236", 5, 61)]


def test_stats_count_rows_both_ways_and_through_python() -> None:
    text = person(
        'a PID-8 -> gender because "x"', "b PID-7 <-> birthDate", "c PID-15.1 <-> language by coding_system", "d PID-30 <-> active"
    )
    file, _ = parse_map_file("t.map", text)
    each, total = stats([file], REGISTRY)
    assert (each.rows, each.two_way, each.through_functions) == (4, 3, 1)
    assert (each.two_way_share, each.function_share) == (0.75, 0.25)
    assert (total.map, total.rows) == ("all", 4)
    assert stats([], REGISTRY)[0].two_way_share == 1.0
