"""Texts of HL7 v2 without what a map drops or keeps: what a round trip must give again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.codec.hl7v2 import EncodingCharacters
from hub.mapping.items import iter_items
from hub.mapping.syntax import LeftOut, MapDeclaration, V2Path


def left_out_paths(declarations: Iterable[MapDeclaration]) -> list[V2Path]:
    """Of drop and keep. With a `when` as well: what is left out only sometimes need not come back."""
    items = (item for declaration in declarations for item in iter_items(declaration.body))
    return [path for item in items if isinstance(item, LeftOut) for path in item.paths]


def blank_value(text: str, paths: Sequence[V2Path], encoding: EncodingCharacters) -> str:
    """One value of a datatype map, in each of its repetitions."""
    for path in paths:
        if path.field is None and path.component is not None:
            text = _blank(text, path, encoding)
    return text


def blank_segments(segments: Sequence[Sequence[str]], paths: Sequence[V2Path], encoding: EncodingCharacters) -> list[list[str]]:
    """Segments as lists of field texts, the name first. A segment that is left out whole goes."""
    gone = {path.segment for path in paths if path.field is None and path.component is None and not path.groups}
    kept = [list(segment) for segment in segments if segment[0] not in gone]
    for segment in kept:
        for path in paths:
            if path.segment == segment[0] and path.field is not None and path.field < len(segment):
                segment[path.field] = _blank(segment[path.field], path, encoding)
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
