"""What a test expected, and what came out, path by path.

FHIR: every element named must be there and equal; a list item by item, as many as are named. Numbers are equal when they are
written alike (36.50 is not 36.5). HL7 v2: field by field, without empty ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest

from hub.codec.hl7v2 import EncodingCharacters
from hub.core.json import Json, render_json


@dataclass(frozen=True, slots=True)
class Difference:
    """expected and found: as JSON or HL7 v2 text; None where there is nothing. The values of a test are made up, and are shown."""

    path: str
    expected: str | None
    found: str | None


# --- FHIR


def compare_json(expected: Json, found: Json, path: str) -> Iterator[Difference]:
    match expected, found:
        case dict(), dict():
            for name, value in expected.items():
                yield from _compare_element(value, found, f"{path}.{name}" if path else name, name)
        case list(), list():
            for index, (left, right) in enumerate(zip_longest(expected, found, fillvalue=_NOTHING)):
                yield from _compare_item(left, right, f"{path}[{index}]")
        case _:
            if not _is_equal(expected, found):
                yield Difference(path, _show(expected), _show(found))


_NOTHING: Json = object()


def _compare_element(expected: Json, found: dict[str, Json], path: str, name: str) -> Iterator[Difference]:
    if name not in found:
        yield Difference(path, _show(expected), None)
    else:
        yield from compare_json(expected, found[name], path)


def _compare_item(expected: Json, found: Json, path: str) -> Iterator[Difference]:
    if expected is _NOTHING or found is _NOTHING:
        yield Difference(path, None if expected is _NOTHING else _show(expected), None if found is _NOTHING else _show(found))
    else:
        yield from compare_json(expected, found, path)


def _is_equal(expected: Json, found: Json) -> bool:
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(expected, int | Decimal) and isinstance(found, int | Decimal):
        return str(expected) == str(found)
    return type(expected) is type(found) and bool(expected == found)


def _show(value: Json) -> str:
    return render_json(value).decode()


# --- HL7 v2


def compare_segments(
    expected: Sequence[Sequence[str]], found: Sequence[Sequence[str]], encoding: EncodingCharacters
) -> Iterator[Difference]:
    """Segments as lists of field texts, the name first."""
    for index, (left, right) in enumerate(zip_longest(expected, found), 1):
        if left is None or right is None or left[0] != right[0]:
            yield Difference(f"segment {index}", _join(left, encoding), _join(right, encoding))
            continue
        for field, (before, after) in enumerate(zip_longest(left[1:], right[1:], fillvalue=""), 1):
            if trim(before, encoding) != trim(after, encoding):
                yield Difference(f"{left[0]}-{field}", trim(before, encoding) or None, trim(after, encoding) or None)


def _join(fields: Sequence[str] | None, encoding: EncodingCharacters) -> str | None:
    return None if fields is None else encoding.field.join(fields).rstrip(encoding.field)


def trim(field: str, encoding: EncodingCharacters) -> str:
    """Without the delimiters that end nothing: `A^^&~B^` is `A~B`."""
    return encoding.repetition.join(
        encoding.component.join(component.rstrip(encoding.subcomponent) for component in repetition.split(encoding.component)).rstrip(
            encoding.component
        )
        for repetition in field.split(encoding.repetition)
    ).rstrip(encoding.repetition)
