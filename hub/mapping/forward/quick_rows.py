"""The usual row, compiled shorter: one path, one value. It does what `taking` does; this is where the time goes.

What is not so plain (repetitions, HL7 null, a value that cannot be read, the other alternatives of a row) goes to the general row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hub.codec.hl7v2 import HL7_NULL
from hub.mapping.forward.conditions import same_field
from hub.mapping.forward.reach import PartReach, Reach, SegmentReach, Test
from hub.mapping.forward.read_v2 import source_index
from hub.mapping.forward.sources import Alternative
from hub.mapping.forward.values import Convert
from hub.mapping.forward.write_fhir import Put
from hub.mapping.running import Frame, LeaveOut, Run
from hub.mapping.syntax import Row as RowSyntax
from hub.mapping.syntax import V2Path
from hub.mapping.values.primitives import Misread

__all__ = ["quick_row"]

Row = Callable[[Run, Frame], None]


def quick_row(
    row: RowSyntax, alternative: Alternative, guards: Sequence[Test], *, put: Put, general: Row, reach: Reach, alone: bool
) -> Row | None:
    """alone: where the path is absent there is nothing to do. None where the row is not a usual one."""
    path = row.left.alternatives[0].atom
    if not isinstance(path, V2Path) or alternative.because is not None:
        return None
    at = source_index(path)
    if at is None:
        return None
    if isinstance(reach, PartReach) and alone and path.subcomponent is None:
        quick = _quick_part(at, alternative.convert, guards, put)
        return quick if row.clauses.policy is None else _or_general(quick, general)
    if not isinstance(reach, SegmentReach):
        return None
    tests = any(same_field(condition, path) for condition in row.clauses.when)
    plain = path.component is None and path.repetition in {None, "*", "first", "last", 1} and not tests and at > 2
    if plain:
        return _quick_field(at, alternative.convert, guards, put, general, alone=alone)
    return _present_field(at, general) if alone else None


def _quick_part(at: int, convert: Convert, guards: Sequence[Test], put: Put) -> Row:
    def run_row(run: Run, frame: Frame) -> None:
        source = frame.source
        if at >= len(source) or not (raw := source[at]):
            return
        for guard in guards:
            if not guard(run, frame):
                return
        if raw != HL7_NULL:
            value = convert(run, frame, raw, frame.level + 1, (frame.place, at + 1))
            if value is not None:
                put(frame, value, 0)

    return run_row


def _or_general(quick: Row, general: Row) -> Row:
    """What cannot be read is for the general row, which knows what the map says to that."""

    def run_row(run: Run, frame: Frame) -> None:
        mark = len(run.diagnostics)
        try:
            quick(run, frame)
        except (Misread, LeaveOut):
            del run.diagnostics[mark:]
            general(run, frame)

    return run_row


def _quick_field(at: int, convert: Convert, guards: Sequence[Test], put: Put, general: Row, *, alone: bool) -> Row:
    def run_row(run: Run, frame: Frame) -> None:
        source = frame.source
        raw = source[at] if at < len(source) else ""
        if not raw and alone:
            return
        if not raw or run.separators[0] in raw or raw == HL7_NULL:
            general(run, frame)
            return
        for guard in guards:
            if not guard(run, frame):
                return
        mark = len(run.diagnostics)
        try:
            value = convert(run, frame, raw, 1, (frame.place, at, 0))
        except (Misread, LeaveOut):
            del run.diagnostics[mark:]
            general(run, frame)
            return
        if value is not None:
            put(frame, value, 0)

    return run_row


def _present_field(at: int, general: Row) -> Row:
    def run_row(run: Run, frame: Frame) -> None:
        source = frame.source
        if at < len(source) and source[at]:
            general(run, frame)

    return run_row
