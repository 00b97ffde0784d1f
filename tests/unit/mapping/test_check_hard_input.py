"""Files made to hurt, or spoilt on the way: each gets a clear answer, and the work grows with the file and no faster. Counted, not timed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.core.diagnostics import Diagnostic
from hub.mapping.check import names
from hub.mapping.check.check import check
from hub.mapping.functions import REGISTRY
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.tables import HEADINGS, Table, parse_table
from tests.counting import calls

HEAD = "map person : v2 PID -> fhir Patient\n"
MESSAGE = "map adt : v2 ADT_A01 -> fhir Bundle\n"
ROW = "  born PID-7 -> birthDate\n"
FIRST_LINE = ",".join(HEADINGS) + "\n"


def found(*texts: str, tables: dict[str, Table] | None = None) -> list[tuple[str, int, int]]:
    """Errors and warnings of reading and checking, but for "nothing calls it"."""
    every: list[Diagnostic] = []
    files = []
    for number, text in enumerate(texts):
        file, unread = parse_map_file(f"{number}.map", text)
        files.append(file)
        every += unread
    every += check(files, tables or {}, REGISTRY)
    return [
        (one.code.name, one.span.line, one.span.column)
        for one in every
        if one.span and one.severity != "information" and one.code.name != "M240"
    ]


# --- a clear answer


def test_a_map_of_five_megabytes() -> None:
    assert found((HEAD + ROW) * 90_000) == [("M036", 1, 1)]


def test_an_empty_file_and_one_of_comments_alone() -> None:
    assert found("") == found("\n\n") == found("-- nothing\n") == [("M037", 1, 1)]


@pytest.mark.parametrize("text", [HEAD + ROW, (HEAD + ROW).replace("\n", "\r\n"), "\ufeff" + HEAD + ROW])
def test_line_ends_of_windows_and_a_byte_order_mark_are_nothing(text: str) -> None:
    assert found(text) == []


def test_a_mistake_stands_at_the_same_place_whatever_ends_the_lines() -> None:
    wrong = HEAD + "  born PID-70 -> birthDate\n"
    assert found(wrong) == found(wrong.replace("\n", "\r\n")) == found("\ufeff" + wrong) == [("M201", 2, 8)]


def test_tabs() -> None:
    assert found(HEAD + ROW.replace("  ", "\t")) == [("M002", 2, 1)]


def test_bytes_that_are_not_utf_8() -> None:
    text = (HEAD + '  note "caf\xe9" -> maritalStatus.text because "x"\n').encode("latin-1").decode("utf-8", errors="replace")
    assert found(text) == [("M001", 2, 12)]


def test_each_in_each_deeper_than_any_structure() -> None:
    text = MESSAGE + "".join(f"{' ' * depth}each PATIENT\n" for depth in range(2, 40)) + " " * 40 + "a PID-7 -> patient.birthDate\n"
    assert found(text)[0] == ("M007", 19, 20)


def test_functions_in_functions_deeper_than_anyone_needs() -> None:
    assert found(HEAD + "  a " + "f(" * 30 + "PID-7" + ")" * 30 + " -> birthDate\n")[0][0] == "M007"


def test_a_table_that_is_not_there() -> None:
    assert found(
        HEAD + "  sex PID-8.1 -> gender table sx\n", tables={"sex": parse_table("sex.csv", FIRST_LINE + ",F,,<->,,female,,\n")[0]}
    ) == [
        ("M231", 2, 31),
        ("M239", 1, 1),
    ]


def test_maps_that_call_themselves_through_others() -> None:
    texts = [
        f'map {own} : v2 OBX -> fhir Observation\n  again OBX -> component:a by {other}\ntest "t"\n  v2 OBX|1||||5\n  fhir {{}}\n'
        for own, other in (("a", "b"), ("b", "c"), ("c", "a"))
    ]
    texts = [text.replace("component:a", "contained:a") for text in texts]
    circles = [place for place in found(*texts) if place[0] == "M235"]
    assert len(circles) == 1, "one circle, one report"
    assert [place for place in found(texts[0].replace("by b", "by a")) if place[0] == "M235"] == [("M235", 2, 31)]


# --- tables


def test_a_table_with_two_ways_back() -> None:
    table, reported = parse_table("sex.csv", FIRST_LINE + ",F,,<->,,female,,\n,W,,<->,,female,,\n")
    assert [(one.code.name, one.span.line) for one in reported if one.span] == [("M482", 3)]
    assert table.any_source("female") is not None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (",F,caf\ufffd,<->,,female,,", "a sign that is not UTF-8: save the sheet as CSV in UTF-8"),
        (',F,"a quote,<->,,female,,', "a quote is not closed on this line"),
        (f',F,"{"x" * 200_000}",<->,,female,,', "a quote is not closed on this line"),
        (",F,<->,,female,,", "7 cells and 8 headings"),
        (",F,,=,,female,,", "the arrow is <->, -> or <-"),
        (",,,<->,,female,,", "a code is missing"),
    ],
)
def test_a_line_that_cannot_be_read_costs_that_line_alone(line: str, says: str) -> None:
    table, reported = parse_table("sex.csv", FIRST_LINE + ",M,,<->,,male,,\n" + line + "\n,U,,<->,,unknown,,\n")
    assert [(one.code.name, one.span.line, one.detail) for one in reported if one.span] == [("M481", 3, says)]
    assert [one.source.code for one in table.lines] == ["M", "U"]


@pytest.mark.parametrize("text", ["", "\n", "\ufeff", "PK\x03\x04\x14\x00", FIRST_LINE.encode("utf-16").decode("utf-8", errors="replace")])
def test_a_table_that_is_no_csv(text: str) -> None:
    table, reported = parse_table("sex.csv", text)
    assert [one.code.name for one in reported] == ["M480"]
    assert table.lines == ()


def test_a_table_with_semicolons_is_told_so() -> None:
    reported = parse_table("sex.csv", FIRST_LINE.replace(",", ";"))[1]
    assert reported[0].fix == "the columns are divided by commas: save the sheet as CSV with commas"


def test_a_table_of_mistakes_names_twenty_and_counts_the_others() -> None:
    reported = parse_table("sex.csv", FIRST_LINE + ",,,<->,,x,,\n" * 1000)[1]
    assert len(reported) == 21
    assert reported[-1].detail == "980 more, 980 of them errors"


# --- linear


def _grows(work: Callable[[int], Callable[[], object]], small: int = 50) -> float:
    work(20)()  # what is found once for all is found
    return calls(work(small * 4)) / calls(work(small))


TABLE_LINES = {
    "codes of their own": "MDC,S{0},display {0},<->,http://loinc.org,T{0},,\n",
    "one source": "L,S,display {0},->,http://loinc.org,T{0},,\n",
    "one target": "L,S{0},,->,http://loinc.org,T,,\n",
    "all ambiguous": "L,S{0},,<->,http://loinc.org,T,,\n",
    "one line again and again": "L,S,,<->,http://loinc.org,T,,\n",
    "none can be read": "L,S{0}\n",
}


@pytest.mark.parametrize("line", TABLE_LINES.values(), ids=TABLE_LINES)
def test_a_table_costs_what_its_lines_cost(line: str) -> None:
    def work(lines: int) -> Callable[[], object]:
        text = FIRST_LINE + "".join(line.format(number) for number in range(lines))
        return lambda: parse_table("large.csv", text)

    assert _grows(work, 500) < 4.4


def test_a_table_of_a_hundred_thousand_rows() -> None:
    text = FIRST_LINE + "".join(f"MDC,S{number},display {number},<->,http://loinc.org,T{number},,\n" for number in range(100_000))
    table, reported = parse_table("large.csv", text)
    assert reported == ()
    assert len(table.lines) == 100_000
    first, last = (calls(lookup) for lookup in (lambda: table.any_source("T0"), lambda: table.any_source("T99999")))
    assert first == last, "a code is looked up, not searched for"


def test_many_rows_look_at_a_large_table_once() -> None:
    large = parse_table("large.csv", FIRST_LINE + "".join(f",S{number},,->,,female,,\n" for number in range(20_000)))[0]

    def work(rows: int) -> int:
        text = HEAD + "".join(f'  r{number} PID-8.1 -> gender table large when PID-1 = {number} because "x"\n' for number in range(rows))
        file = parse_map_file("m.map", text)[0]
        return calls(lambda: check([file], {"large": large}, REGISTRY))

    work(1)
    assert work(20) - work(10) < 20_000


MANY = {
    "unknown rows in `with`": lambda n: (
        MESSAGE + "".join(f'  r{i} NK1 -> RelatedPerson with patient = nobody{i} key "x"\n' for i in range(n))
    ),
    "unknown names": lambda n: (
        HEAD + "".join(f"  let l{i} = PID-1\n" for i in range(n)) + "".join(f"  r{i} $none{i} -> birthDate\n" for i in range(n))
    ),
    "unknown maps": lambda n: (
        "".join(f"map m{i} : v2 PID -> fhir Patient\n{ROW}" for i in range(n))
        + MESSAGE
        + "".join(f"  r{i} PID -> Patient by none{i}\n" for i in range(n))
    ),
    "unknown segments": lambda n: MESSAGE + "".join(f"  r{i} PIX-9 -> patient.gender\n" for i in range(n)),
    "each of unknown groups": lambda n: MESSAGE + "".join(f"  each GROUPS\n    r{i} PID-7 -> patient.birthDate\n" for i in range(n)),
    "a chain of maps with tests": lambda n: "".join(
        f'map c{i} : v2 OBX -> fhir Observation\n  r OBX -> contained:a by c{i + 1}\ntest "t"\n  v2 OBX|1\n  fhir {{}}\n' for i in range(n)
    ),
    "maps that each call the next three times": lambda n: "".join(
        f"map c{i} : v2 OBX -> fhir Observation\n"
        + "".join(f"  r{name} OBX -> contained:{name} by c{i + step}\n" for name, step in (("a", 1), ("b", 1), ("c", 2)))
        + 'test "t"\n  v2 OBX|1\n  fhir {}\n'
        for i in range(n)
    ),
    "lets of lets": lambda n: (
        HEAD
        + "".join(f"  let l{i} = $l{i + 1} or $l{i + 1} or $l{i + 2}\n" for i in range(n))
        + f"  let l{n} = PID-7\n  let l{n + 1} = PID-7\n  a $l0 -> birthDate\n"
    ),
    "rows by one large map": lambda n: (
        MESSAGE
        + "".join(f"  r{i} OBX -> Observation by large as identify\n" for i in range(n))
        + "map large : v2 OBX -> fhir Observation\n"
        + "".join(f"  r{i} OBX-3.1 -> category.text\n" for i in range(n))
    ),
    "what is given": lambda n: (
        MESSAGE
        + "  p PID -> Patient by person giving "
        + ", ".join(f"g{i} = PID-7" for i in range(n))
        + "\n"
        + HEAD
        + "".join(f"  given g{i} : TS\n" for i in range(n))
        + ROW
    ),
    "tests below maps": lambda n: "".join(f'map m{i} : v2 PID -> fhir Patient\n{ROW}test "t"\n  v2 PID|1\n  fhir {{}}\n' for i in range(n)),
}


@pytest.mark.parametrize("make", MANY.values(), ids=MANY)
def test_checking_costs_what_the_file_costs(make: Callable[[int], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_MOST_COMPARED", 20)

    def work(count: int) -> Callable[[], object]:
        file = parse_map_file("m.map", make(count))[0]
        return lambda: check([file], {}, REGISTRY)

    assert _grows(work) < 4.6
