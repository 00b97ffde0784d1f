"""`calder map coverage`: what it shows, what it never shows, and its exit codes; and how a corpus is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.app import corpus as reading
from hub.app.corpus import Corpus
from hub.settings.map_files import read_packaged
from tests.unit.cli.test_map_commands import ADT, calder

SECRET = ADT.replace("|F\r", f"|F{'|' * 37}SECRET\r")  # PID-45: HL7 has none, a sender did


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "one.hl7").write_bytes(ADT.encode())
    (tmp_path / "in" / "batch.txt").write_bytes((ADT + "\r\n" + ADT.replace("|77|", "|78|")).replace("\r", "\r\n").encode())
    (tmp_path / "in" / "notes.md").write_text("not a message")
    return tmp_path / "in"


def bodies(*paths: Path) -> list[tuple[str, int, bytes]]:
    return [(Path(each.file).name, each.index, each.body) for each in Corpus(paths)]


def test_a_folder_is_counted_message_by_message(folder: Path) -> None:
    result = calder("map", "coverage", folder)
    assert result.exit_code == 0
    assert "3 messages: 3 converted, 0 without a map, 0 refused" in result.stdout
    assert "1 other files" in result.stdout


def test_json_has_stable_keys(folder: Path) -> None:
    found = json.loads(calder("map", "coverage", folder, "--json").stdout)
    assert list(found) == [
        "messages",
        "converted",
        "populated",
        "explained",
        "share",
        "fields",
        "unsupported",
        "refused",
        "rules_never_fired",
        "maps_never_used",
        "elements_never_filled",
        "other_files",
        "not_listed",
    ]
    assert (found["messages"], found["share"], found["fields"]) == (3, 100.0, [])
    assert {"rule", "file", "line"} == set(found["rules_never_fired"][0])


def test_a_field_that_nothing_takes_is_shown_by_its_name_and_never_by_its_value(folder: Path) -> None:
    (folder / "one.hl7").write_bytes(SECRET.encode())
    for more in ([], ["--json"]):
        result = calder("map", "coverage", folder, *more)
        assert "PID-45" in result.stdout
        assert "SECRET" not in result.output
    found = json.loads(calder("map", "coverage", folder, "--json").stdout)["fields"]
    assert [(each["place"], each["messages"], each["occurrences"], each["type"]) for each in found] == [("PID-45", 1, 1, "ADT^A01")]


def test_the_share_is_held_against_a_limit(folder: Path) -> None:
    (folder / "one.hl7").write_bytes(SECRET.encode())
    assert calder("map", "coverage", folder, "--fail-under", "50").exit_code == 0
    failed = calder("map", "coverage", folder, "--fail-under", "100")
    assert failed.exit_code == 1
    assert "100.00 %" not in failed.output


def test_a_leftover_planted_in_a_copy_of_a_map_is_reported(folder: Path, tmp_path: Path) -> None:
    text = read_packaged().maps["hl7v2/messages/adt.map"]
    planted = "\n".join(line for line in text.split("\n") if not line.strip().startswith("keep EVN"))
    assert planted != text
    copy = tmp_path / "mappings" / "hl7v2" / "messages" / "adt.map"
    copy.parent.mkdir(parents=True)
    copy.write_text(planted)
    result = calder("map", "coverage", folder, "--maps", tmp_path / "mappings", "--json", "--fail-under", "100")
    assert result.exit_code == 1
    assert [each["place"] for each in json.loads(result.stdout)["fields"]] == ["EVN"]


def test_no_such_folder_and_no_message_are_usage(tmp_path: Path) -> None:
    assert calder("map", "coverage", tmp_path / "nowhere").exit_code == 2
    assert calder("map", "coverage", tmp_path).exit_code == 2
    assert calder("map", "coverage").exit_code == 2


# --- reading a corpus


def test_messages_of_any_line_ends_and_batches_come_one_by_one(folder: Path) -> None:
    found = bodies(folder)
    assert [(file, index) for file, index, _ in found] == [("batch.txt", 0), ("batch.txt", 1), ("one.hl7", 0)]
    assert found[2][2] == ADT.encode()


def test_a_file_that_is_read_in_pieces_gives_the_same_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "many.hl7"
    path.write_bytes(b"".join(ADT.replace("|77|", f"|{number}|").encode() for number in range(30)))
    whole = bodies(path)
    assert len(whole) == 30
    for size in (1, 7, len(ADT) - 1, len(ADT), len(ADT) + 1, 1000):
        monkeypatch.setattr(reading, "_PIECE", size)
        assert bodies(path) == whole


def test_a_file_of_utf_16_comes_whole(tmp_path: Path) -> None:
    path = tmp_path / "wide.hl7"
    path.write_bytes((ADT + ADT).encode("utf-16"))
    assert len(bodies(path)) == 2


def test_a_named_file_is_read_whatever_it_holds_and_others_are_passed_over(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("nothing")
    assert len(bodies(note)) == 1
    assert bodies(tmp_path) == []


HUB = """\
hub: {name: a, url: https://hub.example, timezone: %s}
store: {url: sqlite:hub.db}
sources:
  - {name: airedale, connector: mllp, listen: 127.0.0.1:0}
"""
NIGHT = ADT.replace("PV1|1|I|Ward 12^Bay B^Bed 3", f"PV1|1|I|Ward 12^Bay B^Bed 3{'|' * 41}20260329013000")  # no such time in London


def test_a_source_has_its_parameters_of_hub_yaml(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "batch.txt").unlink()
    (folder / "one.hl7").write_bytes(NIGHT.encode())
    local = tmp_path / "mappings" / "local"
    local.mkdir(parents=True)
    ours, other = tmp_path / "hub.yaml", tmp_path / "other.yaml"
    ours.write_text(HUB % "Etc/UTC")
    other.write_text(HUB % "Europe/London")

    def converted(*arguments: str | Path) -> int:
        result = calder("map", "coverage", folder, "--json", *arguments)
        assert result.exit_code == 0, result.stderr
        found = json.loads(result.stdout)["converted"]
        assert isinstance(found, int)
        return found

    assert converted("--maps", local, "--source", "airedale") == 1
    assert converted("--maps", local, "--source", "airedale", "--config", other) == 0
    assert converted("--maps", local) == 0
    monkeypatch.chdir("/")
    assert converted("--source", "airedale") == 0
    monkeypatch.chdir(tmp_path)
    assert converted("--source", "airedale") == 1
    result = calder("map", "coverage", folder, "--source", "bradford")
    assert "hub.yaml: no source `bradford`" in result.stderr
