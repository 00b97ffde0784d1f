"""`calder convert --to v2`: which map writes, and what comes from the message that the resources were made of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.cli import build

ADT = (
    "MSH|^~\\&|PAS|RWY|HUB|CALDER|20260301120000+0000||ADT^A08^ADT_A01|77|T|2.5.1\r"
    "EVN|A08|20260301120000+0000|||me\rPID|1|old|9990000018^^^NHS^NH^&kept||Testcase^Ann||19700101|F|||||01484 555 0172|01484 555 0100\r"
    "PV1|1|I|Ward 12^Bay B^Bed 3\rZPI|1|care plan\r"
)
ORU = (
    "MSH|^~\\&|LAB|RWY|HUB|CALDER|20260301120000+0000||ORU^R01^ORU_R01|78|P|2.5.1\rPID|1||9990000018^^^NHS^NH||Testcase^Ann||19700101|F\r"
    "ORC|RE|A1|F1\rOBR|1|A1|F1^LAB|us-1^Urea^WinPath|||20260301115500+0000||||||||||||||||||F\r"
    "OBX|1|NM|u-1^Urea^WinPath|7|5.4|mmol/L^^UCUM|2.5 - 7.8||||F|||20260301115500+0000|lab\rNTE|1|L|Haemolysed\r"
)


def calder(*arguments: str | Path, stdin: str | None = None) -> Result:
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(build(words), words, input=stdin, prog_name="calder")


def made_of(text: str, folder: Path) -> tuple[Path, Path]:
    message, bundle = folder / "message.hl7", folder / "bundle.json"
    message.write_bytes(text.encode())
    bundle.write_text(calder("convert", message).stdout, encoding="utf-8")
    return message, bundle


@pytest.mark.parametrize("text", [ADT, ORU])
def test_with_the_message_they_came_from_the_resources_give_it_back(text: str, tmp_path: Path) -> None:
    message, bundle = made_of(text, tmp_path)
    result = calder("convert", "--to", "v2", "--residue", message, bundle)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.replace("\n", "\r") == text


def test_without_it_they_give_what_rows_write(tmp_path: Path) -> None:
    _, bundle = made_of(ORU, tmp_path)
    result = calder("convert", bundle)
    assert result.exit_code == 0
    lines = result.stdout.replace("\n", "\r").split("\r")
    assert [line[:3] for line in lines[:5]] == ["MSH", "PID", "OBR", "OBX", "NTE"]
    assert "ORU^R01" in lines[0]
    assert "lab" not in result.stdout


def test_a_changed_resource_is_written_of_fhir_and_that_is_said(tmp_path: Path) -> None:
    message, bundle = made_of(ADT, tmp_path)
    document = json.loads(bundle.read_text(encoding="utf-8"))
    next(entry["resource"] for entry in document["entry"] if entry["resource"]["resourceType"] == "Patient")["birthDate"] = "1971-02-03"
    bundle.write_text(json.dumps(document), encoding="utf-8")
    result = calder("convert", "--residue", message, "--to", "v2", bundle)
    assert "|19710203|" in result.stdout
    assert "|old|" not in result.stdout
    assert "M492" in result.stderr
    assert "1971" not in result.stderr


def test_of_several_messages_the_one_that_made_them_is_taken(tmp_path: Path) -> None:
    message, bundle = made_of(ADT, tmp_path)
    message.write_bytes((ORU + ADT).encode())
    assert calder("convert", "--to", "v2", "--residue", message, bundle).stdout.replace("\n", "\r") == ADT


def test_another_message_is_no_residue_of_theirs(tmp_path: Path) -> None:
    message, bundle = made_of(ADT, tmp_path)
    message.write_bytes(ORU.encode())
    result = calder("convert", "--to", "v2", "--residue", message, bundle)
    assert result.exit_code == 0
    assert "M054" in result.stderr


@pytest.mark.parametrize(
    ("types", "code"),
    [(("Patient", "Encounter"), 0), (("Patient", "DiagnosticReport", "Observation"), 0), (("Flag",), 1), (("Patient",), 1)],
)
def test_the_map_is_found_where_only_one_can_write_them(types: tuple[str, ...], code: int) -> None:
    found = [{"resourceType": kind, "id": kind.lower(), "subject": {"reference": "Patient/patient"}} for kind in types]
    result = calder("convert", "--to", "v2", "-", stdin=json.dumps(found))
    assert (result.exit_code, "M053" in result.stderr) == (code, bool(code))


def test_residue_is_nothing_for_fhir(tmp_path: Path) -> None:
    message, _ = made_of(ADT, tmp_path)
    assert calder("convert", "--to", "fhir", "--residue", message, message).exit_code == 2
    assert calder("convert", "--to", "v2", "--residue", tmp_path / "none.hl7", message).exit_code == 2
