"""Tests in maps: what passes, and that each kind of fault is seen."""

from __future__ import annotations

import pytest

from hub.mapping.codes.run import NOT_IN_TABLE
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from hub.mapping.test.runner import Verdict, run_tests

CX = 'map probe : v2 CX <-> fhir Identifier\n  value CX.1 <-> value\n  system CX.4 <-> system\n  drop CX.2 because "so"\n  keep CX.9.2 because "so"\n'
PID = 'map probe : v2 PID <-> fhir Patient\n  sex PID-8 <-> gender  table sex\n  birth PID-7 <-> birthDate\n  drop PID-1 because "so"\n'
TABLE = (
    "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n,F,,<->,,female,,\n,U,,<->,,unknown,,\n"
)


def verdict(given: str, *lines: str) -> Verdict:
    text = given + 'test "t" of probe\n' + "".join(f"  {line}\n" for line in lines)
    maps = load({"p.map": text}, {"tables/sex.csv": TABLE}, REGISTRY)
    assert [each for each in maps.diagnostics if each.is_error] == []
    (result,) = run_tests(maps)
    return result


def differences(given: str, *lines: str) -> list[tuple[str, str | None, str | None]]:
    return [(each.path, each.expected, each.found) for each in verdict(given, *lines).differences]


@pytest.mark.parametrize(
    "lines",
    [
        ("v2 A^1^^S^^^^^&x", 'fhir {"value": "A"}', "round trip exact"),
        ("v2 A", 'fhir {"value": "A"}'),
        ('fhir {"value": "A", "system": "S"}', "v2 A^^^S"),
    ],
)
def test_datatype_maps_that_pass(lines: tuple[str, ...]) -> None:
    assert verdict(CX, *lines).passed


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("v2 A", 'fhir {"value": "B"}'), [("value", '"B"', '"A"')]),
        (("v2 A", 'fhir {"system": "S"}'), [("system", '"S"', None)]),
        (("v2 A^^L", "round trip exact"), [("CX", "A^^L", "A")]),
        (("v2 A", f"refused {NOT_IN_TABLE.name}"), [("refused", NOT_IN_TABLE.name, None)]),
        (('fhir {"value": "A"}', "v2 B"), [("CX", "B", "A")]),
    ],
)
def test_datatype_maps_that_fail(lines: tuple[str, ...], expected: list[object]) -> None:
    assert differences(CX, *lines) == expected


def test_segment_maps() -> None:
    assert verdict(PID, "v2 PID|7||||||19700101|F", 'fhir {"gender": "female", "birthDate": "1970-01-01"}', "round trip exact").passed
    assert differences(PID, "v2 PID|7||||||19700101|F||x", "round trip exact") == [("PID-10", "x", None)]
    assert differences(PID, 'fhir {"gender": "female"}', "v2 PID||||||||U") == [("PID-8", "U", "F")]


def test_a_refusal_that_is_expected_and_one_that_is_not() -> None:
    assert verdict(PID, "v2 PID||||||||X", f"refused {NOT_IN_TABLE.name}").passed
    assert differences(PID, "v2 PID||||||||X", 'fhir {"gender": "female"}') == [("refused", None, NOT_IN_TABLE.name)]


def test_only_the_files_that_were_asked_for() -> None:
    text = CX + 'test "t"\n  v2 A\n  round trip exact\n'
    maps = load({"a.map": text, "b.map": text.replace("probe", "other")}, {}, REGISTRY)
    assert [each.test.map for each in run_tests(maps, {"b.map"})] == ["other"]
