"""The wheel, installed where there is no checkout: the import names are ours, the data is in it, the demo runs."""

import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    return next(folder.glob("calder_hub-*.whl"))


def test_what_the_wheel_carries(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"hub", "connectors", "mappings", "conformance"}
    for needed in (
        "hub/fhir/r4_facts.jsonl",
        "hub/store/sqlite/schema.sql",
        "mappings/hl7v2/segments/pid.map",
        "mappings/tables/units.csv",
    ):
        assert needed in names


def test_the_wheel_installed_elsewhere_runs_the_demo(wheel: Path, tmp_path: Path) -> None:
    """The dependencies are lent by a path entry; a path entry does not bring this checkout's own links with it."""
    home = tmp_path / "elsewhere"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True, capture_output=True)
    site = next((home / "lib").glob("python*/site-packages"))
    (site / "lent.pth").write_text(sysconfig.get_paths()["purelib"])
    found = subprocess.run([python, "-c", "import hub; print(hub.__file__)"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).is_relative_to(home)
    demo = subprocess.run(
        [home / "bin" / "calder", "demo", "--once", "--json"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    steps = [json.loads(line) for line in demo.stdout.splitlines()]
    assert demo.returncode == 0, (steps, demo.stderr)
    assert [step["step"] for step in steps] == ["register", "measure", "plan", "document", "ask", "ask-others", "explain", "balance"]
    assert all(step["ok"] for step in steps)
