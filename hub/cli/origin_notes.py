"""Where values came from, as a compiler would say it: the place, the line of the rule, the reason. Never a value, unless asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from hub.cli.reporting import describe_step
from hub.core.json import Json
from hub.mapping.conversion import Reason, Step, Unmade
from hub.mapping.origin import Origin

__all__ = ["Source", "describe_origin", "reason_for", "render_origin"]

_PLACES = 6  # of one reason


@dataclass(frozen=True, slots=True)
class Source:
    """What the notes quote. texts: of the maps, by file. body: of the message, only where its values may be shown."""

    texts: Mapping[str, str]
    body: bytes | None = None


def render_origin(origin: Origin, path: str | None, source: Source) -> Iterator[str]:
    for step in origin.steps:
        yield from _made(step, source)
    if origin.unmade or origin.unreached:
        yield f"{path} is not there{' in every resource' if origin.steps else ''}; these rows could have made it"
        yield ""
    elif not origin.steps:
        yield f"no row makes {path or 'anything'}"
    for (rule, file, line), reasons in _by_row(origin.unmade).items():
        yield from _note(rule, file, line, [_reason_line(each, places) for each, places in reasons], source)
    for rule, row in origin.unreached:
        yield from _note(rule, row.span.file, row.span.line, ["not asked: no row of this message's map called it"], source)


def describe_origin(origin: Origin, source: Source) -> dict[str, Json]:
    """For programs. rows: all that could have made it."""
    rows = {(each.rule, each.file, each.line): None for each in origin.unmade}
    rows |= {(rule, row.span.file, row.span.line): None for rule, row in origin.unreached}
    return {
        "steps": [_describe_step(step, source) for step in origin.steps],
        "not_made": [
            {
                "target": each.target,
                "place": each.place,
                "rule": each.rule,
                "file": each.file,
                "line": each.line,
                "reason": each.reason.value,
                "detail": each.detail,
            }
            for each in origin.unmade
        ],
        "rows": [{"rule": rule, "file": file, "line": line} for rule, file, line in rows],
    }


def _describe_step(step: Step, source: Source) -> Json:
    described: dict[str, Json] = {**describe_step(step), "start": step.start, "end": step.end}
    text = _bytes_of(step, source)
    return described if text is None else described | {"bytes": text}


def _made(step: Step, source: Source) -> Iterator[str]:
    span = f"   bytes {step.start}..{step.end}" if step.start is not None else ""
    yield f"{step.target} <- {step.source}{span}"
    text = _bytes_of(step, source)
    yield from _note(step.rule, step.file, step.line, [] if text is None else [f"the message has: {text}"], source)


def _bytes_of(step: Step, source: Source) -> str | None:
    if source.body is None or step.start is None or step.end is None:
        return None
    return source.body[step.start : step.end].decode("utf-8", errors="backslashreplace")


def _by_row(unmade: Sequence[Unmade]) -> dict[tuple[str, str, int], list[tuple[Unmade, list[str]]]]:
    """Under each row its reasons, each with the places it holds for."""
    rows: dict[tuple[str, str, int], dict[tuple[Reason, str], tuple[Unmade, list[str]]]] = {}
    for each in unmade:
        reasons = rows.setdefault((each.rule, each.file, each.line), {})
        _, places = reasons.setdefault((each.reason, each.detail), (each, []))
        if each.place is not None:
            places.append(each.place)
    return {row: list(reasons.values()) for row, reasons in rows.items()}


def _reason_line(unmade: Unmade, places: Sequence[str]) -> str:
    known = list(dict.fromkeys(places))
    more = f" and {len(known) - _PLACES} more" if len(known) > _PLACES else ""
    where = f"{', '.join(known[:_PLACES])}{more}: " if known else ""
    return f"{where}{reason_for(unmade)}"


def reason_for(unmade: Unmade) -> str:
    detail = unmade.detail
    match unmade.reason:
        case Reason.EMPTY:
            return f"{detail} is empty"
        case Reason.GUARD:
            return f"`{detail}` does not hold"
        case Reason.NOT_IN_TABLE:
            return f"the code is not in the table {detail}"
        case Reason.UNREADABLE:
            return f"it cannot be read: {detail}"
        case Reason.OTHER_WAY:
            return "the row goes from FHIR to HL7 v2 only"
        case Reason.NO_INSTANCE:
            return f"the message has no {detail} here"
        case Reason.ALONE:
            return f"{detail} is a text of the map, and stands only beside something else"
    assert_never(unmade.reason)


def _note(rule: str, file: str, line: int, notes: Sequence[str], source: Source) -> Iterator[str]:
    gutter = len(str(line)) + 1
    yield f"{'':{gutter}}┌─ {file}:{line}   {rule}"
    text = _line_of(source.texts.get(file), line)
    if text:
        yield f"{line:>{gutter - 1}} │ {text}"
    for note in notes:
        yield f"{'':{gutter}}= {note}"
    yield ""


def _line_of(text: str | None, line: int) -> str:
    lines = (text or "").split("\n")
    return lines[line - 1].strip() if line <= len(lines) else ""
