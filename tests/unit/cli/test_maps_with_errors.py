"""Maps with errors convert nothing, whichever command is asked: also with those that only the checker finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.cli import build, map_set
from hub.core.diagnostics import Diagnostic

MESSAGE = (
    "MSH|^~\\&|PAS|RCF|C|D|20260101||ADT^A01^ADT_A01|1|P|2.4\rEVN|A01|20260101\r"
    "PID|1||9990000018^^^NHS^NH||Testcase^Ann||19700101|F\rPV1|1|I\r"
)
CIRCLE = """\
map there : v2 CX <-> fhir Identifier
  back CX.4 <-> assigner   by back

map back : v2 HD <-> fhir Reference
  there HD <-> identifier   by again

map again : v2 HD <-> fhir Identifier
  back HD <-> assigner   by back

test "a circle"
  v2   NHS
  fhir {}
"""
CALLED = "overlay pid\n  identifier PID-3[*] <-> identifier[*]   by there\n"
SLIP = "overlay pid\n  sex PID-8 <-> gendr\n"


def calder(*arguments: str | Path) -> Result:
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(build(words), words, prog_name="calder")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with one message, and room for overlays."""
    local = tmp_path / "mappings" / "local"
    local.mkdir(parents=True)
    (tmp_path / "adt.hl7").write_bytes(MESSAGE.encode())
    monkeypatch.chdir(tmp_path)
    return local


COMMANDS = pytest.mark.parametrize(
    "command",
    [
        ("convert", "adt.hl7"),
        ("map", "explain", "adt.hl7"),
        ("map", "coverage", "adt.hl7"),
        ("map", "test", "mappings/local"),
        ("messages", "replay", "1", "--candidate", "mappings/local", "--dry-run"),
    ],
    ids=" ".join,
)


@COMMANDS
@pytest.mark.parametrize(("text", "said"), [(SLIP, "M205"), (CIRCLE + "\n" + CALLED, "M235")], ids=["slip", "circle"])
def test_what_the_checker_refuses_converts_nothing(command: tuple[str, ...], text: str, said: str, site: Path) -> None:
    (site / "wrong.map").write_text(text)
    result = calder(*command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"error[{said}]" in result.stderr
    assert "local/wrong.map:" in result.stderr
    assert "`calder map check`" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("spec", ["mappings/local", "only:mappings/local"])
def test_a_comparison_with_wrong_maps_cannot_be_done(spec: str, site: Path) -> None:
    (site / "wrong.map").write_text(CIRCLE)
    result = calder("map", "diff", "packaged", spec, "--corpus", "adt.hl7")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "error[M235]" in result.stderr


@pytest.mark.parametrize("source", [(), ("--source", "bradford"), ("--source", "airedale")], ids=["site", "another", "its own"])
def test_only_what_is_in_force_is_in_the_way(source: tuple[str, ...], site: Path) -> None:
    (site / "airedale").mkdir()
    (site / "airedale" / "wrong.map").write_text(SLIP)
    assert calder("convert", "adt.hl7", *source).exit_code == (1 if "airedale" in source else 0)


@pytest.mark.parametrize("wrong", ["airedale/wrong.map", "wrong.map"])
def test_a_test_beside_wrong_overlays_is_not_run(wrong: str, site: Path) -> None:
    (site / "airedale").mkdir()
    (site / wrong).write_text(SLIP)
    written = site / "airedale" / "sex.test.yaml"
    written.write_text("map: pid\ntests:\n  - name: sex\n    v2: PID||||||||F\n    fhir: {gender: female}\n")
    result = calder("map", "test", written)
    assert result.exit_code == 1
    assert "error[M205]" in result.stderr
    assert "passed" not in result.stderr


def test_what_wrong_maps_do_is_still_listed(site: Path) -> None:
    (site / "wrong.map").write_text(SLIP)
    assert "PID-8 <-> gendr" in calder("map", "list", "--effective", "airedale", "--changed").stdout


def test_the_packaged_maps_are_not_checked_each_time(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[int] = []

    def count(*_: object) -> tuple[Diagnostic, ...]:
        checked.append(1)
        return ()

    monkeypatch.setattr(map_set, "check", count)
    assert calder("convert", "adt.hl7").exit_code == 0
    assert checked == []
    (site / "x.map").write_text("overlay adt\n  param unheard : code = x\n")
    calder("convert", "adt.hl7")
    assert checked == [1]
