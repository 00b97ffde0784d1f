"""What is said of a map of which a line could not be read: its other mistakes, and no guesses about that line."""

from __future__ import annotations

import pytest

from hub.mapping.check.check import check
from hub.mapping.check.incomplete import without_guesses
from hub.mapping.functions import REGISTRY
from hub.mapping.parse.parser import parse_map_file

PERSON = "map pid : v2 PID <-> fhir Patient\n  born PID-7 <-> birthDate\n"
ADT = "map adt : v2 ADT_A01 <-> fhir Bundle\n"


def found(*texts: str) -> list[tuple[str, int, int]]:
    """Of a.map, b.map, …: reading and checking together, as code, file and line."""
    named = {f"{'abc'[number]}.map": text for number, text in enumerate(texts)}
    read = [parse_map_file(name, text) for name, text in named.items()]
    unread = [one for _, problems in read for one in problems]
    checked = without_guesses(check([file for file, _ in read], {}, REGISTRY), unread, named)
    return [
        (one.code.name, "abc".index(one.span.file[0]), one.span.line)
        for one in (*unread, *checked)
        if one.span and one.severity != "information"
    ]


@pytest.mark.parametrize(
    ("broken", "sound", "row"),
    [
        ("  let sent = PID-29 %\n", "  let sent = PID-29\n", "  died $sent <-> deceasedDateTime\n"),
        ("  given sent TS\n", "  given sent : TS\n", '  died $sent -> deceasedDateTime because "x"\n'),
        ("  keep PID-29\n", '  keep PID-29 because "x"\n', "  dead PID-30 <-> deceasedBoolean when PID-29 present\n"),
        ("  died PID-29 < deceasedDateTime\n", "  died PID-29 <-> deceasedDateTime\n", "  dead PID-30 <-> deceasedBoolean when PID-29 present, PID-30 = Y\n"),
    ],
)  # fmt: skip
def test_what_the_line_could_have_said_is_not_missed(broken: str, sound: str, row: str) -> None:
    head, born = PERSON.split("\n", 1)
    calls = ADT + "  patient PID <-> Patient by pid as merge\n"
    line = 2 if "given" in broken or "let" in broken else 3
    text = f"{head}\n{broken}{born}{row}" if line == 2 else f"{head}\n{born}{broken}{row}"
    assert {(file, at) for _, file, at in found(text, calls)} == {(0, line)}, "the broken line alone"
    without = text.replace(broken, "")
    assert found(without, calls), "without that line the row is wrong"
    assert [one for one in found(text.replace(broken, sound), calls) if one[0] not in {"M237", "M250"}] == []


def test_a_row_that_cannot_be_read_is_not_missed_by_others() -> None:
    broken = "  patient PID Patient by pid as merge\n"
    rows = (
        '  visit PV1 -> Encounter by pv1 with subject = patient key PV1-19 because "x"\n  name PID-5.2 -> patient.name.given because "x"\n'
    )
    visit = 'map pv1 : v2 PV1 -> fhir Encounter\n  s "finished" -> status\n  c "IMP" -> class.code\n'
    assert found(ADT + broken + rows + visit, PERSON) == [("M008", 0, 2)]
    assert {code for code, _, _ in found(ADT + rows + visit, PERSON)} == {"M233", "M205", "M240"}


def test_other_mistakes_of_the_same_file_are_said_at_once() -> None:
    text = PERSON + "  wrong\n  sex PID-80 <-> gender\n"
    assert found(text) == [("M008", 0, 3), ("M201", 0, 4)]


def test_a_map_whose_first_line_cannot_be_read_is_called_all_the_same() -> None:
    calls = (
        ADT
        + '  patient PID <-> Patient by pid as merge\n  names PID-5[first] -> patient.name[1] because "x"\n  born PID-99 -> patient.birthDate because "x"\n'
    )
    assert found("mapp pid : v2 PID <-> fhir Patient\n  born PID-7 <-> birthDate\n", calls) == [("M006", 0, 1), ("M201", 1, 4)]
    assert {code for code, _, _ in found("-- no map\n", calls)} == {"M037", "M230", "M210", "M201"}


def test_a_test_that_cannot_be_read_hides_nothing() -> None:
    calls = ADT + "  patient PID <-> Patient by pit as merge\n"
    assert found(PERSON + 'test "x"\n  v2 PID|1\n', calls) == [("M031", 0, 3), ("M240", 0, 1), ("M230", 1, 2)]


def test_a_line_of_a_file_takes_nothing_from_the_others() -> None:
    """The other file's unknown name stays unknown."""
    other = "map other : v2 PV1 <-> fhir Encounter\n  a $never <-> status\n"
    assert ("M232", 1, 2) in found(PERSON + "  let x = %\n", other)
