"""`calder map test`: which files are run, what is shown and written, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.app.installed import functions
from hub.cli import build, map_test_report
from hub.cli import map as map_command
from hub.mapping.registry import Example, Function
from hub.mapping.test.comparing import Difference

MAP = """\
map probe : v2 CX <-> fhir Identifier
  value CX.1 <-> value
  use   CX.5 <-> use         table probe_use
  place CX.4.1 -> assigner.display   because "so"
  drop CX.2 because "so"

test "in the map"
  v2   A
  fhir {"value": "A"}
"""
TABLE = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n,U,,<->,,usual,,\n,O,,<->,,official,,\n,OLD,,<-,,old,,\n,T,,->,,temp,,\n"
TESTS = """\
map: probe
tests:
  - name: right
    v2: A^^^^U
    fhir: {value: A, use: usual}
  - name: back
    fhir: {use: old}
    v2: ^^^^OLD
"""


def calder(*arguments: str | Path) -> Result:
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(build(words), words, prog_name="calder")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "probe.map").write_text(MAP)
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "probe_use.csv").write_text(TABLE)
    (tmp_path / "probe.test.yaml").write_text(TESTS)
    return tmp_path


def counts(result: Result) -> tuple[int, int, int]:
    answer = json.loads(result.stdout)
    return answer["passed"], answer["failed"], len(answer["unreadable"])


# --- which files


def test_a_folder_a_map_with_its_neighbour_and_a_file_alone(site: Path) -> None:
    assert counts(calder("map", "test", site, "--json")) == (3, 0, 0)
    assert counts(calder("map", "test", site / "probe.map", site / "tables", "--json")) == (3, 0, 0)
    (site / "other.test.yaml").write_text("tests: [{name: n, map: cx, v2: A, fhir: {value: A}}]")
    assert counts(calder("map", "test", site / "other.test.yaml", "--json")) == (1, 0, 0)  # with the packaged maps, and no test in a map


def test_usage(site: Path) -> None:
    for arguments in ((site / "none.test.yaml",), (site / "nowhere",), ("--update",)):
        result = calder("map", "test", *arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr


def test_a_message_may_stand_in_a_file_of_the_same_folder_and_nowhere_else(site: Path, tmp_path: Path) -> None:
    inner = site / "inner"
    inner.mkdir()
    (site / "secret.hl7").write_text("A")
    (inner / "a.hl7").write_text("A")
    (inner / "link.hl7").symlink_to(site / "secret.hl7")
    for name, passed in (
        ("a.hl7", True),
        ("../secret.hl7", False),
        ("link.hl7", False),
        (str(inner / "a.hl7"), False),
        ("none.hl7", False),
    ):
        (inner / "x.test.yaml").write_text(f"tests: [{{name: n, map: cx, v2: {{file: {name}}}, fhir: {{value: A}}}}]")
        result = calder("map", "test", inner / "x.test.yaml")
        assert (result.exit_code == 0) is passed, name
        assert ("M530" in result.stderr) is not passed


# --- what is shown


def test_differences_path_by_path(site: Path) -> None:
    (site / "probe.test.yaml").write_text(TESTS.replace("use: usual", "use: official"))
    result = calder("map", "test", site)
    assert result.exit_code == 1
    assert f'{site}/probe.test.yaml:3: "right" of probe\n  use: expected "official", found "usual"\n' in result.stderr
    assert result.stderr.endswith("2 passed, 1 failed\n")
    (failed,) = [each for each in json.loads(calder("map", "test", site, "--json").stdout)["tests"] if not each["passed"]]
    assert (failed["title"], failed["line"], failed["differences"]) == (
        "right",
        3,
        [{"path": "use", "expected": '"official"', "found": '"usual"'}],
    )


def test_a_file_that_cannot_be_read_fails_with_its_place(site: Path) -> None:
    (site / "probe.test.yaml").write_text(TESTS.replace("use: usual", "uses: usual"))
    result = calder("map", "test", site)
    assert result.exit_code == 1
    assert f"{site}/probe.test.yaml:5:22" in result.stderr
    assert "did you mean `use`?" in result.stderr
    assert result.stderr.endswith("2 passed, 0 failed, 1 could not be run\n")


def test_colours_only_on_a_terminal(site: Path) -> None:
    line = map_test_report._line(Difference("a", "1", "2"), colours=True)
    assert "\x1b[32m" in line
    assert "\x1b[31m" in line
    (site / "probe.test.yaml").write_text(TESTS.replace("use: usual", "use: official"))
    assert "\x1b" not in calder("map", "test", site).stderr


# --- update


def test_update_writes_what_comes_out_and_says_which(site: Path) -> None:
    before = (
        TESTS.replace("use: usual", "use: official")
        + '  - name: new   # later\n    v2: B\n  - name: refused\n    v2: "A^^^^X"\n    fhir: {value: B}\n'
    )
    (site / "probe.test.yaml").write_text(before)
    in_map = (site / "probe.map").read_text().replace('"value": "A"', '"value": "Z"')
    (site / "probe.map").write_text(in_map)
    result = calder("map", "test", site, "--update")
    assert result.exit_code == 1  # the test in the map and the refused one are not mended
    assert [line for line in result.stderr.split("\n") if "wrote" in line] == [
        f'{site}/probe.test.yaml: wrote what comes out now: "right"',
        f'{site}/probe.test.yaml: wrote what comes out now: "new"',
    ]
    assert (site / "probe.map").read_text() == in_map
    assert (site / "probe.test.yaml").read_text() == before.replace("use: official", "use: usual").replace(
        "    v2: B\n", "    v2: B\n    fhir:\n      value: B\n"
    )


def test_update_writes_a_golden_beside(site: Path) -> None:
    (site / "probe.test.yaml").write_text("tests: [{name: n, map: probe, v2: A, fhir: {file: a.json}, whole: true}]")
    (site / "a.json").write_text("{}")
    assert calder("map", "test", site, "--update").exit_code == 0
    assert (site / "a.json").read_text() == '{\n  "value": "A"\n}\n'
    assert calder("map", "test", site).exit_code == 0


# --- coverage


def test_coverage_names_the_rows_and_lines_that_no_test_reaches(site: Path) -> None:
    result = calder("map", "test", site, "--coverage")
    assert result.exit_code == 0
    assert result.stdout.split("\n") == [
        "probe.map:4: no test fires `probe.place`",
        "tables/probe_use.csv:3: no test uses this line of `probe_use`",
        "tables/probe_use.csv:5: no test uses this line of `probe_use`",
        "probe                       2 of    3 rows    67%",
        "probe_use                   2 of    4 lines   50%",
        "",
    ]


def test_coverage_as_json(site: Path) -> None:
    (site / "probe.test.yaml").write_text(TESTS + "  - {name: more, v2: A^^^NHS^T, fhir: {assigner: {display: NHS}, use: temp}}\n")
    coverage = json.loads(calder("map", "test", site, "--coverage", "--json").stdout)["coverage"]
    assert coverage["maps"] == [{"map": "probe", "rows": 3, "fired": 3, "share": 1.0, "silent": []}]
    (table,) = coverage["tables"]
    assert (table["used"], table["unused"]) == (3, [{"code": "O", "file": "tables/probe_use.csv", "line": 3}])


def test_a_row_that_refuses_has_fired_and_one_that_is_guarded_has_not(site: Path) -> None:
    (site / "probe.map").write_text(
        "map probe : v2 CX <-> fhir Identifier\n  value CX.1 <-> value when CX.5 = Z\n  use CX.5 <-> use table probe_use\n"
        '  drop CX.2 because "so"\n\ntest "r"\n  v2   A^^^^X\n  refused M407\n'
    )
    (site / "probe.test.yaml").unlink()
    lines = calder("map", "test", site, "--coverage").stdout.split("\n")
    assert lines[0] == "probe.map:2: no test fires `probe.value`"
    assert "probe                       1 of    2 rows    50%" in lines


# --- functions


def test_check_runs_the_examples_of_every_function(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Function("shouted", "In capitals.", ("ST",), "string", str.lower, None, (Example(("a",), "A"),))
    installed = {**functions(), "shouted": broken}
    monkeypatch.setattr(map_command, "functions", lambda: installed)
    answer = json.loads(calder("map", "check", site, "--json").stdout)
    assert [(each["code"], each["place"]) for each in answer["diagnostics"] if each["code"] == "M533"] == [("M533", "shouted")]
    assert answer["ok"] is False
