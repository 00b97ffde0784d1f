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
from hub.mapping.test.alignment import align


@dataclass(frozen=True, slots=True)
class Difference:
    """expected and found: as JSON or HL7 v2 text; None where there is nothing. The values of a test are made up, and are shown."""

    path: str
    expected: str | None
    found: str | None


# --- FHIR


def compare_json(expected: Json, found: Json, path: str, *, whole: bool = False) -> Iterator[Difference]:
    """whole: nothing else may be there. An item of a list is named by its place in what was found, where it is there."""
    match expected, found:
        case dict(), dict():
            for name, value in expected.items():
                yield from _compare_element(value, found, f"{path}.{name}" if path else name, name, whole=whole)
            for name in [name for name in found if name not in expected] if whole else ():
                yield Difference(f"{path}.{name}" if path else name, None, _show(found[name]))
        case list(), list():
            yield from _compare_lists(expected, found, path, whole=whole)
        case _:
            if not _is_equal(expected, found):
                yield Difference(path, _show(expected), _show(found))


def _compare_element(expected: Json, found: dict[str, Json], path: str, name: str, *, whole: bool) -> Iterator[Difference]:
    if name not in found:
        yield Difference(path, _show(expected), None)
    else:
        yield from compare_json(expected, found[name], path, whole=whole)


def _compare_lists(expected: list[Json], found: list[Json], path: str, *, whole: bool) -> Iterator[Difference]:
    def unlike(left: Json, right: Json) -> int | None:
        if _is_other_kind(left, right):
            return None
        return sum(1 for _ in compare_json(left, right, "", whole=whole))

    for left, right in align(expected, found, unlike, _leaves):
        if left is None:
            yield Difference(f"{path}[{right}]", None, _show(found[right or 0]))
        elif right is None:
            yield Difference(f"{path}[{left}]", _show(expected[left]), None)
        elif _is_other_kind(expected[left], found[right]):
            yield Difference(f"{path}[{right}]", _show(expected[left]), _show(found[right]))
        else:
            yield from compare_json(expected[left], found[right], f"{path}[{right}]", whole=whole)


def _is_other_kind(left: Json, right: Json) -> bool:
    """A Patient is never compared with an Observation, in a Bundle or outside it."""
    if not isinstance(left, dict) or not isinstance(right, dict):
        return type(left) is not type(right)
    kinds = {_kind(left), _kind(right)}
    return None not in kinds and len(kinds) == 2


def _kind(value: dict[str, Json]) -> str | None:
    inner = value.get("resource")
    kind = (inner if isinstance(inner, dict) else value).get("resourceType")
    return kind if isinstance(kind, str) else None


def _leaves(value: Json) -> int:
    match value:
        case dict():
            return 1 + sum(_leaves(part) for part in value.values())
        case list():
            return 1 + sum(_leaves(part) for part in value)
        case _:
            return 1


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
    """Segments as lists of field texts, the name first. One too many or too few is one difference."""

    def unlike(left: Sequence[str], right: Sequence[str]) -> int | None:
        return None if left[0] != right[0] else sum(1 for _ in _compare_fields(left, right, encoding))

    for left, right in align(expected, found, unlike, len):
        before, after = None if left is None else expected[left], None if right is None else found[right]
        if before is not None and after is not None and before[0] == after[0]:
            yield from _compare_fields(before, after, encoding)
        else:
            at = left if left is not None else right or 0
            yield Difference(f"segment {at + 1}", _join(before, encoding), _join(after, encoding))


def _compare_fields(left: Sequence[str], right: Sequence[str], encoding: EncodingCharacters) -> Iterator[Difference]:
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
