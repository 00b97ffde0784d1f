"""Functions of installed packages, by entry points."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, PathDistribution
from pathlib import Path
from types import ModuleType

import pytest

from hub.app.site_functions import GROUP, FunctionsError, with_site_functions
from hub.mapping.mapset import load
from hub.mapping.registry import Example, Function, function
from hub.mapping.run.parts import run_part_forward

KNOWN = {"upper": Function("upper", "", ("ST",), "string", str.upper, None, ())}


@function(examples=[Example(("7",), "Ward 7", one_way=True)])
def ward(code: str) -> str:
    """A ward's name."""
    return f"Ward {code}"


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("site_package")
    module.ward, module.also_ward, module.other, module.upper = ward, ward, "text", KNOWN["upper"]  # type: ignore[attr-defined] # a module made by hand
    monkeypatch.setitem(sys.modules, "site_package", module)
    return module


def point(value: str, name: str = "wards") -> EntryPoint:
    return EntryPoint(name, value, GROUP)


@pytest.mark.parametrize("value", ["site_package", "site_package:ward"])
def test_a_module_or_one_function(value: str, package: ModuleType) -> None:
    known = with_site_functions(KNOWN, [point(value)])
    assert set(known) == {"upper", "ward"}
    maps = load({"a.map": 'map pl : v2 PL <-> fhir Location\n  name ward(PL.1) -> name because "one way"\n'}, {}, known)
    assert run_part_forward(maps, "pl", "7", params={}, givens={})[0] == {"resourceType": "Location", "name": "Ward 7"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["site_package:other"], "has no function"),
        (["no_such_module"], "cannot be imported: ModuleNotFoundError"),
        (["site_package:nothing"], "cannot be imported: AttributeError"),
    ],
)
def test_what_gives_no_function_is_an_error_at_start(values: list[str], said: str, package: ModuleType) -> None:
    with pytest.raises(FunctionsError, match=said):
        with_site_functions(KNOWN, map(point, values))


def test_a_name_that_is_taken_is_an_error_at_start(package: ModuleType) -> None:
    with pytest.raises(FunctionsError, match="`ward` is there already, from the hub itself"):
        with_site_functions({"ward": KNOWN["upper"]}, [point("site_package:ward")])
    package.ward = Function("ward", "", ("ST",), "string", str.lower, None, ())  # type: ignore[attr-defined] # a module made by hand
    with pytest.raises(FunctionsError, match="`ward` is there already, from entry point one"):
        with_site_functions(KNOWN, [point("site_package:also_ward", "one"), point("site_package:ward", "two")])


class Distribution(PathDistribution):
    """Named and numbered as asked for."""

    def __init__(self, version: str) -> None:
        super().__init__(Path("nowhere"))
        self._version = version

    def read_text(self, filename: str) -> str | None:
        return f"Metadata-Version: 2.1\nName: infirmary-maps\nVersion: {self._version}\n" if filename == "METADATA" else None


def numbered(version: str) -> EntryPoint:
    found = point("site_package")
    vars(found).update(dist=Distribution(version))
    return found


def test_another_version_of_a_package_makes_another_map_set(package: ModuleType) -> None:
    sets = [load({}, {}, with_site_functions(KNOWN, [numbered(version)])) for version in ("1.0", "1.0", "1.1")]
    assert sets[0].digest == sets[1].digest
    assert len({load({}, {}, KNOWN).digest, sets[0].digest, sets[2].digest}) == 3
    assert sets[0].texts.tables == {"functions": "ward infirmary-maps 1.0\n"}
    assert sets[0].tables == {}
    again = load(sets[0].texts.maps, sets[0].texts.tables, with_site_functions(KNOWN, [numbered("1.1")]))
    assert (again.digest, again.diagnostics) == (sets[0].digest, ())


def test_a_package_that_is_worked_on_keeps_its_version_and_not_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    source = 'from hub.mapping.registry import Example, function\n\n\n@function(examples=[Example(("a",), "{0}a", one_way=True)])\ndef mark(text: str) -> str:\n    """A mark."""\n    return "{0}" + text\n'
    packages = []
    for name, mark in (("marks_one", "+"), ("marks_two", "+"), ("marks_three", "-")):
        (tmp_path / f"{name}.py").write_text(source.format(mark))
        packages.append(with_site_functions({}, [point(name)])["mark"].package)
        sys.modules.pop(name)
    digests = [package.partition(" ")[2] for package in packages]
    assert digests[0] == digests[1] != digests[2]
    assert len(digests[0]) == 16


def test_a_function_that_several_entry_points_bring_is_there_once(package: ModuleType) -> None:
    assert set(with_site_functions(KNOWN, [point("site_package"), point("site_package:also_ward", "again")])) == {"upper", "ward"}


def test_a_function_that_is_none_is_told_by_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "marks_wrong.py").write_text(
        "from hub.mapping.registry import function\n\n\n@function(examples=[])\ndef mark(text: str) -> str:\n    return text\n"
    )
    with pytest.raises(FunctionsError, match="entry point wards of an unknown package: `mark` has no docstring"):
        with_site_functions({}, [point("marks_wrong")])
