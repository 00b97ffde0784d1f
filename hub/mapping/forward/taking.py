"""What a row does with what it found: convert each text, decorate the value, put it in its place, and say what could not be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hub.codec.hl7v2 import HL7_NULL, Segment
from hub.core.json import Json
from hub.mapping.codes.run import DEFAULT_FOR_UNKNOWN, LEFT_OUT, NOT_IN_TABLE, SEVERAL_VALUES
from hub.mapping.forward import values
from hub.mapping.forward.read_v2 import Found
from hub.mapping.forward.sources import Alternative
from hub.mapping.forward.write_fhir import Put
from hub.mapping.running import Frame, LeaveOut, Place, Run
from hub.mapping.syntax import Row as RowSyntax
from hub.mapping.values.primitives import Misread

__all__ = ["Take", "Taking"]

Take = Callable[[Run, Frame, Alternative, Found], None]


@dataclass(frozen=True, slots=True)
class Taking:
    """fhir_type: of the target. element: the top element the row writes. several: it holds more than one. required: it must be there.

    nested: in a datatype map what cannot be read is for the nearest row around it that says `or skip`.
    """

    row: RowSyntax
    put: Put
    decorate: Callable[[Run, Frame, Json], None] | None
    absent: Callable[[Run, Frame], None]
    fhir_type: str
    element: str
    several: bool
    required: bool
    nested: bool

    def __call__(self, run: Run, frame: Frame, alternative: Alternative, found: Found) -> None:
        if not found:
            self.absent(run, frame)
            return
        if not self.several and len(found) > 1:
            run.report(SEVERAL_VALUES, f"{len(found)} values", found[0][1], self.row.span)
            found = found[:1]
        count = 0
        for raw, place in found:
            value = None if raw == HL7_NULL else self._convert(run, frame, alternative, raw, place)
            if value is None:
                continue
            if self.decorate is not None:
                self.decorate(run, frame, value)
            self.put(frame, value, _number(place, count, of_group=frame.node is not None))
            count += 1
        if not count and found[0][0] == HL7_NULL and not self.nested:
            run.cleared.add(self.element)

    def _convert(self, run: Run, frame: Frame, alternative: Alternative, raw: str, place: Place) -> Json:
        level = 1 if alternative.depth is None else frame.level + alternative.depth
        try:
            return alternative.convert(run, frame, raw, level, place)
        except LeaveOut:
            return None
        except Misread as error:
            default = self.row.clauses.default
            if default is not None and error.code is NOT_IN_TABLE:
                run.report(DEFAULT_FOR_UNKNOWN, error.detail, error.place or place, self.row.span)
                return values.constant(default.value.text, self.fhir_type)
            if self.row.clauses.policy is None and self.nested:
                raise
            self._refuse(run, error, place)
            return None

    def _refuse(self, run: Run, error: Misread, place: Place) -> None:
        run.unread = error
        if self.row.clauses.policy != "skip":
            run.report_misread(error, error.place or place, self.row.span)
            return
        run.report(LEFT_OUT, f"cannot be read: {error.detail}", error.place or place, self.row.span)
        if self.required:
            raise LeaveOut


def _number(place: Place, count: int, *, of_group: bool) -> int:
    """The repetition a value stands in, so that `[*]` rows of one field meet in one item; of a group, in which segment too."""
    while isinstance(place, tuple) and len(place) == 2:
        place = place[0]
    if isinstance(place, tuple) and isinstance(place[0], Segment):
        number: int = place[2] + (1000 * place[0].occurrence if of_group else 0)
        return number
    return count
