"""What is fuzzed, and what is promised of it: it never raises, it ends, its diagnostics lie in the file, and none says a value of a message."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from mutations import Mutate, mutate_json, mutate_message, mutate_text
from seeds import messages, resources

from hub.codec.hl7v2 import Message, parse_message
from hub.codec.hl7v2.dictionary import VERSIONS
from hub.core.diagnostics import Diagnostic
from hub.core.json import JsonError, parse_json, render_json
from hub.core.rendering import render_diagnostic
from hub.mapping.check.check import check
from hub.mapping.conversion import Conversion
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import MapSet, load
from hub.mapping.parse.formatting import format_map
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.registry import Function
from hub.mapping.run.compiled import CompiledMap
from hub.mapping.run.parts import run_part_backward, run_part_forward
from hub.mapping.tables import parse_table
from hub.mapping.test.suite import run_file
from hub.mapping.test.test_files import read_test_file
from hub.mapping.test.updating import update_file
from hub.mapping.transaction_bundle import render_bundle, resources_of
from tests.without_spans import without_spans

ROOT = Path(__file__).parents[2]
MAPPINGS = ROOT / "mappings"
_PAGE = Function("plan_html", "a stand-in", ("Bundle",), "base64Binary", lambda _bundle: "aGk=", None, ())
FUNCTIONS = {**REGISTRY, "plan_html": _PAGE}
PARAMS = {"sending_facility": "RWY", "receiving_application": "PAS", "receiving_facility": "RCF", "service": "MED"}


class Broken(AssertionError):
    """A promise that was not kept: `what: more`."""


@dataclass(frozen=True)
class Target:
    name: str
    seeds: tuple[str, ...]
    words: tuple[str, ...]
    mutate: Mutate
    run: Callable[[str], None]


# --- promises


def places_are_in(text: str, diagnostics: Iterable[Diagnostic], path: str) -> None:
    lines = text.removeprefix("\ufeff").split("\n")
    for diagnostic in diagnostics:
        for span in (diagnostic.span, *(note.span for note in diagnostic.notes)):
            if span is None or span.file != path:
                continue
            if not (1 <= span.line <= max(1, len(lines)) and 1 <= span.column <= len(lines[span.line - 1]) + 1 and span.length >= 1):
                raise Broken(f"{diagnostic.code.name} stands outside the file: {span}")
        if not render_diagnostic(diagnostic, {path: text}):
            raise Broken("rendered as nothing")


@cache
def _known_words() -> str:
    """Whatever the maps, tables and the code themselves say may be said."""
    files = [*MAPPINGS.rglob("*.map"), *MAPPINGS.rglob("*.csv"), *(ROOT / "hub").rglob("*.py"), *(ROOT / "hub").rglob("*.json")]
    return "\n".join(path.read_text(errors="replace") for path in files)


def says_no_value(leaves: Iterable[str], diagnostics: Sequence[Diagnostic]) -> None:
    said = [
        (one.code.name, text)
        for one in diagnostics
        for text in (one.detail, one.place, one.fix, *(note.text for note in one.notes))
        if text
    ]
    whole = "\n".join(text for _, text in said)
    for leaf in leaves:
        if len(leaf) >= 5 and leaf in whole and leaf not in _known_words() and not re.fullmatch(r"[\d.]+", leaf):
            code = next((name for name, text in said if leaf in text), None)
            if code is not None:
                raise Broken(f"{code} says a value")


# --- text


def run_parse(text: str) -> None:
    _, found = parse_map_file("m.map", text)
    if len(found) > 21:
        raise Broken("more than 20 diagnostics and how many more")
    places = [(one.span.line, one.span.column) for one in found if one.span]
    if places != sorted(places) or len(places) != len(found):
        raise Broken("not in the order of the file")
    places_are_in(text, found, "m.map")


def run_format(text: str) -> None:
    formatted = format_map("m.map", text)
    if not isinstance(formatted, str):
        if not any(one.is_error for one in formatted):
            raise Broken("refused without an error")
        return
    if format_map("m.map", formatted) != formatted:
        raise Broken("formatting twice is not formatting once")
    if without_spans(parse_map_file("m.map", formatted)[0]) != without_spans(parse_map_file("m.map", text)[0]):
        raise Broken("formatting changes the map")


@cache
def _tables() -> dict[str, Any]:
    return {table.name: table for table, _ in (parse_table(path.name, path.read_text()) for path in sorted(MAPPINGS.rglob("tables/*.csv")))}


def run_check(text: str) -> None:
    file, _ = parse_map_file("m.map", text)
    found = check([file], _tables(), FUNCTIONS)
    if len(set(found)) != len(found):
        raise Broken("the same twice")
    places_are_in(text, found, "m.map")


def run_load(text: str) -> None:
    """Several files in one text: maps, overlays, declarations, run on a message whatever they are."""
    texts = {f"{number}.map": part for number, part in enumerate(text.split("\n===\n"))}
    maps = load(texts, {}, FUNCTIONS)
    try:
        for name in list(maps.maps)[:3]:
            _run_whatever(maps, name)
    except (RecursionError, IndexError):  # a circle of maps ends nowhere; the checker must have refused it
        if not any(one.is_error for one in check(maps.files, maps.tables, FUNCTIONS)):
            raise


def _run_whatever(maps: MapSet, name: str) -> None:
    if maps.maps[name].is_message_map:
        message = parse_message(messages()[0].encode())
        assert isinstance(message, Message)
        maps.maps[name].forward(message, params={})
        maps.maps[name].backward([{"resourceType": "Patient", "id": "1", "gender": "male"}], params={})
    else:
        run_part_forward(maps, name, "PID|1||A^B^C&D~E||F^G||1970|M", params={}, givens={})
        run_part_backward(maps, name, {"resourceType": "Patient", "gender": "male"}, params={}, givens={})


def run_table(text: str) -> None:
    _, found = parse_table("tables/t.csv", text)
    places_are_in("\n".join(text.splitlines()), found, "tables/t.csv")


@cache
def small_maps() -> MapSet:
    texts = {path.name: path.read_text() for name in ("pid", "cx", "xpn", "cwe", "xad", "xtn") for path in MAPPINGS.rglob(f"{name}.map")}
    return load(texts, {path.name: path.read_text() for path in sorted(MAPPINGS.rglob("tables/*.csv"))}, FUNCTIONS)


def _beside(name: str) -> str | None:
    return {"a.hl7": "a^b^L", "a.json": "{}"}.get(name)


def run_yaml(text: str) -> None:
    file = read_test_file("x.test.yaml", text, _beside)
    results = list(run_file(file, lambda source: None if source else small_maps()))
    found = [*file.diagnostics, *(one for each in results for one in each.diagnostics)]
    places_are_in(text, found, "x.test.yaml")
    updated = update_file(file, [(each.written, each.verdict) for each in results if each.verdict])
    again = read_test_file("x.test.yaml", updated.text, _beside)
    if len(again.tests) < len(file.tests):
        raise Broken("what --update wrote does not read back")
    for written in updated.tests:
        now = [each.verdict for each in run_file(again, lambda _: small_maps()) if each.written.name == written.name and each.verdict]
        alone = sum(test.name == written.name for test in file.tests) == 1
        if alone and now and now[0].differences and not written.round_trip:
            raise Broken("what --update wrote does not pass")


# --- messages and resources


@cache
def shipped() -> MapSet:
    return load(
        {path.relative_to(MAPPINGS).as_posix(): path.read_text() for path in sorted(MAPPINGS.rglob("*.map"))},
        {path.relative_to(MAPPINGS).as_posix(): path.read_text() for path in sorted(MAPPINGS.rglob("tables/*.csv"))},
        FUNCTIONS,
    )


def run_forward(text: str) -> None:
    message = parse_message(text.encode(errors="surrogatepass"))
    if isinstance(message, Diagnostic):
        says_no_value(re.split(r"[|^~&\r\n]", text), [message])
        return
    chosen = shipped().find_message_map(message)
    if chosen is None:
        return
    conversion = chosen.forward(message, params=PARAMS, givens={"control_id": "1", "written_at": "20260101"})
    leaves = {leaf for segment in message.segments for leaf in re.split(r"[|^~&\r\n]", segment.text)} if message.segments else set()
    says_no_value(leaves, [*message.diagnostics, *conversion.diagnostics])
    bundle = render_bundle(conversion.produced)
    if parse_json(render_json(bundle)) != bundle:
        raise Broken("no legal JSON")
    if len(text) % 4 == 0:  # the slower half of the promises, of every fourth message
        _trace_and_return(chosen, message, conversion, bundle)


def _trace_and_return(chosen: CompiledMap, message: Message, conversion: Conversion, bundle: dict[str, Any]) -> None:
    givens = {"control_id": "1", "written_at": "20260101"}
    traced = chosen.forward(message, params=PARAMS, givens=givens, trace=True)
    if [each.resource for each in traced.produced] != [each.resource for each in conversion.produced]:
        raise Broken("a trace changes what is made")
    if not conversion.refused and chosen.declaration.arrow.value == "<->":
        written = chosen.backward(resources_of(bundle) or [], params=PARAMS, givens=givens)
        says_no_value(_leaves(bundle), written.diagnostics)


def run_backward(text: str) -> None:
    """{"map": …, "version": …, "resources": …}"""
    try:
        wanted = json.loads(text)
    except ValueError:
        return
    try:
        value = parse_json(json.dumps(wanted))
    except JsonError:
        return
    if not isinstance(value, dict):
        return
    chosen = shipped().get(str(value.get("map")))
    if chosen is None:
        return
    given = value.get("resources")
    version = value.get("version") if value.get("version") in VERSIONS else "2.4"  # of the destination, not of the resources
    if chosen.is_message_map:
        written = chosen.backward(resources_of(given) or [], params=PARAMS, givens={"control_id": "1"}, version=version)
        diagnostics = written.diagnostics
        if written.body is not None and isinstance(parse_message(written.body), Diagnostic):
            raise Broken("what is written is no message")
    else:
        _, diagnostics = run_part_backward(shipped(), chosen.name, given, params=PARAMS, givens={})
    says_no_value(_leaves(given), diagnostics)


def _leaves(value: Any) -> set[str]:
    match value:
        case dict():
            return {leaf for part in value.values() for leaf in _leaves(part)}
        case list():
            return {leaf for part in value for leaf in _leaves(part)}
        case _:
            return {str(value)}


# --- all


def _words_of(texts: Iterable[str], pattern: str, more: Sequence[str] = ()) -> tuple[str, ...]:
    return tuple(sorted({word for text in texts for word in re.findall(pattern, text)} | set(more)))


NAMES = ("parse", "format", "check", "load", "table", "yaml", "forward", "backward")


def target(name: str) -> Target:
    made = _made(name)
    return replace(made, seeds=(*made.seeds, *_kept(name)))


def _made(name: str) -> Target:
    maps = tuple(path.read_text() for path in sorted(MAPPINGS.rglob("*.map")))
    tables = tuple(path.read_text() for path in sorted(MAPPINGS.rglob("tables/*.csv")))
    heads = tuple(text.split("\ntest ")[0] for text in maps)
    words = _words_of(maps, r"[\w$.\[\]*-]+|<->|->|<-", SITE_WORDS)
    match name:
        case "parse":
            return Target(name, (*maps, *SITE_MAPS), words, mutate_text, run_parse)
        case "format":
            return Target(name, (*maps, *SITE_MAPS), words, mutate_text, run_format)
        case "check":
            return Target(name, heads, words, mutate_text, run_check)
        case "load":
            return Target(
                name, (*SITE_MAPS, *(f"{heads[at]}\n===\n{site}" for at, site in enumerate(SITE_MAPS))), words, mutate_text, run_load
            )
        case "table":
            return Target(name, tables, _words_of(tables, r"[^,\n]+", ("<->", "->", '"', ",")), mutate_text, run_table)
        case "yaml":
            signs = ("null", "~", "!!str", "<<", "---", "...", "%YAML")
            return Target(name, YAML, _words_of(YAML, r"[\w~^|]+|[-:{}\[\]&*!>|?#,\"']", signs), mutate_text, run_yaml)
        case "forward":
            return Target(name, messages(), _words_of(messages(), r"[^|^~&\r]+", HL7_WORDS), mutate_message, run_forward)
        case _:
            found = tuple(json.dumps(each) for each in resources(shipped()))
            return Target(name, found, _words_of(found, r'"(\w+)"', JSON_WORDS), mutate_json, run_backward)


def _kept(name: str) -> list[str]:
    """What was found once, so that it is asked again each time."""
    kept = sorted((ROOT / "tests" / "fuzz" / "kept").glob(f"{name}_*.txt"))
    return [path.read_bytes().decode(errors="surrogatepass") for path in kept]


JSON_WORDS = ("resourceType", "urn:uuid:1", "Patient/1", "2026-02-30", "0", "~", "a|b^c")
HL7_WORDS = ('""', "0", "-1", "1.0.0.1", "1.0.0", "1.0", "NM", "CWE", "ST", "ED", "SN", "<", ">=1", "20260230", "202602", "20261025013000", "20260329013000", "2026032901", "19000101", "\\T\\", "\\X0D\\", "\\.br\\", "\\", "Y", "N", "F", "X", "NH", "9990000018", "1e5", "1,5", "+.5", "x" * 300)  # fmt: skip
SITE_WORDS = (
    "overlay",
    "drop row",
    "segment",
    "ZPI",
    "ZPI-1",
    "param",
    "profile",
    "each",
    "tree",
    "PARENT",
    "MEMBER[OBX-3.1 = 1].OBX-5",
    "or skip",
    "or refuse",
)
SITE_MAPS = (
    'overlay pid\n  gender   PID-8   <-> gender   table administrative_sex\n  plan ZPI-2 <-> extension("https://a/b").valueBoolean\n  drop row marriage because "typed"\n  drop PID-27 because "so"\n',
    'segment ZPI "Airedale patient extras"\n  1 ID      "Care plan held"\n  2 CWE[*]  "Alerts"\n\nmap z : v2 PID <-> fhir Patient\n  names PID-5 <-> name[*]\n',
    'map obx : v2 OBX <-> fhir Observation profile "https://a/b"\n  code OBX-3 <-> code\n  first birthday PID-7 <-> birthDate.extension("https://a").valueDateTime\n',
)
YAML = (
    "# a comment\nmap: pid\ntests:\n  - name: a\n    v2: PID|1||9990000018^^^NHS^NH||Ramsbottom^Elsie||19401207|F  # b\n    fhir:\n      gender: male\n      birthDate: 1940-12-07\n      name:\n        - family: Ramsbottom\n          given: [Elsie, May]\n  - name: b\n    v2: |\n      PID|||||X\n    round_trip: exact\n  - {name: c, v2: PID|||||||19310231, refused: M402}\n",
    'tests:\n  - name: back\n    map: pid\n    version: 2.4\n    params: {timezone: Europe/London}\n    fhir: {birthDate: 1931, gender: other}\n    v2: PID|||||||1930\n  - name: nothing\n    map: cx\n    v2: A^^^B\n  - name: json\n    map: cx\n    v2: A\n    whole: true\n    fhir: |\n      {"value": "B"}\n',
    'map: cwe\ngiven: {a: 1}\ntests:\n  - name: file\n    v2: {file: a.hl7}\n    fhir: {file: a.json}\n  - name: text\n    v2: a^b^L^c^d^SCT\n    fhir: {coding: [{code: a, userSelected: no}], text: "x: y"}\n',
)
