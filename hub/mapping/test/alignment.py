"""Which item of one list stands for which of another: in order, with the fewest differences to tell (an edit distance)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

__all__ = ["align"]

T = TypeVar("T")
Pair = tuple[int | None, int | None]

_MOST: Final = 2_500  # pairs that are looked at; beyond that, place by place


def align(left: Sequence[T], right: Sequence[T], unlike: Callable[[T, T], int | None], size: Callable[[T], int]) -> list[Pair]:
    """Indexes of left and right; None where the other list has nothing. unlike: how many differences, None for things of another kind."""
    start = _equal_ends(left, right, unlike, range(min(len(left), len(right))), lambda at, _: at)
    rest = min(len(left), len(right)) - start
    end = _equal_ends(left, right, unlike, range(1, rest + 1), lambda at, count: count - at)
    middle = _middle(left[start : len(left) - end], right[start : len(right) - end], unlike, size)
    return [
        *((at, at) for at in range(start)),
        *((None if one is None else one + start, None if other is None else other + start) for one, other in middle),
        *((len(left) - end + at, len(right) - end + at) for at in range(end)),
    ]


def _equal_ends(
    left: Sequence[T], right: Sequence[T], unlike: Callable[[T, T], int | None], steps: range, index: Callable[[int, int], int]
) -> int:
    """How many items at an end are the same."""
    for number, at in enumerate(steps):
        if unlike(left[index(at, len(left))], right[index(at, len(right))]) != 0:
            return number
    return len(steps)


def _middle(left: Sequence[T], right: Sequence[T], unlike: Callable[[T, T], int | None], size: Callable[[T], int]) -> list[Pair]:
    if not left or not right or len(left) * len(right) > _MOST:
        longest = max(len(left), len(right))
        return [(at if at < len(left) else None, at if at < len(right) else None) for at in range(longest)]
    alone_left, alone_right = [size(item) for item in left], [size(item) for item in right]
    costs = {(len(left), len(right)): 0}
    steps: dict[tuple[int, int], str] = {}
    for row in range(len(left), -1, -1):
        for column in range(len(right), -1, -1):
            choices = []
            if row < len(left) and column < len(right) and (count := unlike(left[row], right[column])) is not None:
                choices.append((costs[row + 1, column + 1] + count, "both"))
            if row < len(left):
                choices.append((costs[row + 1, column] + alone_left[row], "left"))
            if column < len(right):
                choices.append((costs[row, column + 1] + alone_right[column], "right"))
            if choices:
                costs[row, column], steps[row, column] = min(choices)
    return _together(_walk(steps, len(left), len(right)))


def _walk(steps: dict[tuple[int, int], str], rows: int, columns: int) -> Iterator[Pair]:
    row = column = 0
    while row < rows or column < columns:
        step = steps[row, column]
        yield row if step != "right" else None, column if step != "left" else None
        row += step != "right"
        column += step != "left"


def _together(pairs: Iterable[Pair]) -> list[Pair]:
    """What is missing and what is there instead of it, side by side."""
    joined: list[Pair] = []
    for left, right in pairs:
        before = joined[-1] if joined else (None, None)
        if right is not None and left is None and before[0] is not None and before[1] is None:
            joined[-1] = (before[0], right)
        else:
            joined.append((left, right))
    return joined
