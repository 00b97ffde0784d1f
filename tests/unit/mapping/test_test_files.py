"""`*.test.yaml`: what is read, what is refused and where, and that YAML's traps are none here."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from hub.core.diagnostics import Diagnostic
from hub.mapping.codes import tests as codes
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import MapSet, load
from hub.mapping.test.cases import Case
from hub.mapping.test.suite import Ran, run_file
from hub.mapping.test.test_files import read_test_file
from hub.settings.map_files import read_packaged

MAPS = """\
map cx : v2 CX <-> fhir Identifier
  value CX.1 <-> value
map pid : v2 PID <-> fhir Patient
  birth PID-7 <-> birthDate
  names PID-5 <-> name[*]
  dead  PID-30 <-> deceasedBoolean
  keep PID-9 because "so"
map xpn : v2 XPN <-> fhir HumanName
  family XPN.1.1 <-> family
map nm : v2 NM -> fhir Quantity
  value NM.1 -> value
map adt : v2 ADT_A01 <-> fhir Bundle
  drop MSH, EVN, PV1 because "the envelope"
  patient PID <-> Patient by pid
"""
ADT = "MSH|^~\\&|A|B|C|D|20260101101010||ADT^A01^ADT_A01|1|P|2.5.1\nEVN|A01\nPID|||||Unwin||1931\nPV1|1|I\n"
FILES = {"a.hl7": ADT, "a.json": '{"resourceType": "Bundle", "entry": [{"resource": {"birthDate": "1931"}}]}', "bad.json": "{"}


def maps() -> MapSet:
    loaded = load({"m.map": MAPS}, {}, REGISTRY)
    assert [one.detail for one in loaded.diagnostics if one.is_error] == []
    return loaded


def ran(text: str) -> tuple[list[Ran], list[Diagnostic]]:
    file = read_test_file("x.test.yaml", text, FILES.get)
    results = list(run_file(file, lambda source: None if source else maps()))
    return results, [*file.diagnostics, *(one for each in results for one in each.diagnostics)]


def case(text: str) -> Case:
    (result,), found = ran(text)
    assert [one.detail for one in found] == []
    assert result.verdict is not None
    return result.verdict.test


def verdicts(text: str) -> list[tuple[str, list[tuple[str, str | None, str | None]]]]:
    results, found = ran(text)
    assert [(one.code.name, one.detail, one.span) for one in found] == []
    return [
        (each.written.name, [(one.path, one.expected, one.found) for one in each.verdict.differences]) for each in results if each.verdict
    ]


# --- what is read


def test_scalars_are_what_fhir_has_at_their_place() -> None:
    text = """\
map: pid
tests:
  - name: traps
    v2: PID
    fhir:
      birthDate: 2026-02-30
      deceasedBoolean: true
      multipleBirthInteger: 2
      name:
        - family: No
          given: [0123, 1e3, ~, null]
          text: "on"
"""
    assert case(text).fhir == {
        "birthDate": "2026-02-30",
        "deceasedBoolean": True,
        "multipleBirthInteger": 2,
        "name": [{"family": "No", "given": ["0123", "1e3", "~", None], "text": "on"}],
    }


def test_numbers_keep_their_digits() -> None:
    found = case("map: nm\ntests: [{name: n, v2: 1, fhir: {value: 98.00}}]").fhir["value"]
    assert (type(found), str(found)) == (Decimal, "98.00")


def test_hl7_is_never_a_number_a_list_or_nothing() -> None:
    assert case("map: cx\ntests: [{name: n, v2: 0123, fhir: {value: 0123}}]").v2 == ("0123",)
    assert case("map: cx\ntests:\n  - name: n\n    v2: ~^^a\n    fhir: {value: x}").v2 == ("~^^a",)
    block = "map: adt\ntests:\n  - name: n\n    v2: |\n" + "".join(f"      {line}\n" for line in ADT.split("\n")) + "    fhir: []"
    assert case(block).v2 == tuple(ADT.strip().split("\n"))


def test_settings_of_the_file_are_those_of_each_test_unless_it_says_otherwise() -> None:
    text = "map: cx\nversion: 2.4\nparams: {a: 1, b: no}\ntests:\n  - {name: n, v2: x, fhir: {value: x}, params: {b: 2}, version: 2.6}"
    found = case(text)
    assert (found.map, found.version, dict(found.params)) == ("cx", "2.6", {"a": "1", "b": "2"})


def test_json_in_a_block_and_in_braces() -> None:
    assert case('map: cx\ntests:\n  - name: n\n    v2: x\n    fhir: |\n      {"value": "x"}\n').fhir == {"value": "x"}
    assert case('map: cx\ntests: [{"name": "n", "v2": "x", "fhir": {"value": "x\\u00e9"}}]').fhir == {"value": "xé"}


# --- what is run


def test_both_ways_and_the_first_is_what_is_converted() -> None:
    text = """\
map: cx
tests:
  - {name: there, v2: A, fhir: {value: A}}
  - {name: there and wrong, v2: A, fhir: {value: B}}
  - {name: back, fhir: {value: A}, v2: A}
  - {name: back and wrong, fhir: {value: A}, v2: B}
  - {name: round, v2: A, round_trip: exact}
"""
    assert verdicts(text) == [
        ("there", []),
        ("there and wrong", [("value", '"B"', '"A"')]),
        ("back", []),
        ("back and wrong", [("CX", "B", "A")]),
        ("round", []),
    ]


def test_whole_means_that_nothing_else_is_there() -> None:
    text = """\
map: pid
tests:
  - {name: some, v2: "PID|||||Unwin||1931", fhir: {birthDate: 1931}}
  - {name: all, v2: "PID|||||Unwin||1931", fhir: {birthDate: 1931, resourceType: Patient}, whole: true}
  - {name: kept, v2: "PID|||||||1931||x", round_trip: exact}
  - {name: all kept, v2: "PID|||||||1931||x", round_trip: exact, whole: true}
"""
    assert verdicts(text) == [
        ("some", []),
        ("all", [("name", None, '[{"family":"Unwin"}]')]),
        ("kept", []),
        ("all kept", [("PID-9", "x", None)]),
    ]


def test_a_whole_bundle_is_a_golden() -> None:
    text = "map: adt\ntests:\n  - {name: n, v2: {file: a.hl7}, fhir: {file: a.json}}\n  - {name: w, v2: {file: a.hl7}, fhir: {file: a.json}, whole: true}\n"
    found = dict(verdicts(text))
    assert found["n"] == []
    assert [path for path, _, _ in found["w"]] == [
        "entry[0].resource.resourceType",
        "entry[0].resource.name",
        "entry[0].fullUrl",
        "entry[0].request",
        "type",
    ]


def test_refusals() -> None:
    text = "map: pid\ntests:\n  - {name: r, v2: PID|||||||19310231, refused: M402}\n  - {name: w, v2: PID|||||||1931, refused: M402}\n"
    assert verdicts(text) == [("r", []), ("w", [("refused", "M402", None)])]


def test_a_test_without_expectation_fails_and_keeps_what_came_out() -> None:
    (result,), _ = ran("map: cx\ntests: [{name: n, v2: A}]")
    assert result.verdict is not None
    assert not result.verdict.passed
    assert result.verdict.found == {"value": "A"}
    assert [one.code for one in result.verdict.diagnostics] == [codes.NOTHING_EXPECTED]


# --- what is refused: code, line, column, length


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b: c", ("M520", 1, 5, 1)),
        ("map: pid\n\tx: 1", ("M520", 2, 1, 1)),
        ("\x01", ("M520", 1, 1, 1)),
        ("a: \ud800", ("M520", 1, 4, 1)),
        ("a: b\nc: d\x85e: f", ("M520", 2, 5, 1)),
        ("a: b\rc: d", ("M520", 1, 5, 1)),
        ("tests: " + "[" * 70, ("M521", 1, 71, 1)),
        ("x" * 500_001, ("M521", 1, 1, 1)),
        ("a: &x [1]\nb: *x", ("M522", 1, 4, 1)),
        ("tests: !!python/object:os.system x", ("M522", 1, 8, 1)),
        ("test: []", ("M523", 1, 1, 4)),
        ("map: cx\ntests: [{name: n, v3: x, v2: A}]", ("M523", 2, 19, 2)),
        ("map: cx\nmap: pid\ntests: []", ("M524", 2, 1, 3)),
        ("map: cx\ntests: [{name: n, v2: A, fhir: {value: a, value: b}}]", ("M524", 2, 43, 5)),
        ("map: cx\ntests: [{name: n, v2: A, round_trip: yes}]", ("M525", 2, 38, 3)),
        ("map: cx\nversion: 2.9\ntests: []", ("M525", 2, 10, 3)),
        ("map: cx\ntests: [{name: n, v2: [A], fhir: {value: a}}]", ("M525", 2, 23, 3)),
        ("map: cx\ntests:\n  - name: n\n    v2: >\n      A", ("M525", 4, 9, 1)),
        ("map: cx\ntests: []\n---\nx: 1", ("M525", 3, 1, 1)),
        ("", ("M526", 1, 1, 1)),
        ("map: cx\ntests: [{v2: A, fhir: {value: A}}]", ("M526", 2, 9, 25)),
        ("map: cx\ntests: [{name: n}]", ("M526", 2, 9, 9)),
        ("tests: [{name: n, v2: A, fhir: {value: A}}]", ("M526", 1, 16, 1)),
        ("map: cx\ntests: [{name: n, fhir: {value: A}, round_trip: exact}]", ("M527", 2, 16, 1)),
        ("map: pidd\ntests: [{name: n, v2: A, fhir: {value: A}}]", ("M527", 1, 6, 4)),
        ("map: nm\ntests: [{name: n, fhir: {value: 1}, v2: 1}]", ("M527", 2, 16, 1)),
        ("map: cx\ntests: [{name: n, v2: A, fhir: {valeu: A}}]", ("M528", 2, 33, 5)),
        ("map: pid\ntests: [{name: n, v2: PID, fhir: {deceasedBoolean: no}}]", ("M529", 2, 52, 2)),
        ("map: pid\ntests: [{name: n, v2: PID, fhir: {deceasedBoolean: 'true'}}]", ("M529", 2, 52, 6)),
        ("map: pid\ntests: [{name: n, v2: PID, fhir: {name: {family: x}}}]", ("M529", 2, 41, 11)),
        ("map: pid\ntests: [{name: n, v2: PID, fhir: {birthDate: [1931]}}]", ("M529", 2, 46, 6)),
        ("map: nm\ntests: [{name: n, v2: 1, fhir: {value: '1'}}]", ("M529", 2, 40, 3)),
        ("map: cx\ntests: [{name: n, v2: A, fhir: {value: }}]", ("M529", 2, 40, 1)),
        ("map: cx\ntests: [{name: n, v2: A, fhir: {file: bad.json}}]", ("M529", 2, 32, 16)),
        ("map: cx\ntests: [{name: n, v2: {file: ../a.hl7}, fhir: {value: A}}]", ("M530", 2, 30, 8)),
        ("map: cx\ntests: [{name: n, v2: A, fhir: {value: A}, source: airedale}]", ("M531", 2, 52, 8)),
    ],
)
def test_what_is_wrong_and_where(text: str, expected: tuple[str, int, int, int]) -> None:
    _, found = ran(text)
    places = [(one.code.name, one.span.line, one.span.column, one.span.length) for one in found if one.span]
    assert places == [expected]


def test_each_code_of_test_files_is_shown_above() -> None:
    marks = [mark for mark in test_what_is_wrong_and_where.pytestmark if mark.name == "parametrize"]  # type: ignore[attr-defined]  # pytest puts them there
    shown = {expected[0] for _, expected in marks[0].args[1]} | {codes.NOTHING_EXPECTED.name, codes.BROKEN_FUNCTION.name}
    assert shown == {code.name for code in codes.CODES}


def test_a_slip_is_told() -> None:
    _, found = ran("map: cx\ntests: [{name: n, v2: A, fhir: {valeu: A}}]")
    assert [one.fix for one in found] == ["did you mean `value`?"]


def test_one_bad_test_leaves_the_others() -> None:
    results, found = ran("map: cx\ntests:\n  - {name: a, v2: A, fhr: {value: A}}\n  - {name: b, v2: A, fhir: {value: A}}")
    assert ([one.written.name for one in results], len(found)) == (["b"], 1)


def test_the_example_of_the_documentation_passes() -> None:
    page = (Path(__file__).parents[3] / "docs" / "mapping-language.md").read_text()
    section = page.split("### In files of their own")[1]
    block = section[section.index("    map: pid\n") :].split("\n\n")[0]
    text = "\n".join(line[4:] for line in block.split("\n"))
    packaged = read_packaged()
    shipped = load(packaged.maps, packaged.tables, REGISTRY)
    file = read_test_file("docs", text, FILES.get)
    assert file.diagnostics == ()
    assert [(one.written.name, one.verdict is not None and one.verdict.differences) for one in run_file(file, lambda _: shipped)] == [
        ("a patient of the Infirmary", ()),
        ("no such day", ()),
    ]
