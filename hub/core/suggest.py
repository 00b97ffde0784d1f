"""One "did you mean" for the whole language: near enough to be a slip of the finger, or nothing."""

from __future__ import annotations

from collections.abc import Iterable


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """The nearest candidate within an edit distance of max(1, len/3), regardless of capitals; the first of equals."""
    limit = max(1, len(word) // 3)
    folded = word.casefold()
    best: str | None = None
    for candidate in candidates:
        if candidate == word or abs(len(candidate) - len(word)) > limit:
            continue
        distance = edit_distance(folded, candidate.casefold(), limit)
        if distance is not None:
            best, limit = candidate, distance - 1
            if limit < 0:
                break
    return best


def edit_distance(left: str, right: str, limit: int) -> int | None:
    """Letters added, left out, changed or swapped with their neighbour; None when it is more than `limit`."""
    two_before: list[int] = []
    before = list(range(len(right) + 1))
    for row, letter in enumerate(left, 1):
        current = [row]
        for column, other in enumerate(right, 1):
            cost = min(before[column] + 1, current[-1] + 1, before[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == right[column - 2] and other == left[row - 2]:
                cost = min(cost, two_before[column - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return None
        two_before, before = before, current
    return before[-1] if before[-1] <= limit else None
