"""What differs, and where."""

from __future__ import annotations

import pytest

from hub.codec.hl7v2 import DEFAULT_ENCODING
from hub.core.json import parse_json
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.program import gather_program
from hub.mapping.test.comparing import compare_json, compare_segments, trim
from hub.mapping.test.left_out import blank_segments, blank_value, left_out_paths

NO_MAPS = gather_program((), {}, {})


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


def differences(expected: str, found: str, *, whole: bool = False) -> list[tuple[str, str | None, str | None]]:
    compared = compare_json(parse_json(expected), parse_json(found), "", whole=whole)
    return [(each.path, each.expected, each.found) for each in compared]


@pytest.mark.parametrize(
    ("expected", "found", "told"),
    [
        ('["a", "b", "c"]', '["a", "c"]', [("[1]", '"b"', None)]),
        ('["b", "c"]', '["a", "b", "c"]', [("[0]", None, '"a"')]),
        ('["a", "b"]', '["a", "x"]', [("[1]", '"b"', '"x"')]),
        (
            '[{"a": 1, "b": 2}, {"a": 3}]',
            '[{"a": 9, "b": 9}, {"a": 1, "b": 5}, {"a": 3}]',
            [("[0]", None, '{"a":9,"b":9}'), ("[1].b", "2", "5")],
        ),
        (
            '[{"resourceType": "Patient", "a": 1}, {"resourceType": "Observation", "a": 2}]',
            '[{"resourceType": "Observation", "a": 3}]',
            [("[0]", '{"resourceType":"Patient","a":1}', None), ("[0].a", "2", "3")],
        ),
        (
            '{"entry": [{"resource": {"resourceType": "Patient"}}]}',
            '{"entry": [{"resource": {"resourceType": "Device"}}]}',
            [("entry[0]", '{"resource":{"resourceType":"Patient"}}', '{"resource":{"resourceType":"Device"}}')],
        ),
    ],
)
def test_items_of_lists_are_matched_so_that_little_differs(
    expected: str, found: str, told: list[tuple[str, str | None, str | None]]
) -> None:
    assert differences(expected, found) == told


def test_whole_tells_what_is_there_beside_it() -> None:
    assert differences('{"a": 1}', '{"a": 1, "b": {"c": 2}}', whole=True) == [("b", None, '{"c":2}')]
    assert differences('[{"a": 1}]', '[{"a": 1, "b": 2}]', whole=True) == [("[0].b", None, "2")]


def test_long_lists_are_compared_place_by_place_and_soon() -> None:
    many = "[" + ", ".join(str(number) for number in range(300)) + "]"
    assert len(differences(many, many.replace("[0, 1,", "[9, 8,").replace("299", "7"))) == 3


def test_segments_field_by_field_without_empty_ends() -> None:
    def compare(left: str, right: str) -> list[tuple[str, str | None, str | None]]:
        sides = [[line.split("|") for line in side.split("\r")] for side in (left, right)]
        return [(each.path, each.expected, each.found) for each in compare_segments(*sides, DEFAULT_ENCODING)]

    assert compare("PID|1|A^^||", "PID|1|A") == []
    assert compare("PID|1|A^B", "PID|1|A|C") == [("PID-2", "A^B", "A"), ("PID-3", None, "C")]
    assert compare("PID|1\rPV1|1", "PID|1") == [("segment 2", "PV1|1", None)]
    assert compare("PID|1\rNTE|1\rPV1|2", "PID|1\rPV1|3") == [("segment 2", "NTE|1", None), ("PV1-1", "2", "3")]
    assert compare("PID|1\rPV1|1", "PID|1\rNK1|1") == [("segment 2", "PV1|1", "NK1|1")]


def test_trim() -> None:
    assert trim("A^^&~B^~~", DEFAULT_ENCODING) == "A~B"
    assert trim('^""^', DEFAULT_ENCODING) == '^""'


def test_what_a_map_leaves_out_is_blanked() -> None:
    text = 'map m : v2 OBX <-> fhir Observation\n  drop OBX-1, OBX-3[2].2, OBX-5[last], OBX-6.1.2, NTE because "so"\n  keep OBX-8[first] because "so"\n'
    (declaration,) = parse_map_file("m.map", text)[0].maps
    segments = [["OBX", "1", "", "a^b~c^d", "", "x~y~z", "p&q&r", "", "h~i"], ["NTE", "1"]]
    assert blank_segments(segments, left_out_paths([declaration], NO_MAPS, "2.5.1"), DEFAULT_ENCODING) == [
        ["OBX", "", "", "a^b~c^", "", "x~y~", "p&&r", "", "~i"],
    ]


def test_components_of_a_datatype_map() -> None:
    (declaration,) = parse_map_file("m.map", 'map m : v2 CX <-> fhir Identifier\n  drop CX.2, CX.4.2 because "so"\n')[0].maps
    assert blank_value("a^b^c^d&e~f^g", left_out_paths([declaration], NO_MAPS, "2.5.1"), ("CX",), DEFAULT_ENCODING) == "a^^c^d&~f^"


def test_what_is_left_out_only_sometimes_is_blanked_where_it_is() -> None:
    text = (
        'map m : v2 OBX <-> fhir Observation\n  let kind = OBX-2\n  keep OBX-6 when $kind not in (NM, SN) because "so"\n'
        '  drop OBX-8 when OBX-11 = F because "so"\n  drop OBX-5 when PID-8 = M because "asked of no other segment"\n'
    )
    (declaration,) = parse_map_file("m.map", text)[0].maps
    left_out = left_out_paths([declaration], NO_MAPS, "2.5.1")
    segments = [line.split("|") for line in ("OBX||NM|||5|%||H|||F", "OBX||ST|||5|%||H|||P")]
    assert blank_segments(segments, left_out, DEFAULT_ENCODING) == [
        line.split("|") for line in ("OBX||NM||||%|||||F", "OBX||ST||||||H|||P")
    ]
    (cx,) = parse_map_file("m.map", 'map m : v2 CX <-> fhir Identifier\n  drop CX.2 when CX.5 = NH because "so"\n')[0].maps
    for value, blanked in (("a^b^^^NH", "a^^^^NH"), ("a^b^^^MR", "a^b^^^MR")):
        assert blank_value(value, left_out_paths([cx], NO_MAPS, "2.5.1"), ("CX",), DEFAULT_ENCODING) == blanked
