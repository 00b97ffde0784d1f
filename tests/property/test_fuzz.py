"""The fuzzer of tests/fuzz, briefly and always the same; `make fuzz` runs it to its plateau. And it finds what is planted."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEPT = sorted((ROOT / "tests" / "fuzz" / "kept").glob("*.txt"))


def fuzz(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tests" / "fuzz" / "run.py"), "--seconds", "60", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_nothing_raises_and_everything_ends() -> None:
    found = fuzz("--most", "150")
    assert found.returncode == 0, found.stdout + found.stderr
    lines = re.findall(r"^(\w+) +([\d,]+) executions +([\d,]+) arcs", found.stdout, re.MULTILINE)
    assert {name for name, _, _ in lines} == {"parse", "format", "check", "load", "table", "yaml", "forward", "backward"}
    assert all(int(count.replace(",", "")) >= 150 for _, count, _ in lines)
    assert sum(int(arcs.replace(",", "")) for _, _, arcs in lines) > 4000


def test_what_was_found_once_is_asked_again() -> None:
    """As seeds of their targets: `run.py` takes every file of tests/fuzz/kept."""
    assert {path.name.partition("_")[0] for path in KEPT} <= {"parse", "format", "check", "load", "table", "yaml", "forward", "backward"}
    assert len(KEPT) >= 5


@pytest.mark.parametrize(
    ("target", "planted", "said"),
    [
        ("table", "hub.mapping.tables//if len(cells) != len(headings)//if len(cells) > len(headings)", "ValueError"),
        ("yaml", "hub.mapping.test.test_files//isinstance(tests, Items)//tests", "AttributeError"),
        ("backward", "hub.mapping.values.times//if not isinstance(value, str)//if value is None", "AttributeError"),
    ],
)
def test_a_planted_fault_is_found(target: str, planted: str, said: str) -> None:
    found = fuzz("--most", "1500", "--plant", planted, target)
    assert found.returncode == 1, found.stdout + found.stderr
    assert said in found.stdout
