"""docs/tutorial.md does what it says, command by command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.tutorial_page import PageCommand, PageFile, agrees, read_page

_PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"


def _run(command: str, folder: Path) -> tuple[str, int]:
    around = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "140", "NO_COLOR": "1"}
    done = subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=folder,
        env=around,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    return done.stdout.decode(), done.returncode


def test_every_command_prints_what_the_page_shows(tmp_path: Path) -> None:
    ran = 0
    for step in read_page(_PAGE.read_text(encoding="utf-8")):
        if isinstance(step, PageFile):
            file = tmp_path / step.path
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a" if step.added else "w", encoding="utf-8") as written:
                written.write(step.text)
            continue
        printed, code = _run(step.command, tmp_path)
        where = f"docs/tutorial.md:{step.line}: {step.command}\n{printed}"
        assert code == step.exit, where
        assert agrees(step.shown, printed), where
        ran += 1
    assert ran > 10


@pytest.mark.parametrize(
    ("shown", "printed", "answer"),
    [
        (["3 passed"], "3 passed\n", True),
        (["3 passed"], "2 passed\n", False),
        (["a", "…", "z"], "a\nb\nc\nz\n", True),
        (["a", "…", "z"], "a\nb\nc\n", False),
        (["urn:uuid:…", "b"], "urn:uuid:17\nb\n", True),
        (["a"], "a\nb\n", False),
        ([], "something\n", False),
    ],
)
def test_the_comparison_sees_a_difference(shown: list[str], printed: str, *, answer: bool) -> None:
    assert agrees(shown, printed) is answer


def test_a_page_is_read_in_its_order() -> None:
    page = "x\n```map a/b.map\nmap b\n```\n```map +a/b.map\nmore\n```\n```console\n$ calder one\nout\nexit 1\n$ calder two\n```\n"
    assert list(read_page(page)) == [
        PageFile("a/b.map", "map b\n"),
        PageFile("a/b.map", "more\n", added=True),
        PageCommand("calder one", ("out",), 1, 9),
        PageCommand("calder two", (), 0, 12),
    ]
