"""Each map here begins with a comment: exactly what Calder says about it. The name is `CODE_what_it_shows.map`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hub.core.rendering import render_diagnostic
from hub.mapping.codes import syntax as codes_syntax
from hub.mapping.parse.parser import parse_map_file

HERE = Path(__file__).parent
GOLDENS = sorted(HERE.glob("M0*.map"))
PADDED = {"M036_too_large": 1_000_001}  # a file of this size is made in the test, not kept


def split(text: str) -> tuple[str, str]:
    """The leading comment without its marks, and the map below it."""
    lines = text.split("\n")
    size = next((at for at, line in enumerate(lines) if not line.startswith("--")), len(lines))
    return "\n".join(line.removeprefix("--").removeprefix(" ") for line in lines[:size]), "\n".join(lines[size:])


def join(comment: str, body: str) -> str:
    return "\n".join(f"-- {line}".rstrip() for line in comment.split("\n")) + "\n" + body


def report(path: Path, text: str) -> str:
    size = PADDED.get(path.stem, 0)
    padded = text + "\n" * max(0, size - len(text))
    _, diagnostics = parse_map_file(path.name, padded)
    return "\n".join(render_diagnostic(diagnostic, {path.name: padded}) for diagnostic in diagnostics)


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_golden(path: Path, update: bool) -> None:
    text = path.read_bytes().decode()
    if update:
        for _ in range(3):  # the comment is as long as the report, and moves the lines it speaks of
            text = join(report(path, text), split(text)[1])
        path.write_bytes(text.encode())
    expected, _ = split(text)
    assert report(path, text) == expected
    assert path.stem[:4] in expected


def test_each_code_of_reading_a_map_has_a_golden() -> None:
    assert {path.stem[:4] for path in GOLDENS} == {code.name for code in codes_syntax.CODES}


def test_each_golden_shows_only_its_own_code() -> None:
    """A cascade would bring a second code, or the same one for a line that is right."""
    for path in GOLDENS:
        expected, _ = split(path.read_bytes().decode())
        heads = [line for line in expected.split("\n") if line.startswith(("error[", "warning[", "note["))]
        assert [head.partition("[")[2][:4] for head in heads] == [path.stem[:4]], path.stem


def test_ci_refuses_to_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    command = [sys.executable, "-m", "pytest", str(HERE), "--update", "-k", "M017", "-p", "no:cacheprovider", "-q"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent.parent, check=False)
    assert run.returncode == 1
    assert "does not run in CI" in run.stdout
