"""Texts of HL7 v2 without what a map drops or keeps: what a round trip must give again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.codec.hl7v2 import EncodingCharacters, Segment
from hub.mapping.forward.conditions import compile_condition, compile_raw
from hub.mapping.forward.making import Making
from hub.mapping.forward.reach import PartReach, Reach, SegmentReach
from hub.mapping.items import iter_items
from hub.mapping.program import Program
from hub.mapping.running import Frame, Run
from hub.mapping.syntax import Condition, Expression, LeftOut, Let, MapDeclaration, Name, V2Path

__all__ = ["LeftOutPaths", "blank_segments", "blank_value", "left_out_paths"]


@dataclass(frozen=True, slots=True)
class LeftOutPaths:
    """Of drop and keep. sometimes: those with a `when`, which count only where it holds."""

    program: Program
    version: str
    always: tuple[V2Path, ...]
    sometimes: tuple[tuple[LeftOut, Mapping[str, Expression]], ...]

    def of_segment(self, fields: Sequence[str], encoding: EncodingCharacters) -> Iterator[V2Path]:
        """A condition on another segment is not asked: as if it held."""
        text = encoding.field.join(fields)
        segment = Segment(fields[0], 0, 1, text, start=0, terminator="\r", separator=encoding.field)
        reach = SegmentReach(self.version, fields[0], self.program)
        return self._paths(_Asked(reach, Frame(list(fields), 1, segment, {}), fields[0], encoding))

    def of_value(self, text: str, names: tuple[str, ...], encoding: EncodingCharacters) -> Iterator[V2Path]:
        frame = Frame(text.split(encoding.component), 1, names[0], {})
        return self._paths(_Asked(PartReach(self.version, names), frame, None, encoding))

    def _paths(self, asked: _Asked) -> Iterator[V2Path]:
        yield from self.always
        for item, lets in self.sometimes:
            if all(asked.holds(condition, lets, self.program) for condition in item.when):
                yield from item.paths


@dataclass(frozen=True, slots=True)
class _Asked:
    """What conditions are asked of. segment: None for the value of a datatype map."""

    reach: Reach
    frame: Frame
    segment: str | None
    encoding: EncodingCharacters

    def holds(self, condition: Condition, lets: Mapping[str, Expression], program: Program) -> bool:
        run = Run.start(None, self.encoding, "utf-8", {}, Making("", b""))
        subject = condition.subject
        if isinstance(subject, Name):
            atoms = [each.atom for each in lets[subject.name].alternatives] if subject.name in lets else []
            if not any(isinstance(atom, V2Path) and self._is_here(atom) for atom in atoms):
                return True
            self.frame.names[subject.name] = compile_raw(lets[subject.name], self.reach, program)(run, self.frame)
        elif isinstance(subject, V2Path) and not self._is_here(subject):
            return True
        return compile_condition(condition, self.reach)(run, self.frame)

    def _is_here(self, path: V2Path) -> bool:
        return self.segment is None or (path.segment == self.segment and not path.groups)


def left_out_paths(declarations: Sequence[MapDeclaration], program: Program, version: str) -> LeftOutPaths:
    always: list[V2Path] = []
    sometimes: list[tuple[LeftOut, Mapping[str, Expression]]] = []
    for declaration in declarations:
        items = list(iter_items(declaration.body))
        lets = {item.name: item.value for item in items if isinstance(item, Let)}
        for item in items:
            if isinstance(item, LeftOut) and item.when:
                sometimes.append((item, lets))
            elif isinstance(item, LeftOut):
                always.extend(item.paths)
    return LeftOutPaths(program, version, tuple(always), tuple(sometimes))


def blank_value(text: str, left_out: LeftOutPaths, names: tuple[str, ...], encoding: EncodingCharacters) -> str:
    """One value of a datatype map, in each of its repetitions."""
    for path in tuple(left_out.of_value(text, names, encoding)):
        if path.field is None and path.component is not None:
            text = _blank(text, path, encoding)
    return text


def blank_segments(segments: Sequence[Sequence[str]], left_out: LeftOutPaths, encoding: EncodingCharacters) -> list[list[str]]:
    """Segments as lists of field texts, the name first. A segment that is left out whole goes."""
    kept: list[list[str]] = []
    for segment in segments:
        paths = [path for path in left_out.of_segment(segment, encoding) if path.segment == segment[0]]
        if any(path.field is None and path.component is None and not path.groups for path in paths):
            continue
        blanked = list(segment)
        for path in paths:
            if path.field is not None and path.field < len(blanked):
                blanked[path.field] = _blank(blanked[path.field], path, encoding)
        kept.append(blanked)
    return kept


def _blank(text: str, path: V2Path, encoding: EncodingCharacters) -> str:
    repetitions = text.split(encoding.repetition)
    for at in _repetitions(path, len(repetitions)):
        repetitions[at] = _blank_repetition(repetitions[at], path, encoding)
    return encoding.repetition.join(repetitions)


def _repetitions(path: V2Path, count: int) -> range:
    match path.repetition:
        case "first":
            return range(1)
        case "last":
            return range(count - 1, count)
        case int(number):
            return range(number - 1, min(number, count))
        case _:
            return range(count)


def _blank_repetition(text: str, path: V2Path, encoding: EncodingCharacters) -> str:
    if path.component is None:
        return ""
    components = text.split(encoding.component)
    if path.component <= len(components):
        components[path.component - 1] = _blank_component(components[path.component - 1], path, encoding)
    return encoding.component.join(components)


def _blank_component(text: str, path: V2Path, encoding: EncodingCharacters) -> str:
    if path.subcomponent is None:
        return ""
    parts = text.split(encoding.subcomponent)
    if path.subcomponent <= len(parts):
        parts[path.subcomponent - 1] = ""
    return encoding.subcomponent.join(parts)
