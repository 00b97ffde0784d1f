"""The usual row, compiled shorter: one path, one value, no default. It does what `taking` does; this is where the time goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hub.codec.hl7v2 import HL7_NULL
from hub.mapping.forward.conditions import same_field
from hub.mapping.forward.reach import GroupReach, PartReach, Reach, SegmentReach, Test
from hub.mapping.forward.read_v2 import source_index
from hub.mapping.forward.sources import Alternative
from hub.mapping.forward.taking import Take
from hub.mapping.forward.values import Convert
from hub.mapping.forward.write_fhir import Put
from hub.mapping.running import Frame, LeaveOut, Run
from hub.mapping.syntax import Row as RowSyntax
from hub.mapping.syntax import V2Path
from hub.mapping.values.primitives import Misread

__all__ = ["quick_row"]

Row = Callable[[Run, Frame], None]


def quick_row(row: RowSyntax, alternative: Alternative, guards: Sequence[Test], *, put: Put, take: Take, reach: Reach) -> Row | None:
    """The usual row: one path, which is mostly absent. Said once more without the general case, since this is where the time goes."""
    path = row.left.alternatives[0].atom
    if not isinstance(path, V2Path) or isinstance(reach, GroupReach) or alternative.because is not None:
        return None
    at = source_index(path)
    if at is None:
        return None
    if isinstance(reach, PartReach) and path.subcomponent is None and row.clauses.policy is None:
        return _quick_part(at, alternative.convert, guards, put)
    tests = any(same_field(condition, path) for condition in row.clauses.when)
    plain = isinstance(reach, SegmentReach) and path.component is None and path.repetition in {None, "*", "first", "last", 1} and not tests
    return _quick_field(at, alternative, guards, put, take, plain=plain and at > 2)


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


def _quick_field(at: int, alternative: Alternative, guards: Sequence[Test], put: Put, take: Take, *, plain: bool) -> Row:
    convert, read = alternative.convert, alternative.read

    def run_row(run: Run, frame: Frame) -> None:
        source = frame.source
        if at >= len(source) or not (raw := source[at]):
            return
        for guard in guards:
            if not guard(run, frame):
                return
        if plain and run.separators[0] not in raw and raw != HL7_NULL:
            place = (frame.place, at, 0)
            mark = len(run.diagnostics)
            try:
                value = convert(run, frame, raw, 1, place)
            except (Misread, LeaveOut):
                del run.diagnostics[mark:]
                take(run, frame, alternative, ((raw, place),))
                return
            if value is not None:
                put(frame, value, 0)
            return
        take(run, frame, alternative, read(run, frame))

    return run_row
