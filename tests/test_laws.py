"""The laws of the house that a linter cannot hold. Each check has its mutant: a planted breach that it must see."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import hub
from hub.cli.reference import pages
from hub.core.diagnostics import Code

ROOT = Path(__file__).parents[1]
LONGEST = 400
SOURCES = sorted(path for folder in ("hub", "connectors", "conformance") for path in (ROOT / folder).rglob("*.py"))


def too_long(texts: dict[str, str]) -> list[str]:
    return [name for name, text in texts.items() if text.count("\n") > LONGEST]


def test_no_module_is_over_400_lines() -> None:
    assert too_long({str(path.relative_to(ROOT)): path.read_text() for path in SOURCES}) == []
    assert too_long({"planted.py": "\n" * 401}) == ["planted.py"]


def system_readers(texts: dict[str, str]) -> set[str]:
    """Modules that make a Visibility of the hub's own."""
    found = set()
    for name, text in texts.items():
        for node in ast.walk(ast.parse(text)):
            if (
                isinstance(node, ast.Attribute)
                and node.attr == "system"
                and isinstance(node.value, ast.Name)
                and node.value.id == "Visibility"
            ):
                found.add(name)
    return found


def test_only_engine_and_app_read_as_the_hub_itself() -> None:
    texts = {path.relative_to(ROOT).as_posix(): path.read_text() for path in SOURCES}
    allowed = re.compile(r"hub/(engine/.*|app|app/.*)\.py")
    assert sorted(name for name in system_readers(texts) if not allowed.fullmatch(name)) == []
    assert system_readers({"hub/api/planted.py": "x = Visibility.system('why not')"}) == {"hub/api/planted.py"}


PURE = re.compile(r"hub/(core|codec|fhir|mapping|care|documents)/.*")
# What import-linter cannot name (modules of the standard library it takes for one, built-ins).
DOOR_MODULES = {"urllib.request", "os", "pathlib", "io", "tempfile", "shutil", "logging"}
DOOR_CALLS = {"open", "print", "input", "eval", "exec"}


def doors(texts: dict[str, str]) -> list[str]:
    return [
        name
        for name, text in texts.items()
        if PURE.fullmatch(name) and name != "hub/fhir/facts.py" and any(map(is_door, ast.walk(ast.parse(text))))
    ]


def is_door(node: ast.AST) -> bool:
    match node:
        case ast.Import(names=names):
            return any(name.name in DOOR_MODULES for name in names)
        case ast.ImportFrom(module=module):
            return module in DOOR_MODULES
        case ast.Call(func=ast.Name(id=called)):
            return called in DOOR_CALLS
        case _:
            return False


def test_pure_packages_open_nothing() -> None:
    assert doors({path.relative_to(ROOT).as_posix(): path.read_text() for path in SOURCES}) == []
    assert doors({"hub/mapping/planted.py": "open('x')"}) == ["hub/mapping/planted.py"]


def all_codes() -> list[Code]:
    codes = []
    for module in pkgutil.walk_packages(hub.__path__, "hub."):
        if ".codes" in module.name:
            loaded = importlib.import_module(module.name)
            codes += [value for value in vars(loaded).values() if isinstance(value, Code)]
    return list({id(code): code for code in codes}.values())


def test_every_diagnostic_code_is_used_once_and_explained() -> None:
    codes = all_codes()
    assert len(codes) > 60
    names = [code.name for code in codes]
    assert sorted(names) == sorted(set(names))
    for code in codes:
        assert re.fullmatch(r"[A-Z]\d{3}", code.name)
        assert code.title == code.title.strip().rstrip(".")
        assert len(code.explain.strip()) > 30, code.name
        assert re.fullmatch(r"\d{1,3}", code.hl7), code.name


def named_tests(text: str) -> set[str]:
    return set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text))


def missing_tests(text: str) -> list[str]:
    missing = []
    for path, name in sorted(named_tests(text)):
        file = ROOT / path
        if not file.exists() or f"def {name}(" not in file.read_text():
            missing.append(f"{path}::{name}")
    return missing


@pytest.mark.parametrize("document", ["docs/safety/hazard-log.md", "docs/laws.md"])
def test_every_control_that_is_named_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    assert len(named_tests(text)) >= 6
    assert missing_tests(text) == []
    assert missing_tests("`tests/nowhere.py::test_nothing`") == ["tests/nowhere.py::test_nothing"]


def test_nothing_names_a_registry_or_this_machine() -> None:
    pattern = re.compile(r"extra-index|registry\s*=\s*[\"']?(?:https?:|//)|/(?:root|home)/")
    texts = [
        path for path in ROOT.rglob("*") if path.is_file() and path.suffix in (".py", ".md", ".toml", ".lock", ".map", ".csv", ".yaml", "")
    ]
    skipped = (".git", ".venv", ".mypy_cache", ".ruff_cache", ".hypothesis", ".pytest_cache", "data")
    ours = [path for path in texts if path.relative_to(ROOT).parts[0] not in skipped and path != Path(__file__)]
    found = [str(path.relative_to(ROOT)) for path in ours if pattern.search(path.read_text(errors="replace"))]
    assert found == ["Makefile"] or found == []  # `--no-emit-index-url` in the Makefile keeps them out of the locks


def test_the_reference_pages_are_those_of_the_code() -> None:
    """`make docs` writes them; every command, setting, connector field, function and code stands in them because they are made from it."""
    folder = ROOT / "docs" / "reference"
    for name, text in pages().items():
        assert (folder / name).read_text() == text, f"docs/reference/{name} is out of date: run `make docs`"
