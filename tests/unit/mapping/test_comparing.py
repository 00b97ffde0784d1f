"""What differs, and where."""

from __future__ import annotations

import pytest

from hub.codec.hl7v2 import DEFAULT_ENCODING
from hub.core.json import parse_json
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.test.comparing import compare_json, compare_segments, trim
from hub.mapping.test.left_out import blank_segments, blank_value, left_out_paths


@pytest.mark.parametrize(
    ("expected", "found", "paths"),
    [
        ('{"a": 1}', '{"a": 1, "b": 2}', []),  # what is not named may be there
        ('{"a": [1, 2]}', '{"a": [1, 2]}', []),
        ('{"a": {"b": [{"c": 1}]}}', '{"a": {"b": [{"c": 2}]}}', ["a.b[0].c"]),
        ('{"a": [1]}', '{"a": [1, 2]}', ["a[1]"]),  # a list is named whole
        ('{"a": [1, 2]}', '{"a": [1]}', ["a[1]"]),
        ('{"a": 36.50}', '{"a": 36.5}', ["a"]),  # digits count
        ('{"a": 36.50}', '{"a": 36.50}', []),
        ('{"a": 1}', '{"a": true}', ["a"]),
        ('{"a": false}', '{"a": false}', []),
        ('{"a": "1"}', '{"a": 1}', ["a"]),
        ('{"a": null}', "{}", ["a"]),
        ('{"a": 1, "b": 2}', "{}", ["a", "b"]),
        ("[]", "{}", [""]),
    ],
)
def test_json(expected: str, found: str, paths: list[str]) -> None:
    assert [each.path for each in compare_json(parse_json(expected), parse_json(found), "")] == paths


def test_segments_field_by_field_without_empty_ends() -> None:
    def compare(left: str, right: str) -> list[tuple[str, str | None, str | None]]:
        sides = [[line.split("|") for line in side.split("\r")] for side in (left, right)]
        return [(each.path, each.expected, each.found) for each in compare_segments(*sides, DEFAULT_ENCODING)]

    assert compare("PID|1|A^^||", "PID|1|A") == []
    assert compare("PID|1|A^B", "PID|1|A|C") == [("PID-2", "A^B", "A"), ("PID-3", None, "C")]
    assert compare("PID|1\rPV1|1", "PID|1") == [("segment 2", "PV1|1", None)]
    assert compare("PID|1\rPV1|1", "PID|1\rNK1|1") == [("segment 2", "PV1|1", "NK1|1")]


def test_trim() -> None:
    assert trim("A^^&~B^~~", DEFAULT_ENCODING) == "A~B"
    assert trim('^""^', DEFAULT_ENCODING) == '^""'


def test_what_a_map_leaves_out_is_blanked() -> None:
    text = 'map m : v2 OBX <-> fhir Observation\n  drop OBX-1, OBX-3[2].2, OBX-5[last], OBX-6.1.2, NTE because "so"\n  keep OBX-8[first] because "so"\n'
    (declaration,) = parse_map_file("m.map", text)[0].maps
    segments = [["OBX", "1", "", "a^b~c^d", "", "x~y~z", "p&q&r", "", "h~i"], ["NTE", "1"]]
    assert blank_segments(segments, left_out_paths([declaration]), DEFAULT_ENCODING) == [
        ["OBX", "", "", "a^b~c^", "", "x~y~", "p&&r", "", "~i"],
    ]


def test_components_of_a_datatype_map() -> None:
    (declaration,) = parse_map_file("m.map", 'map m : v2 CX <-> fhir Identifier\n  drop CX.2, CX.4.2 because "so"\n')[0].maps
    assert blank_value("a^b^c^d&e~f^g", left_out_paths([declaration]), DEFAULT_ENCODING) == "a^^c^d&~f^"
