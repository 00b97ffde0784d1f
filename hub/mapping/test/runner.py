"""The tests of maps, those in the maps themselves (`test "a pulse from an oximeter"`) and those of `*.test.yaml`.

v2 to FHIR: what the test names must be there. The other way (`fhir` stands first, or the map is one-way `<-`): the v2 text must be
the same, but for what the map drops or keeps. `round trip exact`: there and back, the same text again, but for the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from hub.codec.hl7v2 import DEFAULT_ENCODING, Message, parse_message
from hub.core.diagnostics import Diagnostic
from hub.core.json import Json
from hub.mapping.mapset import MapSet
from hub.mapping.run.compiled import CompiledMap
from hub.mapping.run.parts import run_part_backward, run_part_forward
from hub.mapping.syntax import Arrow, MapDeclaration
from hub.mapping.test.cases import Case, case_of
from hub.mapping.test.comparing import Difference, compare_json, compare_segments, trim
from hub.mapping.test.left_out import blank_segments, blank_value, left_out_paths
from hub.mapping.transaction_bundle import render_bundle, resources_of
from hub.mapping.types.scope import MapKind, kind_of

__all__ = ["Verdict", "goes_back", "run_case", "run_tests"]

_ENCODING = DEFAULT_ENCODING
_GIVENS = {"control_id": "1", "written_at": "20260101000000+0000"}  # what the engine hands over, where a test does not


@dataclass(frozen=True, slots=True)
class Verdict:
    """Passed when nothing differs. found: what came out (JSON, or v2 text going back), as the test would have to expect it; None where it
    was refused.
    """

    test: Case
    differences: tuple[Difference, ...]
    diagnostics: tuple[Diagnostic, ...]
    found: Json = None

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
    """Those that stand in these files of maps, or in all, in their order."""
    for file in maps.files:
        for test in file.tests if files is None or file.path in files else ():
            if maps.get(test.map or "") is not None:
                yield run_case(maps, case_of(test))


def goes_back(compiled: CompiledMap, case: Case) -> bool:
    """Is FHIR what is converted?"""
    return case.backward or compiled.declaration.arrow is Arrow.BACKWARD


def run_case(maps: MapSet, case: Case) -> Verdict:
    """The map must be there."""
    compiled = maps.maps[case.map]
    backward = goes_back(compiled, case)
    outcome = _backward(maps, compiled, case, case.fhir) if backward else _forward(maps, compiled, case)
    found = outcome.value if backward or outcome.refused else _as_expected(compiled, case, outcome.value)
    differences = [*_compare_refusal(case, outcome)]
    if outcome.refused:
        return Verdict(case, tuple(differences), outcome.diagnostics)
    if not backward:
        differences += _compare_forward(maps, compiled, case, outcome, found)
    elif case.v2:
        differences += _compare_v2(maps, compiled.declaration, case, outcome.value or "")
    return Verdict(case, tuple(differences), outcome.diagnostics, found)


def _compare_refusal(case: Case, outcome: _Outcome) -> Iterator[Difference]:
    reported = sorted({diagnostic.code.name for diagnostic in outcome.diagnostics})
    if case.refused is not None and case.refused not in reported:
        yield Difference("refused", case.refused, ", ".join(reported) or None)
    elif case.refused is None and outcome.refused:
        yield Difference("refused", None, ", ".join(reported))


def _as_expected(compiled: CompiledMap, case: Case, value: Json) -> Json:
    """Of a message map the Bundle, where a Bundle is expected; else its resources."""
    is_bundle = isinstance(case.fhir, dict) and case.fhir.get("resourceType") == "Bundle"
    if not compiled.is_message_map or is_bundle or not case.has_fhir:
        return value
    return [entry["resource"] for entry in value.get("entry", ())]


def _compare_forward(maps: MapSet, compiled: CompiledMap, case: Case, outcome: _Outcome, found: Json) -> Iterator[Difference]:
    if case.has_fhir:
        yield from compare_json(case.fhir, found, "", whole=case.whole)
    if case.round_trip:
        again = _backward(maps, compiled, case, outcome.value)
        if again.value is None:
            reported = ", ".join(sorted({diagnostic.code.name for diagnostic in again.diagnostics}))
            yield Difference("round trip", "a text", reported or None)
        else:
            yield from _compare_v2(maps, compiled.declaration, case, again.value)


# --- running


def _forward(maps: MapSet, compiled: CompiledMap, case: Case) -> _Outcome:
    params, givens = dict(case.params), _GIVENS | dict(case.givens)
    text = "\r".join(case.v2)
    if not compiled.is_message_map:
        value, diagnostics = run_part_forward(maps, compiled.name, text, params=params, givens=givens, version=case.version)
        return _Outcome(value, diagnostics)
    message = parse_message(text.encode())
    if isinstance(message, Diagnostic):
        return _Outcome(None, (message,))
    conversion = compiled.forward(message, params=params, givens=givens)
    return _Outcome(None if conversion.refused else render_bundle(conversion.produced), conversion.diagnostics)


def _backward(maps: MapSet, compiled: CompiledMap, case: Case, value: Json) -> _Outcome:
    params, givens = dict(case.params), _GIVENS | dict(case.givens)
    if not compiled.is_message_map:
        text, diagnostics = run_part_backward(maps, compiled.name, value, params=params, givens=givens, version=case.version)
        return _Outcome(text, diagnostics)
    written = compiled.backward(resources_of(value) or [], params=params, givens=givens, version=case.version or _version(case))
    return _Outcome(written.body.decode() if written.body is not None else None, written.diagnostics)


def _version(case: Case) -> str:
    message = parse_message("\r".join(case.v2).encode())
    return message.version if isinstance(message, Message) and message.version else "2.4"


# --- comparing HL7 v2


def _compare_v2(maps: MapSet, declaration: MapDeclaration, case: Case, found: str) -> Iterator[Difference]:
    """Without what the map drops or keeps, which cannot come back; with `whole` that is asked for too."""
    kind = kind_of(declaration)
    if kind is MapKind.DATATYPE:
        left_out = left_out_paths([] if case.whole else [declaration], maps.program, case.version or "2.5.1")
        names = declaration.left.names
        before, after = (trim(blank_value(text, left_out, names, _ENCODING), _ENCODING) for text in (case.v2[0], found))
        if before != after:
            yield Difference(declaration.left.names[0], before or None, after or None)
        return
    declarations = [each.declaration for each in maps.maps.values()] if kind is MapKind.MESSAGE else [declaration]
    left_out = left_out_paths([] if case.whole else declarations, maps.program, case.version or _version(case))
    both = ([_fields(line) for line in lines if line] for lines in (case.v2, found.replace("\n", "\r").split("\r")))
    before_, after_ = (blank_segments(segments, left_out, _ENCODING) for segments in both)
    yield from compare_segments(before_, after_, _ENCODING)


def _fields(line: str) -> Sequence[str]:
    name, *fields = line.split(_ENCODING.field)
    return [name, _ENCODING.field, *fields] if name == "MSH" else [name, *fields]
