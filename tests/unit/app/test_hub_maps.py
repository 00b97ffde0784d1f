"""The map sets of a hub: one for each source with overlays, and what forbids to listen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hub.app.installed import AssemblyError
from hub.app.maps import read_map_sets
from hub.app.running import open_hub
from hub.engine.configuration import SourceConfig
from hub.settings.model import HubSettings, SourceSettings


def settings(folder: Path | None, *names: str) -> HubSettings:
    return HubSettings(
        store="sqlite::memory:", sources=tuple(SourceSettings(SourceConfig(name), "mllp", {}) for name in names), folder=folder
    )


def write(folder: Path, name: str, text: str) -> None:
    path = folder / "mappings" / "local" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_without_overlays_all_sources_share_the_packaged_maps(tmp_path: Path) -> None:
    sets = read_map_sets(settings(tmp_path, "airedale", "bradford")).require()
    assert sets.of("airedale") is sets.of("bradford") is sets.site
    assert len(sets.every) == 1


def test_a_source_with_overlays_has_a_set_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, "pid.map", 'overlay pid\n  drop row marriage because "a"\n  drop PID-16 because "a"\n')
    write(tmp_path, "airedale/pid.map", 'overlay pid\n  drop row sex because "b"\n  drop PID-8 because "b"\n')
    sets = read_map_sets(settings(tmp_path, "airedale", "bradford")).require()
    assert [each.row.name for each in sets.of("bradford").dropped] == ["marriage"]
    assert [each.row.name for each in sets.of("airedale").dropped] == ["sex", "marriage"]
    assert sets.of("bradford") is sets.site
    assert sets.of("airedale").digest != sets.site.digest
    assert set(sets.of("airedale").texts.maps) - set(sets.site.texts.maps) == {"local/airedale/pid.map"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("airedale/pid.map", "overlay pid\n  sex PID-8 <-> gendr\n", "airedale/pid.map:2: M205"),
        ("airedale/pid.map", "overlay pdi\n", "airedale/pid.map:1: M301"),
        ("pid.map", "overlay pid\n  sex\n", "pid.map:2: M008"),
        ("airdale/pid.map", "overlay pid\n  param x : code = y\n", "airdale/pid.map:1: S010"),
    ],
)
def test_a_hub_with_wrong_maps_does_not_listen(name: str, text: str, said: str, tmp_path: Path) -> None:
    write(tmp_path, name, text)
    maps = read_map_sets(settings(tmp_path, "airedale"))
    with pytest.raises(AssemblyError) as refused:
        maps.require()
    assert said in str(refused.value)
    assert str(tmp_path / "mappings" / "local") in str(refused.value)


def test_a_site_map_that_only_one_set_breaks_is_found(tmp_path: Path) -> None:
    write(tmp_path, "zpi.map", 'segment ZPI "a"\n  1 ID "b"\n\nmap zpi : v2 ZPI <-> fhir Patient\n  on ZPI-1 <-> active\n')
    write(tmp_path, "airedale/zpi.map", 'segment ZPI "a"\n  1 CX "b"\n')
    errors = read_map_sets(settings(tmp_path, "airedale")).errors
    assert [(each.code.name, each.span.file) for each in errors if each.span] == [("M210", "local/zpi.map")]


def test_maps_that_call_each_other_in_a_circle_are_not_listened_with(tmp_path: Path) -> None:
    """Only the checker finds it."""
    circle = (
        "map a : v2 HD <-> fhir Reference\n  b HD <-> identifier   by b\n\nmap b : v2 HD <-> fhir Identifier\n  a HD <-> assigner   by a\n"
    )
    write(tmp_path, "airedale/circle.map", circle)
    with pytest.raises(AssemblyError, match=r"airedale/circle\.map:5: M235"):
        open_hub(replace(settings(tmp_path, "airedale"), store=f"sqlite:{tmp_path / 'hub.db'}"))
    assert not (tmp_path / "hub.db").exists()


def test_without_a_hub_yaml_overlays_may_be_of_sources_that_are_not_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`calder serve --dev` in the folder of a hub."""
    write(tmp_path, "airedale/pid.map", "overlay pid\n  param x : code = y\n  sex PID-8 <-> gender table administrative_sex or skip\n")
    monkeypatch.chdir(tmp_path)
    assert read_map_sets(settings(None, "mllp")).errors == ()


def test_a_profile_of_the_site_is_part_of_the_set_and_checked(tmp_path: Path) -> None:
    url = "https://example.org/StructureDefinition/Clinic-Patient"
    profile = {"resourceType": "StructureDefinition", "url": url, "type": "Patient"}
    element = {"id": "Patient.gender", "path": "Patient.gender", "max": "0"}
    write(tmp_path, "profiles/clinic.json", json.dumps({**profile, "differential": {"element": [element]}}))
    write(tmp_path, "clinic.map", f'map clinic : v2 PID <-> fhir Patient profile "{url}"\n  born PID-7 <-> birthDate or skip\n')
    maps = read_map_sets(settings(tmp_path, "airedale"))
    assert maps.errors == ()
    assert list(maps.sets.site.profiles) == [url]
    write(
        tmp_path, "sex.map", f'map sex : v2 PID <-> fhir Patient profile "{url}"\n  sex PID-8 <-> gender table administrative_sex or skip\n'
    )
    found = read_map_sets(settings(tmp_path, "airedale")).errors
    assert [(each.code.name, each.span.file) for each in found if each.span] == [("M333", "local/sex.map")]


def test_of_many_errors_the_first_are_told_and_how_many_more(tmp_path: Path) -> None:
    rows = "".join(f"  row{number} PID-8 <-> gendr\n" for number in range(23))
    write(tmp_path, "pid.map", f"overlay pid\n{rows}")
    with pytest.raises(AssemblyError) as refused:
        read_map_sets(settings(tmp_path, "airedale")).require()
    lines = str(refused.value).split("\n  ")
    assert (len(lines), lines[-1]) == (22, "and 3 more: `calder map check`")
