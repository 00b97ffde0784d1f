"""`calder convert`, `map` and `explain`: what is printed where, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.cli import COMMANDS, build
from hub.cli.explain import iter_codes

ADT = (
    "MSH|^~\\&|LAB|RMW|HUB|CALDER|20260301120000+0000||ADT^A01^ADT_A01|77|P|2.5\r"
    "EVN|A01|20260301120000+0000\rPID|1||9990000018^^^NHS^NH||Testcase^Ann||19700101|F\rPV1|1|I|Ward 12^Bay B^Bed 3\r"
)
GOOD = (
    'map probe : v2 CX <-> fhir Identifier\n  value CX.1 <-> value\n  drop CX.2 because "so"\n\ntest "t"\n  v2   A\n  fhir {"value": "A"}\n'
)


def calder(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(build(words), words, input=stdin, prog_name="calder")


@pytest.fixture
def adt(tmp_path: Path) -> Path:
    path = tmp_path / "adt.hl7"
    path.write_bytes(ADT.encode())
    return path


# --- convert


def test_one_message_is_a_transaction_for_people_to_read(adt: Path) -> None:
    result = calder("convert", adt)
    bundle = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "transaction")
    assert result.stdout.startswith('{\n  "resourceType"')
    assert all(entry["fullUrl"].startswith("urn:uuid:") and entry["request"]["method"] in ("PUT", "POST") for entry in bundle["entry"])
    assert "Patient" in {entry["resource"]["resourceType"] for entry in bundle["entry"]}


def test_the_same_message_gives_the_same_bytes(adt: Path) -> None:
    assert calder("convert", adt).stdout == calder("convert", adt).stdout


def test_several_messages_are_a_line_each(adt: Path) -> None:
    adt.write_bytes((ADT + ADT.replace("|77|", "|78|")).encode())
    result = calder("convert", adt)
    assert [json.loads(line)["resourceType"] for line in result.stdout.splitlines()] == ["Bundle", "Bundle"]


def test_json_lines_have_the_five_keys_and_refused_messages_too(adt: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.hl7"
    other.write_bytes(ADT.replace("ADT^A01^ADT_A01", "ZZZ^Z01^ZZZ_Z01").encode())
    result = calder("convert", "--json", adt, other)
    good, bad = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert list(good) == list(bad) == ["file", "index", "ok", "output", "diagnostics"]
    assert (good["file"], good["index"], good["ok"]) == (str(adt), 0, True)
    assert (bad["file"], bad["ok"], bad["output"]) == (str(other), False, None)
    assert [each["code"] for each in bad["diagnostics"]] == ["M050"]


def test_diagnostics_go_to_standard_error(adt: Path) -> None:
    adt.write_bytes(ADT.replace("ADT^A01^ADT_A01", "ZZZ^Z01^ZZZ_Z01").encode())
    result = calder("convert", adt)
    assert result.stdout == ""
    assert "error[M050]" in result.stderr


def test_standard_input() -> None:
    result = calder("convert", "-", "--json", stdin=ADT.encode())
    assert json.loads(result.stdout)["file"] == "-"


def test_a_trace_says_where_each_value_came_from_and_never_the_value(adt: Path) -> None:
    result = calder("convert", adt, "--trace")
    assert any("birthDate <- PID-7" in line for line in result.stderr.splitlines())
    assert "Testcase" not in result.stderr
    assert "1970" not in result.stderr


def test_there_and_back(adt: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.json"
    bundle.write_text(calder("convert", adt).stdout)
    result = calder("convert", bundle, "--map", "adt")
    assert result.exit_code == 0, result.stderr
    assert "PID|1||9990000018^^^NHS^NH||Testcase^Ann||19700101|F" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("convert",),
        ("convert", "no-such-file.hl7"),
        ("convert", "-", "--to", "v2", "--format", "json"),
        ("convert", "-", "--map", "no_such_map"),
        ("convert", "-", "--to", "word"),
        ("map", "check", "no-such-folder"),
        ("map", "fmt"),
        ("map", "wibble"),
        ("wibble",),
    ],
)
def test_usage_is_exit_2_and_prints_nothing_on_standard_output(arguments: tuple[str, ...]) -> None:
    result = calder(*arguments, stdin=ADT)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr


@pytest.mark.parametrize("text", ["", "hello", '{"a": 1}', "[]", '{"resourceType": "Bundle", "entry": [1]}', "{broken\n{broken"])
def test_files_that_are_no_messages(text: str) -> None:
    result = calder("convert", "-", "--json", stdin=text)
    assert result.exit_code == 1
    assert all(json.loads(line)["ok"] is False for line in result.stdout.splitlines())
    assert result.stdout


# --- map


def test_check_finds_errors_only_in_the_files_that_were_named(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.map", tmp_path / "bad.map"
    good.write_text(GOOD)
    bad.write_text("map other : v2 CX <-> fhir Identifier\n  value CX.1 -> value\n")
    assert calder("map", "check", good).exit_code == 0
    result = calder("map", "check", bad, "--json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["ok"], answer["errors"]) == (1, False, 1)
    assert [(each["code"], each["line"], each["column"]) for each in answer["diagnostics"] if each["severity"] == "error"] == [
        ("M017", 2, 14)
    ]


def test_test_shows_what_differs(tmp_path: Path) -> None:
    file = tmp_path / "probe.map"
    file.write_text(GOOD)
    assert calder("map", "test", file).exit_code == 0
    file.write_text(GOOD.replace('"value": "A"', '"value": "B"'))
    result = calder("map", "test", file)
    assert result.exit_code == 1
    assert 'value: expected "B", found "A"' in result.stderr


def test_fmt_writes_the_style_and_leaves_what_it_cannot_read(tmp_path: Path) -> None:
    file = tmp_path / "probe.map"
    crooked = GOOD.replace("  value CX.1 <-> value", "  value   CX.1<->value")
    file.write_bytes(crooked.encode())
    assert calder("map", "fmt", "--check", file).exit_code == 1
    assert file.read_text() == crooked
    assert calder("map", "fmt", tmp_path).exit_code == 0
    assert file.read_text() == GOOD
    assert calder("map", "fmt", "--check", file).exit_code == 0
    file.write_text("nonsense\n")
    assert calder("map", "fmt", file).exit_code == 1
    assert file.read_text() == "nonsense\n"


def test_explain_a_value_and_a_gap(adt: Path) -> None:
    result = calder("map", "explain", adt, "Patient.birthDate")
    assert result.exit_code == 0
    assert "birthDate <- PID-7" in result.stdout
    assert "1970" not in result.stdout
    result = calder("map", "explain", adt, "Patient.maritalStatus")
    assert result.exit_code == 1
    assert "these rows could" in result.stdout
    assert "PID-16" in result.stdout


# --- explain, help


def test_explain_a_code() -> None:
    result = calder("explain", "m017")
    assert result.exit_code == 0
    assert "a one-way row needs a reason" in result.stdout
    result = calder("explain", "M01Z")
    assert (result.exit_code, result.stdout) == (1, "")


def test_every_code_has_a_page_and_is_used_once() -> None:
    codes = list(iter_codes())
    assert len({code.name for code in codes}) == len(codes)
    assert all(code.title and code.explain for code in codes)


@pytest.mark.parametrize("command", [command.name for command in COMMANDS if command.name in ("convert", "map", "explain")])
def test_help_has_an_example(command: str) -> None:
    assert "Example: calder" in calder(command, "--help").stdout


@pytest.mark.parametrize("command", ["check", "test", "fmt", "list", "explain"])
def test_help_of_each_map_command_has_an_example(command: str) -> None:
    assert f"Example: calder map {command}" in calder("map", command, "--help").stdout
