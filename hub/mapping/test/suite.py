"""The tests of one `*.test.yaml`, run: each with the maps of its source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from hub.core.diagnostics import Diagnostic
from hub.mapping.codes import tests as codes
from hub.mapping.mapset import MapSet
from hub.mapping.test.comparing import Difference
from hub.mapping.test.runner import Verdict, run_case
from hub.mapping.test.test_files import WrittenFile, WrittenTest
from hub.mapping.test.written_cases import settle_case

__all__ = ["MapsOf", "Ran", "run_file"]

MapsOf = Callable[[str | None], MapSet | None]  # by the name of a source; None: the maps of no source in particular


@dataclass(frozen=True, slots=True)
class Ran:
    """verdict: None where the test could not be run; then the diagnostics say why."""

    written: WrittenTest
    maps: MapSet | None
    verdict: Verdict | None
    diagnostics: tuple[Diagnostic, ...] = ()


def run_file(file: WrittenFile, maps_of: MapsOf) -> Iterator[Ran]:
    for written in file.tests:
        maps = maps_of(written.source.text if written.source is not None else None)
        if maps is None:
            span = written.source.span if written.source is not None else written.span
            yield Ran(written, None, None, (Diagnostic(codes.NO_SUCH_SOURCE, "no overlays of this source", span),))
            continue
        case = settle_case(written, maps)
        if isinstance(case, tuple):
            yield Ran(written, maps, None, case)
        else:
            verdict = run_case(maps, case)
            yield Ran(written, maps, verdict if case.expects else _without_expectation(verdict))


def _without_expectation(verdict: Verdict) -> Verdict:
    nothing = Diagnostic(codes.NOTHING_EXPECTED, "nothing could differ", verdict.test.span, fix="`calder map test --update` fills it in")
    wanted = Difference("the test", "fhir, v2, refused or round_trip", None)
    return replace(verdict, differences=(*verdict.differences, wanted), diagnostics=(*verdict.diagnostics, nothing))
