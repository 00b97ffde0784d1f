"""`calder map diff`: over a corpus and over the archive, from files and from kept sets; exit codes; who saw values."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from hub.app.installed import load_maps
from hub.core.lifecycle import MessageState
from hub.store.sqlite import open_store
from tests.unit.cli.stored import audit_of, keep_maps, keep_messages
from tests.unit.cli.test_map_commands import ADT, calder

SEX = "tables/administrative_sex.csv"
HOUR = timedelta(hours=1)


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """The packaged maps with one line of one table changed."""
    text = load_maps().texts.tables[SEX]
    assert ",female," in text
    folder = tmp_path / "candidate" / "mappings"
    (folder / "tables").mkdir(parents=True)
    (folder / SEX).write_text(text.replace("F,Female,<->", "F,Female,->").replace(",female,", ",unknown,"))
    return folder


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "adt.hl7").write_bytes((ADT + ADT.replace("|F\r", "|M\r") + ADT).encode())
    return folder


def test_one_line_of_a_table_is_one_group(candidate: Path, corpus: Path) -> None:
    result = calder("map", "diff", "packaged", candidate, "--corpus", corpus, "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (found["messages"], found["changed"], found["unreadable"]) == (3, 2, 0)
    (group,) = found["groups"]
    assert (group["rule"], group["path"], group["kind"], group["messages"]) == ("pid.sex", "Patient.gender", "changed", 2)
    assert group["file"] == "hl7v2/segments/pid.map"
    assert list(group["examples"][0]) == ["message"]
    assert group["examples"][1]["message"] == f"message 3 of {corpus / 'adt.hl7'}"


def test_people_see_the_rule_its_line_and_a_message_and_no_value(candidate: Path, corpus: Path) -> None:
    result = calder("map", "diff", "packaged", candidate, "--corpus", corpus)
    assert result.exit_code == 1
    assert "3 messages: 2 of them would change" in result.stdout
    assert "pid.sex   hl7v2/segments/pid.map:" in result.stdout
    assert "Patient.gender  changed  2 messages  e.g. message 1 of" in result.stdout
    assert "female" not in result.stdout
    shown = calder("map", "diff", "packaged", candidate, "--corpus", corpus, "--show-values")
    assert '"female" -> "unknown"' in shown.stdout


def test_nothing_changes(corpus: Path) -> None:
    assert calder("map", "diff", "packaged", "packaged", "--corpus", corpus).exit_code == 0


def test_what_cannot_be_done_as_typed(candidate: Path, corpus: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.map"
    bad.write_text("map")
    for arguments in (
        ("packaged", candidate),
        ("packaged", candidate, "--corpus", corpus, "--replay", "7d"),
        ("packaged", candidate, "--corpus", tmp_path / "nowhere"),
        ("packaged", tmp_path / "nowhere", "--corpus", corpus),
        ("packaged", "abcdef", "--corpus", corpus, "--data", tmp_path),
        ("packaged", bad, "--corpus", corpus),
        ("packaged", candidate, "--replay", "a week", "--data", tmp_path),
        ("packaged", candidate, "--replay", "7d", "--data", tmp_path),
    ):
        result = calder("map", "diff", *arguments)
        assert result.exit_code == 2, arguments
        assert result.stderr.startswith(("calder:", "error["))


def test_a_folder_alone_stands_for_itself(corpus: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    found = json.loads(calder("map", "diff", "packaged", f"only:{empty}", "--corpus", corpus, "--json").stdout)
    assert [(group["old_outcome"], group["new_outcome"], group["messages"]) for group in found["groups"]] == [("converted", "no map", 3)]


def test_the_archive_of_the_last_days_beside_a_running_hub(candidate: Path, tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    body = ADT.encode()
    numbers = keep_messages(path, ("pas", body, 200 * HOUR), ("pas", body, 3 * HOUR), ("replay:pas", body, HOUR), ("pas", body, HOUR))
    keep_messages(path, ("pas", body, HOUR), state=MessageState.DUPLICATE)
    writer = open_store(path)
    try:
        found = json.loads(calder("map", "diff", "packaged", candidate, "--replay", "7d", "--data", tmp_path, "--json").stdout)
        masked = calder("map", "diff", "packaged", candidate, "--replay", "7d", "--data", tmp_path, "--show-values")
    finally:
        asyncio.run(writer.close())
    assert (found["messages"], found["changed"]) == (2, 2)
    assert [each["message"] for each in found["groups"][0]["examples"]] == [f"message {numbers[3]}", f"message {numbers[1]}"]
    assert masked.exit_code == 2
    assert "stay masked" in masked.stderr
    assert "female" not in masked.output
    assert audit_of(path) == []


def test_values_of_archived_messages_are_shown_after_the_audit_says_to_whom(candidate: Path, tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    (number,) = keep_messages(path, ("pas", ADT.encode(), HOUR))
    shown = calder("map", "diff", "packaged", candidate, "--replay", "2h", "--data", tmp_path, "--show-values")
    assert '"female" -> "unknown"' in shown.stdout
    (row,) = audit_of(path)
    assert (row.interaction, row.receipt, row.person, row.action, row.outcome) == ("map diff --show-values", number, "p1", "R", "0")
    assert row.user


def test_a_set_that_the_hub_has_used_by_the_beginning_of_its_digest(candidate: Path, corpus: Path, tmp_path: Path) -> None:
    maps = load_maps()
    keep_maps(tmp_path / "hub.db", maps)
    for beginning in (maps.digest[:6], maps.digest, maps.digest[:10].upper()):
        result = calder("map", "diff", beginning, candidate, "--corpus", corpus, "--data", tmp_path, "--json")
        assert result.exit_code == 1
        assert json.loads(result.stdout)["old"] == maps.digest
    assert calder("map", "diff", maps.digest[:6], "packaged", "--corpus", corpus, "--data", tmp_path).exit_code == 0
