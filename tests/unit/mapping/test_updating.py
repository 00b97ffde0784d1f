"""`--update`: only what differs is written, the rest of the file stays, and what is written passes."""

from __future__ import annotations

import pytest

from hub.core.json import Json, parse_json
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from hub.mapping.test.suite import run_file
from hub.mapping.test.test_files import WrittenFile, read_test_file
from hub.mapping.test.updating import Update, update_file
from hub.mapping.test.yaml_nodes import Node, Pairs, Scalar, read_yaml
from hub.mapping.test.yaml_text import render_flow, render_lines, render_value

MAPS = """\
map pid : v2 PID <-> fhir Patient
  birth PID-7 <-> birthDate
  names PID-5 <-> name[*]
map xpn : v2 XPN <-> fhir HumanName
  family XPN.1.1 <-> family
  given  XPN.2   <-> given[1]
"""


def update(text: str) -> Update:
    maps = load({"m.map": MAPS}, {}, REGISTRY)
    file = read_test_file("x.test.yaml", text, {"e.json": '{"birthDate": "1"}'}.get)
    return update_file(file, [(one.written, one.verdict) for one in run_file(file, lambda _: maps) if one.verdict])


def passes(text: str) -> list[bool]:
    maps = load({"m.map": MAPS}, {}, REGISTRY)
    file: WrittenFile = read_test_file("x.test.yaml", text, {}.get)
    assert [one.detail for one in file.diagnostics] == []
    return [one.verdict is not None and one.verdict.passed for one in run_file(file, lambda _: maps)]


BEFORE = """\
# of the Infirmary
map: pid   # the person
tests:
  - name: right     # stays
    v2: PID|||||No||1931
    fhir: { birthDate:   1931 }

  - name: wrong
    v2: PID|||||No^Ann||1931   # sent so
    fhir:
      # named only
      birthDate: 1930
      name:
        - family: Yes
    # the end

  - name: empty
    v2: PID|||||No||1931

  - name: back
    fhir: {birthDate: 1931}
    v2: PID|||||||1930
  - name: refused
    v2: PID|||||||19310231
    fhir: {birthDate: 1931}
  - name: expected refusal
    v2: PID|||||||19310229
    refused: M499
  - name: a refusal that is gone
    v2: PID|||||||1931
    refused: M402
"""
AFTER = """\
# of the Infirmary
map: pid   # the person
tests:
  - name: right     # stays
    v2: PID|||||No||1931
    fhir: { birthDate:   1931 }

  - name: wrong
    v2: PID|||||No^Ann||1931   # sent so
    fhir:
      # named only
      birthDate: "1931"
      name:
        - family: "No"
    # the end

  - name: empty
    v2: PID|||||No||1931
    fhir:
      resourceType: Patient
      birthDate: "1931"
      name:
        - family: "No"

  - name: back
    fhir: {birthDate: 1931}
    v2: PID|||||||1931
  - name: refused
    v2: PID|||||||19310231
    fhir: {birthDate: 1931}
  - name: expected refusal
    v2: PID|||||||19310229
    refused: M499
  - name: a refusal that is gone
    v2: PID|||||||1931
    refused: M402
"""


def test_only_what_differs_is_written() -> None:
    found = update(BEFORE)
    assert found.text == AFTER
    assert [one.name for one in found.tests] == ["wrong", "empty", "back"]
    assert passes(found.text) == [True, True, True, True, False, False, False]
    assert update(AFTER).text == AFTER


def test_line_ends_stay_those_of_the_file() -> None:
    assert update(BEFORE.replace("\n", "\r\n")).text == AFTER.replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("{name: n, v2: PID|||||||1931}", '{name: n, v2: PID|||||||1931, fhir: {resourceType: Patient, birthDate: "1931"}}'),
        ("{name: n, fhir: {birthDate: 1931}, v2: PID}", '{name: n, fhir: {birthDate: 1931}, v2: "PID|||||||1931"}'),
        ("name: n\n    v2: PID|||||||1931\n    fhir:", 'name: n\n    v2: PID|||||||1931\n    fhir:\n      resourceType: Patient\n      birthDate: "1931"'),
        ('name: n\n    v2: PID|||||||1931\n    fhir: |\n      {"birthDate": "1"}', 'name: n\n    v2: PID|||||||1931\n    fhir: |\n      {\n        "birthDate": "1931"\n      }'),
        (
            "name: n\n    v2: PID|||||||1931\n    fhir:\n      birthDate: 1\n      name: []#: x",
            'name: n\n    v2: PID|||||||1931\n    fhir:\n      birthDate: "1931" #: x',
        ),
        ("name: n\n    fhir: {birthDate: 1931}", "name: n\n    fhir: {birthDate: 1931}\n    v2: PID|||||||1931"),
    ],
)  # fmt: skip
def test_each_form_is_written_in_its_own_form(test: str, expected: str) -> None:
    found = update(f"map: pid\ntests:\n  - {test}\n")
    assert found.text == f"map: pid\ntests:\n  - {expected}\n"
    assert passes(found.text) == [True]


def test_a_file_that_is_named_is_written_and_not_the_test() -> None:
    text = "map: pid\ntests:\n  - {name: n, v2: PID|||||||1931, fhir: {file: e.json}}\n"
    found = update(text)
    assert found.text == text
    assert found.beside == {"e.json": '{\n  "birthDate": "1931"\n}\n'}


# --- what is written reads back


def value_of(node: Node | None) -> Json:
    match node:
        case Pairs():
            return {key.text: value_of(value) for key, value in node.pairs}
        case Scalar():
            return node.text
        case None:
            return None
        case _:
            return [value_of(item) for item in node.items]


TEXTS = [
    "",
    " ",
    "No",
    "null",
    "~",
    "a: b",
    "a #b",
    "#",
    "- x",
    "x:",
    "http://a/b",
    "'",
    '"',
    "\\",
    "\n",
    "a\nb",
    "\t",
    "é",
    "\u2028",
    "\x85",
    "\ufeff",
    "\U0001f600",
    "\x7f",
    "1e3",
    "*a",
    "{",
    "a, b",
    "x ",
]


@pytest.mark.parametrize("text", TEXTS)
def test_every_text_reads_back(text: str) -> None:
    value = {"a": text, "b": [{"c": text, "d": [text, "x"]}], text or "k": "v"}
    for rendered in (render_value(value, 0), render_flow(value), "  " + render_value(value, 2)):
        node = read_yaml("x", rendered)
        assert value_of(node if isinstance(node, Pairs) else None) == value, rendered


@pytest.mark.parametrize("lines", [["PID|1"], ["MSH|^~\\&|", "PID|1"], [" x"], ["a: b"], ["a #b"], ["x "], ["\x1c"], ["~"], ["A^B:"], [""]])
def test_every_hl7_text_reads_back(lines: list[str]) -> None:
    node = read_yaml("x", f"v2: {render_lines(lines, 2)}")
    assert isinstance(node, Pairs)
    assert value_of(node)["v2"].rstrip("\n").split("\n") == lines


def test_numbers_keep_their_digits() -> None:
    assert render_value(parse_json('{"value": 98.00, "on": true}'), 0) == 'value: 98.00\n"on": true'
