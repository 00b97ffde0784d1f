"""Would the row read again what it has written? Its guards, asked of the segment in the making as a message would be asked.

    reading  OBX <-> Observation by obx  when OBX-3.1 not in (150020, 150021), OBX-5 present

An Observation whose OBX has no OBX-5 is not this row's: another row may take it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from hub.codec.hl7v2 import Segment
from hub.mapping.backward.write_v2 import Fields, render_segment
from hub.mapping.forward.conditions import compile_condition, compile_raw
from hub.mapping.forward.making import Making
from hub.mapping.forward.reach import SegmentReach, Test
from hub.mapping.program import Program
from hub.mapping.running import Frame, Run
from hub.mapping.syntax import Call, Condition, Expression, Name, Row, V2Path

__all__ = ["ReadsAgain", "compile_rereading"]

ReadsAgain = Callable[[Run, Fields], bool]


def compile_rereading(program: Program, version: str, row: Row, segment: str, lets: Mapping[str, Expression]) -> ReadsAgain:
    """Guards about other segments are not asked: what stands there is not this row's doing."""
    reach = SegmentReach(version, segment, program)
    asked = [each for each in row.clauses.when if _is_about(each, segment, lets)]
    unless = [each for each in row.clauses.unless if _is_about(each, segment, lets)]
    if len(unless) < len(row.clauses.unless):
        unless = []
    names = {name for each in (*asked, *unless) if isinstance(each.subject, Name) for name in [each.subject.name]}
    reads = [(name, compile_raw(lets[name], reach, program)) for name in names]
    tests: list[Test] = [compile_condition(each, reach) for each in asked]
    against: list[Test] = [compile_condition(each, reach) for each in unless]

    def reads_again(run: Run, fields: Fields) -> bool:
        if not (tests or against):
            return True
        text = render_segment(run, fields)
        written = Segment(fields.name, 0, 1, text, start=0, terminator="\r", separator=run.encoding.field)
        asking = Run.start(None, run.encoding, run.charset, run.params, Making("", b""))
        frame = Frame(written.fields, 1, written, {})
        for name, read in reads:
            frame.names[name] = read(asking, frame)
        return all(test(asking, frame) for test in tests) and not (against and all(test(asking, frame) for test in against))

    return reads_again


def _is_about(condition: Condition, segment: str, lets: Mapping[str, Expression]) -> bool:
    """About nothing but the segment, directly or through a let."""
    subject = condition.subject
    if isinstance(subject, Name):
        if subject.name not in lets:
            return False
        paths: Sequence[V2Path] = list(_paths(lets[subject.name]))
    else:
        paths = [subject] if isinstance(subject, V2Path) else []
    return bool(paths) and all(path.segment == segment and not path.groups for path in paths)


def _paths(expression: Expression) -> Iterator[V2Path]:
    for alternative in expression.alternatives:
        if isinstance(alternative.atom, V2Path):
            yield alternative.atom
        elif isinstance(alternative.atom, Call):
            for argument in alternative.atom.arguments:
                yield from _paths(argument)
