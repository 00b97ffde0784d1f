"""A file with twenty different mistakes: all twenty are reported, in the order of the file, where they stand, and nothing else is.

Half of them are mistakes of reading, half of checking: what cannot be read hides nothing of the rest.
"""

from __future__ import annotations

import pytest

from hub.core.diagnostics import Diagnostic, Severity
from hub.mapping.check.check import check
from hub.mapping.check.incomplete import without_guesses
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.registry import Function
from hub.mapping.shortening import shorten
from hub.mapping.tables import parse_table

HEADINGS = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n"
TABLES = {"sex": parse_table("tables/sex.csv", HEADINGS + ",F,,<->,,female,,\n,X,,<->,,intersex,,\n")[0]}
FUNCTIONS = {"first_letter": Function("first_letter", "", ("ST",), "string", lambda text: text[:1], None, ())}

# fmt: off
TWENTY = """\
map person : v2 PID <-> fhir Patient
  versions 2.3..2.6

  born    PID-70           <-> birthDate
  born_at PID-7            <-> birthdate
  PID-3   PID-3            <-> identifier[*].value
  number  PID-3[*].99      <-> identifier[*].value
  seen    OBX-14           <-> deceasedDateTime
  tongue  PID-15           <-> birthDate
  numbers PID-3.1          <-> language
  living  "yes"            ->  active                 because "they came in"
  mark    PID-23               gender
  name    PID-5[first].1.1 <-> name[1].family         by nobody
  given   PID-5[first].2   <-> name[1].given[1]       tabel sex
  title   PID-5[first].5   <-> name[1].prefix[1]      table nowhere because "x"
  middle  PID-5[first].3   <-> name[1].given[2]       when $kind = NM
  born    PID-7            <-> birthDate
  sex     PID-8.1          <-> gender                 table sex
  again   pid-7            <-> birthDate
  initial PID-5[2].2       <-> name[2].given[1]       by first_letter
  dead    PID-30           <-> deceasedBoolean        when PID-30 = Y, PID-30 absent
  twin    PID-24           ->  multipleBirthBoolean
  rank    PID-25           <-> multipleBirthInteger   else 1
  alias   PID-5[last].1.1  <-> name[3].family
  drop PID-1
"""
# fmt: on

EXPECTED = [
    ("M201", 4, 11),  # HL7 has no PID-70
    ("M205", 5, 32),  # birthdate
    ("M009", 6, 3),  # a row without a name
    ("M202", 7, 11),  # CX has no component 99
    ("M207", 8, 11),  # OBX in a map of PID
    ("M210", 9, 11),  # a language is no date
    ("M212", 10, 11),  # several mothers, one language
    ("M213", 11, 11),  # "yes" is no boolean
    ("M008", 12, 3),  # no arrow
    ("M230", 13, 58),  # by nobody
    ("M011", 14, 55),  # tabel
    ("M231", 15, 61),  # table nowhere
    ("M232", 16, 60),  # $kind
    ("M023", 17, 3),  # a second row `born`
    ("M270", 18, 61),  # intersex is no code of R4
    ("M014", 19, 11),  # pid-7
    ("M262", 20, 58),  # first_letter has no way back
    ("M251", 21, 3),  # populated and absent
    ("M017", 22, 28),  # one way without a reason
    ("M018", 23, 60),  # a default without a reason
]
TWO_MORE = [("M261", 24, 11), ("M019", 25, 3)]


def report(text: str) -> list[Diagnostic]:
    """As `calder map check` puts it together."""
    file, unread = parse_map_file("person.map", text)
    checked = without_guesses(check([file], TABLES, FUNCTIONS), unread, {"person.map": text})
    found = [one for one in (*unread, *checked) if one.severity is not Severity.INFORMATION]
    return sorted(found, key=lambda one: (one.span.line, one.span.column) if one.span else (0, 0))


def places(found: list[Diagnostic] | tuple[Diagnostic, ...]) -> list[tuple[str, int, int]]:
    return [(one.code.name, one.span.line, one.span.column) for one in found if one.span]


def test_twenty_mistakes_are_twenty_reports() -> None:
    text = "".join(f"{line}\n" for line in TWENTY.splitlines()[:23])
    assert len({code for code, _, _ in EXPECTED}) == len(EXPECTED) == 20
    assert places(report(text)) == EXPECTED
    assert places(shorten(report(text))) == EXPECTED


def test_of_twenty_two_the_report_names_twenty_and_says_that_two_are_left() -> None:
    assert places(report(TWENTY)) == EXPECTED + TWO_MORE
    shown = shorten(report(TWENTY))
    assert places(shown) == [*EXPECTED, ("M320", 24, 11)]
    assert shown[-1].detail == "2 more, 2 of them errors"


@pytest.mark.parametrize("number", range(20), ids=lambda number: EXPECTED[number][0])
def test_without_one_of_them_nineteen_are_left(number: int) -> None:
    """No mistake hides another, and none is the cause of two reports."""
    lines = TWENTY.splitlines()[:23]
    lines[EXPECTED[number][1] - 1] = ""
    expected = [one for one in EXPECTED if one is not EXPECTED[number]]
    if number == 0:  # the second `born` is then the first
        expected = [one for one in expected if one[0] != "M023"]
    assert places(report("".join(f"{line}\n" for line in lines))) == expected
