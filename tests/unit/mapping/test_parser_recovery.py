"""A mistake is reported once, at its place, and costs only its own line."""

from __future__ import annotations

import pytest

from hub.mapping.parse.parser import parse_map_file
from tests.counting import calls

HEAD = "map pid : v2 PID <-> fhir Patient\n"


def found(text: str) -> list[tuple[str, int, int, int]]:
    _, diagnostics = parse_map_file("m.map", text)
    return [(each.code.name, each.span.line, each.span.column, each.span.length) for each in diagnostics if each.span]


TWENTY = (
    HEAD
    + """\
  versions 2.3..2.9
  given $time : TS
  first    PID-7 <-> birthDate
  versions 2.3..2.8
  second   PID-8
  PID-3 <-> identifier
  fourth   <-> name
  fifth    PID-5 <->
  sixth    PID-5 <-> name  tabel x
  seventh  PID-5 <-> name  when PID-8 = F when PID-8 = M
  eighth   PID-5 <-> name  by
  ninth    pid-5 <-> name
  tenth    PID-5 <-> name[first]
  eleventh PID-5 <-> name  when PID-8 is F
  twelfth  PID-5 -> name
  thirteenth PID-5 <-> name  else unknown
  drop PID-1
  first    PID-9 <-> name
  key      PID-10 <-> name
  sixteenth PID-11 <-> name  as merg
  each PATIENT when PID-1 present
  last     PID-30 <-> name
"""
)


def test_twenty_different_mistakes_are_twenty_reports_in_the_order_of_the_file() -> None:
    assert [(code, line) for code, line, _, _ in found(TWENTY)] == [
        ("M021", 2),
        ("M022", 3),
        ("M025", 5),
        ("M008", 6),
        ("M009", 7),
        ("M010", 8),
        ("M010", 9),
        ("M011", 10),
        ("M012", 11),
        ("M013", 12),
        ("M014", 13),
        ("M015", 14),
        ("M016", 15),
        ("M017", 16),
        ("M018", 17),
        ("M019", 18),
        ("M023", 19),
        ("M024", 20),
        ("M026", 21),
        ("M027", 22),
    ]


def test_the_lines_without_mistakes_are_read() -> None:
    file, _ = parse_map_file("m.map", TWENTY)
    assert [getattr(item, "name", None) for item in file.maps[0].body] == ["first", "last"]


def test_no_more_than_twenty() -> None:
    assert [code for code, *_ in found(HEAD + "  wrong\n" * 50)] == ["M008"] * 20 + ["M320"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("  a  PID-5.x <-> name", ("M014", 2, 12, 1)),
        ("  a  PID-0 <-> name", ("M014", 2, 6, 5)),
        ("  a  PID-3[0] <-> name", ("M014", 2, 12, 1)),
        ("  a  PID-3[2 <-> name", ("M014", 2, 14, 3)),
        ("  a  PID-3[2].1.2.3 <-> name", ("M014", 2, 19, 1)),
        ("  a  PID-5 <-> name.", ("M015", 2, 21, 1)),
        ("  a  PID-5 <-> name..family", ("M028", 2, 20, 2)),
        ("  a  PID-5 <-> PID-3", ("M015", 2, 16, 5)),
        ("  a  PID-5 <-> extension(url).valueCode", ("M015", 2, 26, 3)),
        ("  a  PID-5 <-> name <-> x", ("M028", 2, 21, 3)),
        ("  a  PID-5 or <-> name", ("M010", 2, 15, 3)),
        ("  a  PID-5 PID-6 <-> name", ("M028", 2, 12, 5)),
        ("  a  PID-5 <-> name when PID-8 in F", ("M016", 2, 35, 1)),
        ("  a  PID-5 <-> name when PID-8 in (F", ("M016", 2, 37, 1)),
        ("  a  PID-5 <-> name when PID-8 = F and PID-7 present", ("M011", 2, 36, 3)),
        ("  a  PID-5 <-> name in report", ("M013", 2, 30, 1)),
        ("  a  PID-5 <-> name or maybe", ("M013", 2, 24, 5)),
        ("  a  PID-5 <-> name because soon", ("M013", 2, 29, 4)),
        ('  a  PID-5 <-> name with use "official"', ("M013", 2, 30, 10)),
        ("  a  f(PID-5 <-> name", ("M013", 2, 14, 3)),
        ("  each", ("M027", 2, 7, 1)),
        ("  each OBSERVATION[1]", ("M014", 2, 20, 1)),
        ("  let x OBX-2", ("M022", 2, 9, 5)),
    ],
)
def test_the_place_of_a_mistake(line: str, expected: tuple[str, int, int, int]) -> None:
    assert found(f"{HEAD}{line}\n  good PID-7 <-> birthDate\n") == [expected]


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("  a PID-5 <-> name tabel x", "did you mean `table`?"),
        ("  dorp PID-1", "did you mean `drop`?"),
        ("  a pid-5 <-> name", "write PID-5"),
        ("  a PID-5 <-> name as merg", "did you mean `merge`?"),
        ("  a PID-5 <-> name wibbling x", None),
    ],
)
def test_what_to_do_next(line: str, fix: str | None) -> None:
    _, (diagnostic,) = parse_map_file("m.map", f"{HEAD}{line}\n")
    assert diagnostic.fix == fix


def test_a_head_that_cannot_be_read_costs_the_map_but_its_rows_are_looked_at() -> None:
    text = 'map pid v2 PID <-> fhir Patient\n  a PID-5 -> name\n  b pid-7 <-> birthDate\ntest "t"\n  v2 PID|1\n  round trip exact\n'
    assert [code for code, *_ in found(text)] == ["M020", "M014"]


def test_the_second_map_is_read_when_the_first_is_broken() -> None:
    file, _ = parse_map_file("m.map", "map broken\n  ???\n" + HEAD + "  a PID-7 <-> birthDate\n")
    assert [declaration.name for declaration in file.maps] == ["pid"]


def test_a_wrong_indentation_is_reported_once_and_the_row_counts() -> None:
    text = HEAD + "  a PID-7 <-> birthDate\n    b PID-8 <-> gender\n    c PID-5 <-> name\n  d PID-3 <-> identifier\n"
    file, _ = parse_map_file("m.map", text)
    assert found(text) == [("M005", 3, 5, 1)]
    assert len(file.maps[0].body) == 4


def test_the_rows_of_a_broken_each_are_looked_at() -> None:
    text = "map m : v2 ORU_R01 <-> fhir Bundle\n  each obx\n    a obx-5 <-> value\n    b OBX-3 <-> code\n"
    assert [code for code, *_ in found(text)] == ["M014", "M014"]


def test_one_mistake_in_a_test_is_one_report() -> None:
    text = HEAD + '  a PID-7 <-> birthDate\ntest "t"\n  v2 PID|1\n  fhir {"a": }\n'
    assert found(text) == [("M032", 5, 14, 1)]


def test_json_in_a_later_line_has_its_own_column() -> None:
    text = HEAD + '  a PID-7 <-> birthDate\ntest "t"\n  v2 PID|1\n  fhir {"a": 1,\n        "b": nul}\n'
    assert found(text) == [("M032", 6, 14, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        HEAD + "  a f" + "(" * 100_000,
        HEAD + "  a " + "f(" * 40_000 + " <-> x",
        HEAD + "  a PID-1 <-> " + "a." * 40_000 + "b",
        HEAD + "".join(" " * (depth + 1) + "each PATIENT\n" for depth in range(1200)),
        HEAD + '  a "' + '"\\' * 100_000,
        HEAD + "  when PID-3 = a" + ",PID-3 = a" * 20_000,
        HEAD + "  x\n" * 20_000,
        HEAD + "  a PID-1\n" + "  when\n" * 30_000,
        "\x00" * 100_000,
        "\t\n" * 100_000,
        'test "x"\n  fhir ' + "[" * 100_000,
        HEAD + '  a PID-7 <-> birthDate\ntest "x"\n  v2 a\n  fhir ' + "[" * 100_000,
        "x" * 5_000_000,
    ],
    ids=range(14),
)
def test_files_made_to_hurt_end_soon_with_a_clear_answer(text: str) -> None:
    _, diagnostics = parse_map_file("m.map", text)
    assert len(diagnostics) <= 21


def test_work_grows_with_the_file_and_not_faster() -> None:
    def work(rows: int) -> int:
        text = HEAD + "".join(f"  r{number} PID-3 <-> name[*].family when PID-1 = a\n" for number in range(rows))
        return calls(lambda: parse_map_file("m.map", text))

    work(100)  # what is found once for all is found
    assert work(4000) < work(500) * 8 * 1.5


def test_indentation_and_rows_are_reported_in_one_order() -> None:
    text = HEAD + "  a pid-7 <-> birthDate\n    b PID-8 <-> gender\n  c PID-5 -> name\n"
    assert [(code, line) for code, line, _, _ in found(text)] == [("M014", 2), ("M005", 3), ("M017", 4)]
