"""Which files are maps and tables, and what they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.settings.map_files import MapFilesError, read_folders, read_packaged


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def test_the_packaged_maps_and_tables() -> None:
    texts = read_packaged()
    assert "hl7v2/segments/pid.map" in texts.maps
    assert "tables/observation_status.csv" in texts.tables
    assert not any("structures" in name for name in texts.tables)


def test_a_folder_called_mappings_gives_the_names_of_the_packaged_ones(tmp_path: Path) -> None:
    write(tmp_path, "mappings/hl7v2/segments/pid.map", "mappings/tables/a.csv", "mappings/hl7v2/structures/b.csv", "mappings/notes.txt")
    texts = read_folders([tmp_path / "mappings" / "hl7v2", tmp_path / "mappings" / "tables"])
    assert list(texts.maps) == ["hl7v2/segments/pid.map"]
    assert list(texts.tables) == ["tables/a.csv"]
    assert texts.paths["hl7v2/segments/pid.map"].is_file()


def test_any_other_folder_and_single_files(tmp_path: Path) -> None:
    write(tmp_path, "site/zpi.map", "site/codes.csv", "one.map")
    texts = read_folders([tmp_path / "site", tmp_path / "one.map"])
    assert sorted(texts.maps) == ["one.map", "zpi.map"]
    assert list(texts.tables) == ["tables/codes.csv"]


def test_a_file_of_a_site_stands_in_the_place_of_the_packaged_one(tmp_path: Path) -> None:
    write(tmp_path, "mappings/hl7v2/segments/pid.map")
    packaged = read_packaged()
    texts = packaged.overlaid(read_folders([tmp_path]))
    assert texts.maps["hl7v2/segments/pid.map"] == "mappings/hl7v2/segments/pid.map"
    assert len(texts.maps) == len(packaged.maps)


def test_bytes_that_are_not_utf_8_are_kept_for_the_parser_to_report(tmp_path: Path) -> None:
    (tmp_path / "a.map").write_bytes(b"map caf\xe9")
    assert read_folders([tmp_path]).maps["a.map"] == "map caf\ufffd"


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MapFilesError, match=r"nowhere\.map"):
        read_folders([tmp_path / "nowhere.map"])
