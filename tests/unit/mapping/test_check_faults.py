"""One fault in a shipped map, and the checker says which, where it stands. A fault that nobody sees fails here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.core.diagnostics import Diagnostic
from hub.mapping.check.check import check
from hub.mapping.functions import REGISTRY
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.syntax import Arrow, MapFile
from hub.mapping.tables import Coded, Line, Table, parse_table
from tests.counting import calls

MAPPINGS = Path(__file__).parents[3] / "mappings"
FILES = {path.name: parse_map_file(path.name, path.read_text())[0] for path in sorted(MAPPINGS.rglob("*.map"))}
TABLES = {table.name: table for table, _ in (parse_table(path.name, path.read_text()) for path in sorted(MAPPINGS.rglob("*.csv")))}


def reported(name: str, text: str, tables: dict[str, Table] = TABLES) -> list[tuple[str, int]]:
    """Errors in the changed file, as code and line."""
    file, unread = parse_map_file(name, text)
    assert not unread
    found = check([*(other for other in FILES.values() if other.path != name), file], tables, REGISTRY)
    return [(one.code.name, one.span.line) for one in found if one.is_error and one.span and one.span.file == name]


def plant(name: str, row: str, pattern: str, replacement: str) -> tuple[str, int]:
    """The map with one change in the row of this name."""
    lines = next(path for path in MAPPINGS.rglob(name)).read_text().split("\n")
    at = next(number for number, line in enumerate(lines) if re.match(rf"\s+{row}\s", line))
    changed = re.sub(pattern, replacement, lines[at], count=1)
    assert changed != lines[at], "the fault must be planted"
    lines[at] = changed
    return "\n".join(lines), at + 1


@pytest.mark.parametrize(
    ("name", "row", "pattern", "replacement", "code"),
    [
        ("pid.map", "born", "PID-7", "PID-77", "M201"),
        ("pid.map", "born", "PID-7", "PV1-7", "M207"),
        ("pid.map", "born", "PID-7", "PID-8", "M210"),
        ("pid.map", "born", "PID-7 ", "PID-7.9 ", "M202"),
        ("pid.map", "born", "birthDate", "birthdate", "M205"),
        ("pid.map", "born", "birthDate", "gender", "M210"),
        ("pid.map", "sex", "table administrative_sex", "table administrative_sax", "M231"),
        ("pid.map", "sex", "table administrative_sex", "table observation_status", "M270"),
        ("pid.map", "sex", "gender", "birthDate", "M210"),
        ("pid.map", "numbers", r"identifier\[\*\]", "name[*]", "M210"),
        ("pid.map", "numbers", "PID-3", "PID-5", "M210"),
        ("pid.map", "dead", "when PID-29 absent", "", "M250"),
        ("pid.map", "dead", "when PID-29 absent", "when PID-30 absent", "M251"),
        ("pid.map", "dead", "when PID-29 absent", "when $died absent", "M232"),
        ("obx.map", "number", "by measured_number", "by measured_nomber", "M230"),
        ("obx.map", "number", "by measured_number", "by xpn", "M211"),
        ("oru_r01.map", "report", "by obr", "by pid", "M211"),
        ("oru_r01.map", "patient", "by pid", "by cx", "M211"),
        ("oru_r01.map", "gp", "PATIENT.PD1", "VISITS.PD1", "M203"),
        ("oru_r01.map", "patient", "PATIENT.PID", "PATIENT.PV3", "M200"),
    ],
)
def test_a_planted_fault_is_named_at_its_line(name: str, row: str, pattern: str, replacement: str, code: str) -> None:
    text, line = plant(name, row, pattern, replacement)
    found = reported(name, text)
    assert (code, line) in found
    assert len(found) <= 2, "one cause, one report (two where the fault also leaves a field unread)"


def test_every_drop_of_the_person_is_needed() -> None:
    """Each field of a test that a `drop` answers for is reported when the `drop` goes."""
    text = next(MAPPINGS.rglob("pid.map")).read_text()
    without = re.sub(r"(?m)^  drop PID-1 .*\n", "", text)
    assert without != text
    file, _ = parse_map_file("pid.map", without)
    found = check([*(other for other in FILES.values() if other.path != "pid.map"), file], TABLES, REGISTRY)
    assert ("M290", "`pid` does not read PID-1") in [(one.code.name, one.detail) for one in found]


def test_required_elements_are_missed() -> None:
    text = next(MAPPINGS.rglob("obx.map")).read_text()
    without = re.sub(r"(?m)^  code .*\n", "", text)
    assert "M220" in [code for code, _ in reported("obx.map", without)]


def _work(rows: int, row: str) -> int:
    lines = "".join(row.replace("@", str(n)) for n in range(rows))
    file = parse_map_file("many.map", f"map many : v2 PID -> fhir Patient\n{lines}")[0]
    found: list[Diagnostic] = []
    work = calls(lambda: found.extend(check([file], {}, REGISTRY)))
    assert [one for one in found if one.is_error] == []
    return work


@pytest.mark.parametrize(
    "row",
    ['  r@ "true" -> active when PID-8 = A@ because "one of many"\n', '  r@ "home" -> telecom:t@.use because "one of many"\n'],
    ids=["one place, told apart by the value of one field", "an item for each row"],
)
def test_work_grows_with_the_rows_and_no_faster(row: str) -> None:
    _work(100, row)  # what is found once for all is found
    assert _work(2000, row) < _work(500, row) * 4 * 1.5


def test_a_table_of_a_hundred_thousand_lines() -> None:
    lines = tuple(Line(Coded("", f"S{n}"), Arrow.FORWARD if n else Arrow.BOTH, Coded("", "female"), n + 2) for n in range(100_000))
    forward = {("", line.source.code): (line.target,) for line in lines}
    table = Table("large", "tables/large.csv", lines, forward, {("", "female"): lines[0].source})
    file = parse_map_file("t.map", "map person : v2 PID <-> fhir Patient\n  sex PID-8 <-> gender table large\n")[0]
    found: list[Diagnostic] = []
    assert calls(lambda: found.extend(check([file], {"large": table}, REGISTRY))) < 20 * len(lines)
    assert [one for one in found if one.is_error] == []


def test_nothing_to_check() -> None:
    assert check([], {}, REGISTRY) == ()
    assert check([MapFile("empty.map", ())], {}, {}) == ()
