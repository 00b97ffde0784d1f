"""Guards on v2 fields, going back: one that another row has made untrue keeps its row from writing; `=` and `in` are written after it.

What a row writes must be read by the same row again. So before it writes, what stands already is asked: a row `when OBX-2 = NM` does not
write where an earlier row has made OBX-2 an SN. What is not there yet is no obstacle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.mapping.backward.write_v2 import BackFrame, PutRaw, compile_put_raw
from hub.mapping.forward.conditions import same_field
from hub.mapping.running import Run
from hub.mapping.syntax import Call, Condition, Name, Row, V2Path

__all__ = ["Guards", "compile_guards"]


def compile_guards(row: Row, target: V2Path | Call, lets: Mapping[str, V2Path]) -> Guards:
    """lets: the first path of each let, where a guard on its name is asked and written."""
    here = target if isinstance(target, V2Path) else None
    when = [guard for condition in row.clauses.when if (guard := _compile(condition, here, lets)) is not None]
    unless = [_compile(condition, here, lets) for condition in row.clauses.unless]
    return Guards(target, when, [guard for guard in unless if guard is not None] if all(unless) else [])


def _compile(condition: Condition, target: V2Path | None, lets: Mapping[str, V2Path]) -> _Guard | None:
    subject = condition.subject
    path = lets.get(subject.name) if isinstance(subject, Name) else subject
    if not isinstance(path, V2Path) or path.groups:
        return None
    of_item = target is not None and isinstance(subject, V2Path) and same_field(condition, target)
    return _Guard(condition, path, compile_put_raw(path), frozenset(condition.values), target, of_item)


@dataclass(frozen=True, slots=True)
class Guards:
    target: V2Path | Call
    when: Sequence[_Guard]
    unless: Sequence[_Guard]

    def allow(self, run: Run, frame: BackFrame, raw: str, number: int) -> bool:
        """raw: what the row is about to write, as item `number`."""
        if any(guard.is_broken(run, frame, raw, number) for guard in self.when) or self._is_reserved(frame):
            return False
        return not self.unless or not all(guard.holds(run, frame, raw, number) for guard in self.unless)

    def write(self, run: Run, frame: BackFrame, at: int) -> None:
        """So that they hold again; what is there already stays."""
        for guard in self.when:
            guard.write(run, frame, at)
            if guard.condition.test == "absent":
                frame.reserved.add(_place(guard.path))

    def _is_reserved(self, frame: BackFrame) -> bool:
        """Has a row written that wants this place to stay empty?"""
        place = _place(self.target) if isinstance(self.target, V2Path) else ()
        return any(place[: len(other)] == other or other[: len(place)] == place for other in frame.reserved) if place else False


@dataclass(frozen=True, slots=True)
class _Guard:
    """target: what its row writes. of_item: it is about the same repetition."""

    condition: Condition
    path: V2Path
    put: PutRaw
    values: frozenset[str]
    target: V2Path | None
    of_item: bool

    def is_broken(self, run: Run, frame: BackFrame, raw: str, number: int) -> bool:
        if not self._is_here(frame):
            return False
        text = self._text(run, frame, raw, number)
        match self.condition.test:
            case "=" | "in":
                return bool(text) and text not in self.values
            case "!=" | "not in":
                return text in self.values
            case "absent":
                return bool(text)
            case "present":
                return False

    def holds(self, run: Run, frame: BackFrame, raw: str, number: int) -> bool:
        """What is not there yet does not hold, whatever is asked."""
        text = self._text(run, frame, raw, number) if self._is_here(frame) else ""
        match self.condition.test:
            case "=" | "in":
                return text in self.values
            case "!=" | "not in":
                return bool(text) and text not in self.values
            case "present":
                return bool(text)
            case "absent":
                return False

    def write(self, run: Run, frame: BackFrame, at: int) -> None:
        if self.condition.test not in {"=", "in"} or not self.condition.values or not self._is_here(frame):
            return
        text = run.raw_of(self.condition.values[0])
        if self.of_item and frame.fields is not None:
            _set_beside(frame.fields.by_number[self.path.field or 0][at], self.path.component or 1, text)
        elif not _written(run, frame, self.path):
            self.put(run, frame, text, 0)
            if frame.fields is not None:
                frame.fields.guarded[self.path.field or 0, self.path.component or 1] = self.values

    def _is_here(self, frame: BackFrame) -> bool:
        """A guard on another segment is not this segment's to write."""
        return self.path.field is None or (frame.fields is not None and self.path.segment == frame.fields.name)

    def _text(self, run: Run, frame: BackFrame, raw: str, number: int) -> str:
        target = self.target
        if target is None or (self.path.field, self.path.segment) != (target.field, target.segment):
            return _written(run, frame, self.path)
        if target.component is None and (self.of_item or target.field is not None):
            return _leaf(run, raw, self.path)
        if (target.component, target.subcomponent) == (self.path.component, self.path.subcomponent):
            return run.text_of(raw)
        return _written(run, frame, self.path, number if self.of_item else 0)


def _place(path: V2Path) -> tuple[int, ...]:
    return tuple(number for number in (path.field, path.component, path.subcomponent) if number is not None)


def _set_beside(parts: list[str], component: int, text: str) -> None:
    parts.extend([""] * (component - len(parts)))
    parts[component - 1] = parts[component - 1] or text


def _leaf(run: Run, raw: str, path: V2Path) -> str:
    """The text that a path has in a repetition about to be written."""
    parts = raw.split(run.separators[1])
    number = path.component or 1
    return _inner(run, parts[number - 1] if number <= len(parts) else "", path.subcomponent, run.separators[2])


def _written(run: Run, frame: BackFrame, path: V2Path, number: int = 0) -> str:
    if path.field is None:
        parts, separator = frame.parts, run.separators[min(frame.level + 1, 3)]
    else:
        repetitions = frame.fields.by_number.get(path.field, []) if frame.fields is not None else []
        parts, separator = repetitions[number] if number < len(repetitions) else [], run.separators[2]
    component = path.component or 1
    return _inner(run, parts[component - 1] if component <= len(parts) else "", path.subcomponent, separator)


def _inner(run: Run, raw: str, subcomponent: int | None, separator: str) -> str:
    if subcomponent is None:
        return run.text_of(raw)
    parts = raw.split(separator)
    return run.text_of(parts[subcomponent - 1]) if subcomponent <= len(parts) else ""
