"""As test_goldens, for what a site writes: overlays/M3*.map begins with exactly what loading it says, over the maps below.

The golden is `local/site.map`; a line `-- file NAME` begins another file.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.core.rendering import render_diagnostic
from hub.mapping.codes.sites import APPLYING
from hub.mapping.mapset import load

FOLDER = Path(__file__).parent / "overlays"
GOLDENS = sorted(FOLDER.glob("M3*.map"))
BASE = """
map pid : v2 PID <-> fhir Patient
  param zone : code = GB
  given time : TS
  birth  PID-7 <-> birthDate
  sex    PID-8 <-> gender

map adt : v2 ADT_A01 <-> fhir Bundle
  drop MSH because "the envelope"
  patient PID <-> Patient by pid as merge
  each NK1 where NK1-3.1 = C
    carer NK1 <-> patient.contact[*] by pid
  each NK1 where NK1-3.1 != C
    other NK1 <-> patient.contact[*] by pid
"""
HEADINGS = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n"


def split(text: str) -> tuple[str, str]:
    lines = text.split("\n")
    size = next((at for at, line in enumerate(lines) if not line.startswith("--") or line.startswith("-- file ")), len(lines))
    return "\n".join(line.removeprefix("--").removeprefix(" ") for line in lines[:size]), "\n".join(lines[size:])


def join(comment: str, body: str) -> str:
    return "\n".join(f"-- {line}".rstrip() for line in comment.split("\n")) + "\n" + body


def report(text: str) -> str:
    first, *others = re.split(r"^-- file (\S+)\n", text, flags=re.MULTILINE)
    files = {"local/site.map": first, **dict(zip(others[::2], others[1::2], strict=True))}
    maps = {name: body for name, body in files.items() if name.endswith(".map")} | {"base.map": BASE}
    tables = {name: body for name, body in files.items() if name.endswith(".csv")} | {"tables/sex.csv": HEADINGS + ",F,,<->,,female,,\n"}
    loaded = load(maps, tables, {})
    assert all(each.span is not None for each in loaded.diagnostics)
    return "\n".join(render_diagnostic(each, maps | tables) for each in loaded.diagnostics)


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_golden_of_what_a_site_writes(path: Path, update: bool) -> None:
    text = path.read_bytes().decode()
    if update:
        for _ in range(3):
            text = join(report(text), split(text)[1])
        path.write_bytes(text.encode())
    expected, _ = split(text)
    assert report(text) == expected
    heads = [line for line in expected.split("\n") if line.startswith(("error[", "warning[", "note["))]
    assert {head.partition("[")[2][:4] for head in heads} == {path.stem[:4]}


def test_each_code_of_what_a_site_writes_has_a_golden() -> None:
    assert {path.stem[:4] for path in GOLDENS} == {code.name for code in APPLYING}


def test_the_maps_of_the_goldens_are_sound() -> None:
    assert load({"base.map": BASE}, {}, {}).diagnostics == ()
