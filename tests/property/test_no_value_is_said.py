"""What stands in a message or a resource is never said: not in a diagnostic, a trace, a log or the text of an exception.

Every leaf of the synthetic messages of tests/fuzz is replaced by a marker that stands nowhere else, one after another and all together,
and everything that is said on the way is searched for it.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import cycle
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

from hub.cli import build
from hub.codec.hl7v2 import Message, dictionary, parse_message
from hub.core.diagnostics import Diagnostic
from hub.core.json import parse_json, render_json
from hub.core.rendering import render_diagnostic
from hub.engine.configuration import SourceConfig
from hub.engine.transform import Poison, Transformed, Unacceptable, convert, read
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import MapSet, load
from hub.mapping.registry import Function, Unreadable
from hub.mapping.run.parts import run_part_backward, run_part_forward
from hub.mapping.transaction_bundle import render_bundle, resources_of
from hub.settings.map_files import read_packaged

MARK = "QZQ7K"
PLAN_HTML = Function("plan_html", "a stand-in", ("Bundle",), "base64Binary", lambda _bundle: "aGk=", None, ())
GIVENS = {"control_id": "C1", "written_at": "20260813100100+0000"}
ROOT = Path(__file__).parents[2]


@cache
def seeds() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz_seeds", ROOT / "tests" / "fuzz" / "seeds.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def texts() -> dict[str, str]:
    packaged = read_packaged()
    return {**packaged.maps, **packaged.tables}


def shipped() -> MapSet:
    packaged = read_packaged()
    return load(packaged.maps, packaged.tables, {**REGISTRY, "plan_html": PLAN_HTML})


@pytest.fixture(scope="module")
def maps() -> MapSet:
    return shipped()


def said(diagnostics: tuple[Diagnostic, ...]) -> str:
    return "\n".join(f"{render_diagnostic(one, texts())}\n{one!r}" for one in diagnostics)


# --- forward


def marked_leaves(text: str) -> Iterator[str]:
    """One leaf after another, but the header's event and version; with a mark behind it, or the mark alone, in turn."""
    pieces = re.split(r"([|^~&$%\r])", text)
    place = 0  # in the header: after how many separators of fields
    alone = cycle((True, False))
    for at, piece in enumerate(pieces):
        place = 99 if piece == "\r" else place + (piece == "|")
        is_leaf = piece and piece not in "|^~&$%\r" and not re.fullmatch(r"[A-Z][A-Z0-9]{2}", piece)
        if is_leaf and place > 2 and place not in (8, 11):
            yield "".join([*pieces[:at], MARK if next(alone) else piece + MARK, *pieces[at + 1 :]])


def all_marked(version: str, structure: str) -> str:
    """Each field of each segment of the structure, with a marker in every component."""
    lines = [f"MSH|^~\\&|{MARK}|{MARK}|{MARK}|{MARK}|{MARK}||{structure.replace('_', '^', 1)}^{structure}|{MARK}|P|{version}|||||||{MARK}"]
    definition = dictionary.structure(version, structure)
    assert definition is not None
    for name in segment_names(definition):
        segment = dictionary.segment(version, name)
        if segment is not None and name != "MSH":
            lines.append("|".join([name, *["^".join([f"{MARK}&{MARK}"] * 4) + f"~{MARK}"] * 40]))
    return "\r".join(lines) + "\r"


def segment_names(group: Any) -> Iterator[str]:
    for child in group.children:
        if hasattr(child, "children"):
            yield from segment_names(child)
        else:
            yield child.name


def forward(maps: MapSet, text: str) -> str:
    """Everything that is said about one message, by the engine and with a trace."""
    body = text.encode()
    reading = read(body, SourceConfig("airedale"))
    heard = said(reading.fault.diagnostics) if reading.fault is not None else ""
    message = parse_message(body)
    if not isinstance(message, Message):
        return heard + said((message,))
    outcome = convert(message, maps, {})
    assert not isinstance(outcome, Poison), outcome.fault
    assert isinstance(outcome, Transformed | Unacceptable)
    heard += said((*outcome.diagnostics, *message.diagnostics))
    chosen = maps.find_message_map(message)
    if chosen is not None:
        traced = chosen.forward(message, params={}, givens=GIVENS, trace=True)
        heard += said(traced.diagnostics) + repr(traced.trace) + repr(getattr(traced, "unmade", ()))
        if not traced.refused and chosen.declaration.arrow.value == "<->":
            back = chosen.backward(resources_of(render_bundle(traced.produced)) or [], params={}, givens=GIVENS)
            heard += said(back.diagnostics)
    return heard


@pytest.mark.parametrize("number", range(6))
def test_no_leaf_of_a_message(maps: MapSet, number: int, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    count = 0
    for text in marked_leaves(seeds().messages()[number]):
        count += 1
        heard = forward(maps, text)
        assert MARK not in heard, [line for line in heard.split("\n") if MARK in line][:2]
    assert count > 10
    assert MARK not in caplog.text
    captured = capsys.readouterr()
    assert MARK not in captured.out + captured.err


@pytest.mark.parametrize("version", ["2.3", "2.4", "2.5.1", "2.8"])
def test_no_value_of_a_message_that_is_nothing_but_marks(maps: MapSet, version: str) -> None:
    structures = {name for one in maps.maps.values() if one.is_message_map for name in one.declaration.left.names}
    heard = [forward(maps, all_marked(version, name)) for name in sorted(structures) if dictionary.structure(version, name)]
    assert len(heard) > 2
    assert sum(len(one) for one in heard) > 1000
    assert MARK not in "".join(heard)


def test_no_value_of_a_part(maps: MapSet) -> None:
    for name, compiled in maps.maps.items():
        if not compiled.is_message_map:
            own = compiled.declaration.left.names[0]
            value = "^".join([f"{MARK}&{MARK}"] * 8)
            _, diagnostics = run_part_forward(
                maps, name, value if len(own) < 3 else f"{own[:3]}|" + "|".join([value] * 40), params={}, givens={}
            )
            assert MARK not in said(diagnostics)


# --- backward


def marked_values(value: Any) -> Iterator[Any]:
    """One leaf after another, each in another way; of the names only those of resources' types stay."""
    ways = cycle((lambda leaf: f"{leaf}{MARK}", lambda _: MARK, lambda _: {MARK: MARK}, lambda _: [MARK]))
    return _marked(value, ways)


def _marked(value: Any, ways: Iterator[Callable[[Any], Any]]) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, part in value.items():
            if name != "resourceType":
                yield from ({**value, name: changed} for changed in _marked(part, ways))
    elif isinstance(value, list):
        for at, part in enumerate(value):
            yield from ([*value[:at], changed, *value[at + 1 :]] for changed in _marked(part, ways))
    else:
        yield next(ways)(value)


def test_no_value_of_a_resource(maps: MapSet) -> None:
    count = 0
    for given in seeds().resources(maps):
        chosen = maps.maps[given["map"]]
        if chosen.is_message_map and not (isinstance(given["resources"], list) or given["version"] == "2.4"):
            continue
        for value in marked_values(parse_json(json.dumps(given["resources"]))):
            count += 1
            if chosen.is_message_map:
                diagnostics = chosen.backward(resources_of(value) or [], params={}, givens=GIVENS, version="2.4").diagnostics
            else:
                _, diagnostics = run_part_backward(maps, chosen.name, value, params={}, givens={})
            assert MARK not in said(diagnostics), [line for line in said(diagnostics).split("\n") if MARK in line][:2]
    assert count > 500


# --- the commands


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Messages in which every name is a marker, good ones and bad ones."""
    for number, text in enumerate(seeds().messages()):
        marked = re.sub(r"Ramsbottom|Unwin|Elsie|Woolley|Huddersfield|RH4471902", MARK, text)
        (tmp_path / f"{number}.hl7").write_bytes(marked.encode())
        (tmp_path / f"{number}_bad.hl7").write_bytes(
            marked.replace("19401207", MARK).replace("1931", MARK).replace("|F|", f"|{MARK}|").encode()
        )
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "--trace", "CORPUS"),
        ("map", "explain", "FILE"),
        ("map", "explain", "FILE", "Patient.name"),
        ("map", "coverage", "FOLDER"),
        ("map", "coverage", "FOLDER", "--json"),
        ("map", "diff", "packaged", "MAPS", "--corpus", "FOLDER"),
        ("map", "diff", "packaged", "MAPS", "--corpus", "FOLDER", "--json"),
    ],
)
def test_no_command_says_a_value(arguments: tuple[str, ...], corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "mappings" / "hl7v2" / "segments"
    other.mkdir(parents=True)
    pid = (ROOT / "mappings" / "hl7v2" / "segments" / "pid.map").read_text()
    (other / "pid.map").write_text(re.sub(r"^  (born|sex) .*\n", "", pid, flags=re.MULTILINE))
    words: list[str] = []
    for word in arguments:
        words += {
            "CORPUS": [str(path) for path in sorted(corpus.glob("*.hl7"))],
            "FILE": [str(corpus / "0_bad.hl7")],
            "FOLDER": [str(corpus)],
            "MAPS": [str(other)],
        }.get(word, [word])
    result = CliRunner().invoke(build(words), words, prog_name="calder")
    assert result.exit_code in (0, 1), result.stderr
    shown = result.stderr if arguments[0] == "convert" else result.stdout + result.stderr  # a conversion is asked for its values
    assert len(shown) > 20
    assert MARK not in shown
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_tests_say_only_what_stands_in_them(tmp_path: Path) -> None:
    """A test that passes says nothing; one that is refused says where, not what. Only a difference shows its two values."""
    file = tmp_path / "x.test.yaml"
    file.write_text(
        f"map: pid\ntests:\n  - {{name: passes, v2: PID|||||{MARK}, fhir: {{name: [{{family: {MARK}}}]}}}}\n  - name: refused\n    v2: PID|||||X||{MARK}\n    fhir: {{gender: male}}\n"
    )
    words = ["map", "test", str(file), "--coverage"]
    result = CliRunner().invoke(build(words), words, prog_name="calder")
    assert result.exit_code == 1
    assert "1 passed, 1 failed" in result.stderr
    assert MARK not in result.stdout + result.stderr


# --- and it would be seen


def test_a_value_in_a_diagnostic_would_be_seen() -> None:
    """The planted fault: a function whose refusal says what it refuses."""

    def telling(text: str) -> Any:
        raise Unreadable(f"not a number: {text}")

    packaged = read_packaged()
    number = replace(REGISTRY["measured_number"], forward=telling)
    planted = load(packaged.maps, packaged.tables, {**REGISTRY, "plan_html": PLAN_HTML, "measured_number": number})
    assert any(MARK in forward(planted, text) for text in marked_leaves(seeds().messages()[3]))


def test_the_bundles_are_those_of_the_messages(maps: MapSet) -> None:
    assert len(render_json(list(seeds().resources(maps)))) > 10_000
