"""`mappings/local` on the command line: whose overlays are in force, what is reported, `list --effective`, `new`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.cli import build
from hub.cli.map_set import load_sets

SEX = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n,1,,->,,male,,\n,2,,->,,female,,\n"
OVERLAY = """overlay pid
  drop row marriage because "typed at random"
  drop PID-16 because "typed at random"

test "sex by number" of pid
  v2   PID|||||||19700101|1
  fhir {"gender": "male"}
"""
ZPI = 'segment ZPI "Extras"\n  1 ID "Plan held"\n\nmap zpi : v2 ZPI <-> fhir Patient\n  plan ZPI-1 <-> extension("https://example.org/plan").valueBoolean\n'
MESSAGE = (
    "MSH|^~\\&|PAS|RCF|C|D|20260101||ADT^A01^ADT_A01|1|P|2.4\rEVN|A01|20260101\r"
    "PID|1||9990000018^^^NHS^NH||Testcase^Ann||19700101|1||||||||M\rPV1|1|I\rZPI|Y\r"
)


def calder(*arguments: str | Path) -> Result:
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(build(words), words, prog_name="calder")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with the overlays of one source, and a Z-segment for all."""
    local = tmp_path / "mappings" / "local"
    (local / "airedale" / "tables").mkdir(parents=True)
    (local / "zpi.map").write_text(ZPI)
    (local / "airedale" / "pid.map").write_text(OVERLAY)
    (local / "airedale" / "adt.map").write_text("overlay adt\n  extras ZPI <-> patient by zpi\n")
    (local / "airedale" / "tables" / "administrative_sex.csv").write_text(SEX)
    (tmp_path / "adt.hl7").write_bytes(MESSAGE.encode())
    monkeypatch.chdir(tmp_path)
    return local


def patient(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.stderr
    return next(entry["resource"] for entry in json.loads(result.stdout)["entry"] if entry["resource"]["resourceType"] == "Patient")


def test_each_source_converts_with_its_own_maps(site: Path) -> None:
    own, other = patient(calder("convert", "adt.hl7", "--source", "airedale")), patient(calder("convert", "adt.hl7"))
    assert own["gender"] == "male"
    assert own["extension"] == [{"url": "https://example.org/plan", "valueBoolean": True}]
    assert "maritalStatus" not in own
    assert ("gender" in other, "extension" in other, "maritalStatus" in other) == (False, False, True)


def test_maps_given_by_name_bring_the_rest_of_their_folder(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    own = patient(calder("convert", tmp_path / "adt.hl7", "--maps", site / "airedale", "--source", "airedale"))
    assert "extension" in own  # zpi.map lies beside it


def test_a_source_without_overlays_is_told_that_others_have_some(site: Path) -> None:
    result = calder("convert", "adt.hl7", "--source", "bradford")
    assert "no overlays in mappings/local/bradford: the maps of the site are used (overlays: airedale)" in result.stderr
    assert "gender" not in patient(result)


def test_a_slip_in_the_name_of_a_source_converts_nothing(site: Path) -> None:
    result = calder("convert", "adt.hl7", "--source", "airdale")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean `airedale`?" in result.stderr


def test_check_looks_at_every_set_and_reports_what_was_named(site: Path) -> None:
    assert calder("map", "check").exit_code == 0
    (site / "airedale" / "pid.map").write_text('overlay pid\n  sex PID-8 <-> gendr\n  drop row marrige because "so"\n')
    everything = calder("map", "check", "--json")
    found = json.loads(everything.stdout)["diagnostics"]
    assert everything.exit_code == 1
    assert [(each["code"], each["file"], each["line"]) for each in found if each["severity"] == "error"] == [
        ("M205", "local/airedale/pid.map", 2),
        ("M301", "local/airedale/pid.map", 3),
    ]
    assert found[1]["fix"] == "did you mean `marriage`?"
    assert calder("map", "check", site / "zpi.map").exit_code == 0


def test_a_map_that_only_one_source_calls_is_called(site: Path) -> None:
    assert "M240" not in calder("map", "check", site).stderr
    (site / "airedale" / "adt.map").unlink()
    assert "M240" in calder("map", "check", site).stderr


def test_an_error_that_only_a_source_has_is_not_the_sites(site: Path) -> None:
    (site / "bradford").mkdir()
    (site / "bradford" / "zpi.map").write_text('segment ZPI "Other extras"\n  1 CX "Number"\n')
    result = calder("map", "check", site)
    assert result.exit_code == 1
    assert "local/zpi.map:5" in result.stderr  # the site's row does not fit what bradford sends


def test_tests_of_an_overlay_run_with_its_sources_maps(site: Path) -> None:
    assert calder("map", "test", site).stderr == "1 passed, 0 failed\n"
    (site / "airedale" / "tables" / "administrative_sex.csv").unlink()
    result = calder("map", "test", site)
    assert result.exit_code == 1
    assert "gender: expected" in result.stderr


def test_what_is_in_force_with_its_file_and_line(site: Path) -> None:
    rules = json.loads(calder("map", "list", "--effective", "airedale", "--json").stdout)
    by_name = {(rule["map"], rule["name"]): rule for rule in rules if rule["name"]}
    extras, sex, marriage = by_name["adt", "extras"], by_name["pid", "sex"], by_name["pid", "marriage"]
    assert (extras["level"], extras["file"], extras["line"], extras["text"]) == ("source", "local/airedale/adt.map", 2, "ZPI <-> patient")
    assert (sex["level"], sex["file"], sex["dropped"]) == ("packaged", "hl7v2/segments/pid.map", None)
    assert marriage["level"] == "packaged"
    assert marriage["dropped"] == {"because": "typed at random", "file": "local/airedale/pid.map", "line": 2}
    assert by_name["zpi", "plan"]["level"] == "site"
    others = json.loads(calder("map", "list", "--effective", "bradford", "--json").stdout)
    assert not any(rule["dropped"] or rule["level"] == "source" for rule in others)


def test_the_lines_of_tables_that_overlays_wrote(site: Path) -> None:
    (site / "tables").mkdir()
    (site / "tables" / "administrative_sex.csv").write_text(SEX.replace(",1,,->,,male,,", "urn:ours,9,,<->,http://hl7.org/fhir/x,other,,"))
    (site / "tables" / "ours.csv").write_text(SEX)

    def lines(source: str) -> list[tuple[str, str, int, str]]:
        rules = json.loads(calder("map", "list", "--effective", source, "--json").stdout)
        found = [rule for rule in rules if rule["kind"] == "line"]
        assert all(rule["map"] is None for rule in found)
        return [(rule["text"], rule["file"], rule["line"], rule["level"]) for rule in found if rule["table"] == "administrative_sex"]

    of_site, of_source = "local/tables/administrative_sex.csv", "local/airedale/tables/administrative_sex.csv"
    nine = ("urn:ours|9 <-> http://hl7.org/fhir/x|other", of_site, 2, "site")
    assert lines("bradford") == [nine, ("2 -> female", of_site, 3, "site")]
    assert lines("airedale") == [nine, ("2 -> female", of_source, 3, "source"), ("1 -> male", of_source, 2, "source")]
    text = calder("map", "list", "--effective", "airedale", "--changed").stdout
    assert "\ntable ours\n" in text
    assert re.search(r"\n  1 +1 -> male +source +local/airedale/tables/administrative_sex.csv:2\n", text)


def test_only_what_overlays_changed(site: Path) -> None:
    text = calder("map", "list", "--effective", "airedale", "--changed").stdout
    assert "dropped: typed at random (local/airedale/pid.map:2)" in text
    assert "hl7v2/messages/adt.map" not in text
    assert calder("map", "list", "--changed").exit_code == 2


# --- new


@pytest.mark.parametrize("kind", [("--segment", "PID"), ("--structure", "ADT_A01"), ("--z", "ZPI")])
def test_a_beginning_is_in_the_one_style_and_passes_check(kind: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "begun.map"
    assert calder("map", "new", "begun", *kind, "--out", out).exit_code == 0
    assert calder("map", "fmt", "--check", out).exit_code == 0
    result = calder("map", "check", out)
    assert (result.exit_code, "error[" in result.stderr) == (0, False)
    assert calder("map", "new", "begun", *kind, "--out", out).exit_code == 2  # nothing is overwritten


def test_a_beginning_from_messages_has_their_places_and_none_of_their_values(site: Path) -> None:
    text = calder("map", "new", "mine", "--segment", "PID", "--from", "adt.hl7").stdout
    assert "PID-8 " in text
    assert "PID-9 " not in text
    assert "Testcase" not in text
    assert "9990000018" not in text
    extras = calder("map", "new", "more", "--z", "ZPI", "--from", "adt.hl7").stdout
    assert '  1 ST "field 1"  -- once\n' in extras.replace("  1 ST  ", "  1 ST ")
    structure = calder("map", "new", "all", "--structure", "ADT_A01", "--from", "adt.hl7").stdout
    assert "-- pid PID <-> Patient by pid" in structure
    assert "zpi ZPI" in structure
    assert "NK1" not in structure


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("x",), "say one of"),
        (("x", "--segment", "PID", "--z", "ZPI"), "say one of"),
        (("pid", "--z", "ZPI"), "overlay pid"),
        (("x", "--segment", "PIDD"), "HL7 2.5.1 has no PIDD"),
        (("x", "--segment", "STF"), "--to"),
        (("x", "--structure", "ADT_A0"), "did you mean ADT_A01?"),
        (("x", "--z", "zpi"), "begins with Z"),
        (("x", "--segment", "PID", "--version", "2.9"), "--version"),
        (("9 x", "--segment", "PID"), "NAME begins with a letter"),
        (("x", "--segment", "PID", "--from", "nowhere"), "nowhere"),
        (("x", "--z", "ZQQ", "--from", "adt.hl7"), "has ZQQ"),
    ],
)
def test_what_cannot_be_begun(arguments: tuple[str, ...], said: str, site: Path) -> None:
    result = calder("map", "new", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


# --- bad input


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00overlay",
        b"overlay pid\r\n\tsex PID-8 <-> gender\r\n",
        b"\xef\xbb\xbfoverlay pid\n",
        b"overlay adt\n  each NOWHERE\n    x PID-5 <-> Patient.name\n",
        b"overlay pid\n" + b"  x PID-7 <-> birthDate\n" * 250_000,
        b"",
        b"overlay " * 50_000,
    ],
    ids=["utf-16", "tab", "bom", "each", "5 MB", "empty", "one line"],
)
def test_a_bad_overlay_is_reported_with_its_file(content: bytes, site: Path) -> None:
    (site / "airedale" / "bad.map").write_bytes(content)
    result = calder("map", "check", site / "airedale" / "bad.map")
    assert result.exit_code in (0, 1)
    assert "local/airedale/bad.map:" in result.stderr
    assert "Traceback" not in result.stderr
    assert calder("map", "test", site).exit_code in (0, 1)


# --- which sets


def test_over_all_sets_each_file_comes_once(site: Path) -> None:
    sets = load_sets([site])
    assert [each.source for each in sets] == [None, "airedale"]
    own = [name for each in sets for name in each.own]
    assert sorted(own) == sorted(set(own)) == sorted(sets[1].named)
    assert [each.source for each in load_sets([site / "airedale"])] == ["airedale"]
    assert [each.source for each in load_sets([site / "airedale", site / "zpi.map"])] == [None, "airedale"]


def test_a_file_of_the_name_of_a_packaged_one_with_another_map_is_one_more(tmp_path: Path) -> None:
    (tmp_path / "pid.map").write_text("map ours : v2 PV1 <-> fhir Encounter\n  number PV1-19.1 <-> identifier[1].value\n")
    (loaded,) = load_sets([tmp_path / "pid.map"])
    assert loaded.named == {"pid.map"}
    assert {"ours", "pid"} <= set(loaded.maps.maps)
