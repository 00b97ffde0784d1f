"""As test_goldens, for the checker: M2*.map begins with exactly what `check` says about it, with the tables and functions below.

Shown are the errors, and the golden's own code whatever its severity: that no message map calls a planted segment map is not the point.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.core.diagnostics import Diagnostic
from hub.core.rendering import render_diagnostic
from hub.mapping.check.check import check
from hub.mapping.check.incomplete import without_guesses
from hub.mapping.codes.check import CODES
from hub.mapping.codes.profiles import CODES as PROFILE_CODES
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.registry import Function
from hub.mapping.shortening import shorten
from hub.mapping.tables import Table, parse_table
from hub.mapping.types.profiles import read_profiles

HERE = Path(__file__).parent
GOLDENS = sorted(path for pattern in ("M2*.map", "M3*.map") for path in HERE.glob(pattern))
HEADINGS = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n"
TABLE_TEXTS = {
    "tables/sex.csv": HEADINGS + ",F,,<->,,female,,\n,M,,<->,,male,,\n",
    "tables/sex_of_old.csv": HEADINGS + ",F,,<->,,female,,\n,A,,<->,,ambiguous,,\n",
    "tables/one_way.csv": HEADINGS + ",F,,->,,female,,\n,W,,->,,female,,\n",
    "tables/unused.csv": HEADINGS + ",F,,<->,,female,,\n",
}
URL = "https://example.org/StructureDefinition/Clinic-Patient"


def _profile(*elements: dict[str, object], url: str = URL, of: str = "Patient") -> str:
    return json.dumps({"resourceType": "StructureDefinition", "url": url, "type": of, "differential": {"element": list(elements)}})


PROFILE_TEXTS = {
    "profiles/clinic_patient.json": _profile(
        {"id": "Patient", "path": "Patient"},
        {"id": "Patient.birthDate", "path": "Patient.birthDate", "min": 1},
        {"id": "Patient.maritalStatus", "path": "Patient.maritalStatus", "max": "0"},
        {"id": "Patient.contact", "path": "Patient.contact", "max": "1"},
        {"id": "Patient.deceased[x]", "path": "Patient.deceased[x]", "type": [{"code": "boolean"}]},
        {"id": "Patient.telecom", "path": "Patient.telecom", "mustSupport": True},
        {"id": "Patient.gender", "path": "Patient.gender", "fixedCode": "female"},
    ),
}
# Where the golden is about a profile's file, this text of it is read.
SPOILT = {
    "M330": {"profiles/clinic_patient.json": "{]"},
    "M335": {"profiles/clinic_patient_2.json": PROFILE_TEXTS["profiles/clinic_patient.json"]},
}
FUNCTIONS = {
    function.name: function
    for function in (
        Function("upper", "", ("ST",), "string", str.upper, lambda value: (str(value).lower(),), ()),
        Function("first_letter", "", ("ST",), "string", lambda text: text[:1], None, ()),
        Function("joined", "", ("ST", "NM"), "string", lambda one, other: one + other, lambda value: (value, ""), ()),
    )
}


def split(text: str) -> tuple[str, str]:
    lines = text.split("\n")
    size = next((at for at, line in enumerate(lines) if not line.startswith("--")), len(lines))
    return "\n".join(line.removeprefix("--").removeprefix(" ") for line in lines[:size]), "\n".join(lines[size:])


def join(comment: str, body: str) -> str:
    return "\n".join(f"-- {line}".rstrip() for line in comment.split("\n")) + "\n" + body


def tables() -> dict[str, Table]:
    return {table.name: table for table, _ in (parse_table(path, text) for path, text in TABLE_TEXTS.items())}


def found_in(path: Path, text: str) -> tuple[Diagnostic, ...]:
    file, unread = parse_map_file(path.name, text)
    assert not unread, "the planted map must be readable"
    profiles, odd = read_profiles(
        {"profiles/clinic_patient.json": PROFILE_TEXTS["profiles/clinic_patient.json"], **SPOILT.get(path.stem[:4], {})}
    )
    found = check([file], tables(), FUNCTIONS, profiles)
    return shorten((*odd, *without_guesses(found, odd, {})))


def report(path: Path, text: str) -> str:
    shown = (one for one in found_in(path, text) if one.is_error or one.code.name == path.stem[:4])
    sources = {path.name: text, **TABLE_TEXTS}
    return "\n".join(render_diagnostic(one, sources) for one in shown)


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_golden_of_the_checker(path: Path, update: bool) -> None:
    text = path.read_bytes().decode()
    if update:
        for _ in range(3):
            text = join(report(path, text), split(text)[1])
        path.write_bytes(text.encode())
    expected, _ = split(text)
    assert report(path, text) == expected


def test_each_code_of_the_checker_has_a_golden() -> None:
    assert {path.stem[:4] for path in GOLDENS} == {code.name for code in (*CODES, *PROFILE_CODES)}


def test_each_golden_of_the_checker_shows_only_its_own_code() -> None:
    """One cause, one report."""
    for path in GOLDENS:
        expected, _ = split(path.read_bytes().decode())
        heads = [line for line in expected.split("\n") if line.startswith(("error[", "warning[", "note[", "information["))]
        assert heads, path.stem
        assert {head.partition("[")[2][:4] for head in heads} == {path.stem[:4]}, path.stem
