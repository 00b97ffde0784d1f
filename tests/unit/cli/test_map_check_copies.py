"""`calder map check` on copies of shipped maps, wherever they lie: clean they are clean, and a mistake is named with its place."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli import build

MAPPINGS = Path(__file__).parents[3] / "mappings"


def checked(path: Path) -> tuple[int, int, list[tuple[str, int, int]]]:
    """The exit code, how many errors, and what is shown."""
    words = ["map", "check", str(path), "--json"]
    result = CliRunner().invoke(build(words), words, prog_name="calder")
    answer = json.loads(result.stdout)
    return result.exit_code, answer["errors"], [(one["code"], one["line"], one["column"]) for one in answer["diagnostics"]]


@pytest.fixture(params=["one file", "a folder", "a folder called mappings"])
def copy(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path]:
    """What is checked, and the copy of pid.map in it."""
    pid = next(MAPPINGS.rglob("pid.map"))
    if request.param == "one file":
        path = tmp_path / "pid.map"
        shutil.copy(pid, path)
        return path, path
    folder = tmp_path / ("mappings" if "called" in request.param else "copied")
    shutil.copytree(MAPPINGS, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return folder, folder / pid.relative_to(MAPPINGS)


def test_a_copy_is_as_clean_as_what_it_is_of(copy: tuple[Path, Path]) -> None:
    assert checked(copy[0]) == (0, 0, [])


def test_a_mistake_in_a_copy_is_named_once_and_where_it_stands(copy: tuple[Path, Path]) -> None:
    path, pid = copy
    text = re.sub(r"(?m)^(  born +)PID-7\b", r"\1PID-77", pid.read_text())
    pid.write_text(text)
    at = text.index("PID-77")
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    assert checked(path) == (1, 1, [("M201", line, column)])


def test_of_thirty_mistakes_twenty_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "person.map"
    path.write_text(
        "map person : v2 PID <-> fhir Patient\n" + "".join(f"  r{number} PID-{number}0 <-> gender\n" for number in range(10, 40))
    )
    code, errors, shown = checked(path)
    assert (code, errors, len(shown)) == (1, 30, 21)
    assert shown[:20] == [("M201", line, 7) for line in range(2, 22)]
    assert shown[20][0] == "M320"


def test_a_file_of_a_new_name_stands_beside_the_others(tmp_path: Path) -> None:
    """Only the copy of one file replaces it: what merely has the name of a map in it is a second one."""
    path = tmp_path / "person.map"
    path.write_text(next(MAPPINGS.rglob("nte.map")).read_text())
    assert [code for code, _, _ in checked(path)[2]] == ["M471"]
