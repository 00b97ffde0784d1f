"""The tests that stand in maps: `test "a pulse from an oximeter"`.

v2 to FHIR: what the test names must be there. The other way (`fhir` stands first, or the map is one-way `<-`): the v2 text must be
the same, but for what the map drops or keeps. `round trip exact`: there and back, the same text again, but for the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from hub.codec.hl7v2 import DEFAULT_ENCODING, Message, parse_message
from hub.core.diagnostics import Diagnostic
from hub.core.json import Json, parse_json
from hub.mapping.mapset import MapSet
from hub.mapping.run.compiled import CompiledMap
from hub.mapping.run.parts import run_part_backward, run_part_forward
from hub.mapping.syntax import Arrow, MapDeclaration, Test
from hub.mapping.test.comparing import Difference, compare_json, compare_segments, trim
from hub.mapping.test.left_out import blank_segments, blank_value, left_out_paths
from hub.mapping.transaction_bundle import render_bundle, resources_of
from hub.mapping.types.scope import MapKind, kind_of

_ENCODING = DEFAULT_ENCODING
_GIVENS = {"control_id": "1", "written_at": "20260101000000+0000"}  # what the engine hands over, where a test does not


@dataclass(frozen=True, slots=True)
class Verdict:
    """Passed when nothing differs."""

    test: Test
    differences: tuple[Difference, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


@dataclass(frozen=True, slots=True)
class _Outcome:
    """value: JSON going forward (a transaction for a message map), text going back; None when it was refused or says nothing."""

    value: Json
    diagnostics: tuple[Diagnostic, ...]

    @property
    def refused(self) -> bool:
        return any(diagnostic.is_error for diagnostic in self.diagnostics)


def run_tests(maps: MapSet, files: Collection[str] | None = None) -> Iterator[Verdict]:
    """Of these files, or of all, in their order."""
    for file in maps.files:
        for test in file.tests if files is None or file.path in files else ():
            compiled = maps.get(test.map or "")
            if compiled is not None:
                yield _run(maps, compiled, test)


def _run(maps: MapSet, compiled: CompiledMap, test: Test) -> Verdict:
    backward = test.backward or compiled.declaration.arrow is Arrow.BACKWARD
    outcome = _backward(maps, compiled, test, parse_json(test.fhir or "null")) if backward else _forward(maps, compiled, test)
    differences = [*_compare_refusal(test, outcome)]
    if outcome.refused:
        pass
    elif not backward:
        differences += _compare_forward(maps, compiled, test, outcome)
    elif test.v2:
        differences += _compare_v2(maps, compiled.declaration, test.v2, outcome.value or "")
    return Verdict(test, tuple(differences), outcome.diagnostics)


def _compare_refusal(test: Test, outcome: _Outcome) -> Iterator[Difference]:
    reported = sorted({diagnostic.code.name for diagnostic in outcome.diagnostics})
    if test.refused is not None and test.refused not in reported:
        yield Difference("refused", test.refused, ", ".join(reported) or None)
    elif test.refused is None and outcome.refused:
        yield Difference("refused", None, ", ".join(reported))


def _compare_forward(maps: MapSet, compiled: CompiledMap, test: Test, outcome: _Outcome) -> Iterator[Difference]:
    if test.fhir is not None:
        expected = parse_json(test.fhir)
        is_bundle = isinstance(expected, dict) and expected.get("resourceType") == "Bundle"
        found = (
            outcome.value if is_bundle or not compiled.is_message_map else [entry["resource"] for entry in outcome.value.get("entry", ())]
        )
        yield from compare_json(expected, found, "")
    if test.round_trip:
        again = _backward(maps, compiled, test, outcome.value)
        if again.value is None:
            reported = ", ".join(sorted({diagnostic.code.name for diagnostic in again.diagnostics}))
            yield Difference("round trip", "a text", reported or None)
        else:
            yield from _compare_v2(maps, compiled.declaration, test.v2, again.value)


# --- running


def _forward(maps: MapSet, compiled: CompiledMap, test: Test) -> _Outcome:
    params, givens = dict(test.params), _GIVENS | dict(test.givens)
    if not compiled.is_message_map:
        value, diagnostics = run_part_forward(maps, compiled.name, "\r".join(test.v2), params=params, givens=givens)
        return _Outcome(value, diagnostics)
    message = parse_message("\r".join(test.v2).encode())
    if isinstance(message, Diagnostic):
        return _Outcome(None, (message,))
    conversion = compiled.forward(message, params=params, givens=givens)
    return _Outcome(None if conversion.refused else render_bundle(conversion.produced), conversion.diagnostics)


def _backward(maps: MapSet, compiled: CompiledMap, test: Test, value: Json) -> _Outcome:
    params, givens = dict(test.params), _GIVENS | dict(test.givens)
    if not compiled.is_message_map:
        text, diagnostics = run_part_backward(maps, compiled.name, value, params=params, givens=givens)
        return _Outcome(text, diagnostics)
    written = compiled.backward(resources_of(value) or [], params=params, givens=givens, version=_version(test))
    return _Outcome(written.body.decode() if written.body is not None else None, written.diagnostics)


def _version(test: Test) -> str:
    message = parse_message("\r".join(test.v2).encode())
    return message.version if isinstance(message, Message) and message.version else "2.4"


# --- comparing HL7 v2


def _compare_v2(maps: MapSet, declaration: MapDeclaration, expected: Sequence[str], found: str) -> Iterator[Difference]:
    kind = kind_of(declaration)
    if kind is MapKind.DATATYPE:
        paths = left_out_paths([declaration])
        before, after = (trim(blank_value(text, paths, _ENCODING), _ENCODING) for text in (expected[0], found))
        if before != after:
            yield Difference(declaration.left.names[0], before or None, after or None)
        return
    declarations = [each.declaration for each in maps.maps.values()] if kind is MapKind.MESSAGE else [declaration]
    paths = left_out_paths(declarations)
    both = ([_fields(line) for line in lines if line] for lines in (expected, found.replace("\n", "\r").split("\r")))
    before_, after_ = (blank_segments(segments, paths, _ENCODING) for segments in both)
    yield from compare_segments(before_, after_, _ENCODING)


def _fields(line: str) -> list[str]:
    name, *fields = line.split(_ENCODING.field)
    return [name, _ENCODING.field, *fields] if name == "MSH" else [name, *fields]
