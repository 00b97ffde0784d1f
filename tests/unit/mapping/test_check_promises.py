"""What docs and design promise that the checker catches, one test each, by its name: the code, the place, what was found, the next step."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hub.core.diagnostics import Diagnostic
from hub.mapping.check.check import check
from hub.mapping.functions import REGISTRY
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.registry import Function
from hub.mapping.tables import parse_table

HEADINGS = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n"
SEX = parse_table("tables/sex.csv", HEADINGS + ",F,,<->,,female,,\n")[0]
WRONG_SEX = parse_table("tables/wrong_sex.csv", HEADINGS + ",F,,<->,,female,,\n,A,,<->,,ambiguous,,\n")[0]
ONE_WAY = parse_table("tables/one_way.csv", HEADINGS + ",F,,->,,female,,\n,W,,->,,female,,\n")[0]
FUNCTIONS = {**REGISTRY, "first_letter": Function("first_letter", "", ("ST",), "string", lambda text: text[:1], None, ())}


@dataclass(frozen=True, slots=True)
class Promise:
    rows: str
    code: str
    place: tuple[int, int]
    found: str
    step: str | None
    head: str = "map person : v2 PID <-> fhir Patient\n"


READING = "map reading : v2 OBX <-> fhir Observation\n  code OBX-3.1 <-> code.text\n"
MESSAGE = "map adt : v2 ADT_A01 <-> fhir Bundle\n"

PROMISES = {
    "unknown segment": Promise(
        "  patient PID <-> Patient by pid\n  tongue PIX-15 <-> patient.language\nmap pid : v2 PID <-> fhir Patient\n  born PID-7 <-> birthDate\n",
        "M200",
        (3, 10),
        "PIX-15: HL7 has no segment PIX",
        "did you mean PID?",
        MESSAGE,
    ),
    "unknown field, by number": Promise(
        "  born PID-77 <-> birthDate\n", "M201", (2, 8), "PID-77: PID has 39 fields", "did you mean PID-7 Date Time of Birth?"
    ),
    "unknown field, by name": Promise(
        "  date_of_birth PID-70 <-> deceasedDateTime\n",
        "M201",
        (2, 17),
        "PID-70: PID has 39 fields",
        "did you mean PID-7 Date Time of Birth?",
    ),
    "unknown component": Promise(
        "  number PID-3[*].99 <-> identifier[*].value\n", "M202", (2, 10), "PID-3[*].99: PID-3 is CX, which has 12 components", None
    ),
    "unknown element": Promise(
        "  born PID-7 <-> birthdate\n", "M205", (2, 18), "`birthdate`: Patient has no element of this name", "did you mean `birthDate`?"
    ),
    "unknown element, by the words of its name": Promise(
        "  born PID-7 <-> dateOfBirth\n", "M205", (2, 18), "`dateOfBirth`: Patient has no element of this name", "did you mean `birthDate`?"
    ),
    "wrong type": Promise(
        "  born PID-8 <-> birthDate\n",
        "M210",
        (2, 8),
        "PID-8 Administrative Sex (CWE) into Patient.birthDate (date)",
        "did you mean PID-7 Date Time of Birth (DTM)?",
    ),
    "repetition into single": Promise(
        "  tongue PID-3.1 <-> language\n",
        "M212",
        (2, 10),
        "PID-3.1 ID Number repeats, Resource.language holds one",
        "say which: `PID-3[first].1` or `PID-3[last].1`",
    ),
    "optional into required": Promise(
        "  status OBX-11 <-> status\n",
        "M204",
        (4, 10),
        "OBX-11 Observation Result Status is optional in 2.1, Observation.status is required",
        '`else VALUE because "…"` says what then stands there; `or skip` leaves the item out; `or refuse` rejects the message (AE)',
        READING.replace("  code", "  versions 2.1..2.3\n  code"),
    ),
    "required element never filled": Promise(
        "", "M220", (1, 5), "Observation.status is never filled", "a row, or `status` in a `with`", READING
    ),
    "table with codes outside a required binding": Promise(
        "  sex PID-8.1 <-> gender table wrong_sex\n",
        "M270",
        (2, 32),
        "`wrong_sex` gives ambiguous",
        "R4 allows female, male, other, unknown",
    ),
    "two rows that write the same place": Promise(
        "  a PID-7 <-> birthDate\n  b PID-29 <-> birthDate\n",
        "M250",
        (3, 16),
        "birthDate, and nothing says that only one of the two rows fires",
        None,
    ),
    "a row that can never fire": Promise(
        "  a PID-7 <-> birthDate when PID-8 = F, PID-8 = M\n", "M251", (2, 3), "its conditions exclude each other", None
    ),
    "a when that is not readable from the other side": Promise(
        "  a PID-7 <-> birthDate when PID-30 present\n",
        "M260",
        (2, 30),
        "nothing writes PID-30, so it is never present going back",
        "compare a field with `=` or `in`, or make the row `->` with `because`",
    ),
    "an inverse that loses: one of several": Promise(
        "  a PID-5[first].2 <-> name[1].given[1]\n",
        "M261",
        (2, 5),
        "PID-5[first].2 is one of several",
        '`because "…"` says why the others may go',
    ),
    "an inverse that loses: a function of one way": Promise(
        "  a PID-7.1 <-> language by first_letter\n", "M262", (2, 29), "`first_letter` cannot be turned round", "write `->` with `because`"
    ),
    "an inverse that loses: a table of one way": Promise(
        "  sex PID-8.1 <-> gender table one_way\n", "M263", (2, 32), "no line of `one_way` goes back", None
    ),
    "an inverse that loses: two rows of one list": Promise(
        "  a PID-13 <-> telecom[*]\n  b PID-14 <-> telecom[*]\nmap xtn : v2 XTN <-> fhir ContactPoint\n  number XTN.1 <-> value\n",
        "M267",
        (3, 16),
        "telecom[*]",
        None,
    ),
    "an unused table": Promise("  born PID-7 <-> birthDate\n", "M239", (1, 1), "no row names `one_way`", None),
    "an unused map": Promise("  born PID-7 <-> birthDate\n", "M240", (1, 5), "no row calls `person`", None),
    "a populated field in the tests that nothing reads and nothing drops": Promise(
        '  born PID-7 <-> birthDate\n\ntest "an alias"\n  v2   PID|||||||1931||Lizzie\n  fhir {"birthDate": "1931"}\n',
        "M290",
        (4, 6),
        "`person` does not read PID-9",
        '`drop PID-9 because "…"`, `keep PID-9 because "…"`, or a row',
    ),
}


def report(text: str) -> list[Diagnostic]:
    file, unread = parse_map_file("t.map", text)
    assert not unread
    return list(check([file], {"sex": SEX, "wrong_sex": WRONG_SEX, "one_way": ONE_WAY}, FUNCTIONS))


@pytest.mark.parametrize("promise", PROMISES.values(), ids=PROMISES)
def test_the_checker_catches(promise: Promise) -> None:
    found = [one for one in report(promise.head + promise.rows) if one.code.name == promise.code]
    assert found, "not caught"
    first = found[0]
    assert first.span is not None
    assert ((first.span.line, first.span.column), first.detail, first.fix) == (promise.place, promise.found, promise.step)


@pytest.mark.parametrize("promise", PROMISES.values(), ids=PROMISES)
def test_and_says_no_other_error(promise: Promise) -> None:
    assert {one.code.name for one in report(promise.head + promise.rows) if one.is_error} <= {promise.code}


def test_two_that_write_one_place_show_both_rows() -> None:
    found = next(
        one
        for one in report(PROMISES["two rows that write the same place"].head + PROMISES["two rows that write the same place"].rows)
        if one.notes
    )
    assert [(note.span.line, note.text) for note in found.notes] == [(2, "`a` writes it too")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("PID-date_of_birth", "did you mean PID-7 Date Time of Birth?"),
        ("PID-sex", "did you mean PID-8 Administrative Sex?"),
        ("PID-nothing", None),
    ],
)
def test_a_field_by_its_name_is_told_its_number(written: str, meant: str | None) -> None:
    """HL7 counts its fields; people know their names."""
    _, unread = parse_map_file("t.map", f"map person : v2 PID <-> fhir Patient\n  born {written} <-> birthDate\n")
    assert [(one.code.name, one.fix) for one in unread] == [("M014", meant)]
