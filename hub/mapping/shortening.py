"""A report that a person can read: the first twenty mistakes of a file, and how many more there are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from hub.core.diagnostics import Diagnostic, Span
from hub.mapping.codes.check_rows import M320

__all__ = ["MOST_SHOWN", "shorten"]

MOST_SHOWN: Final = 20
_COUNTS: Final = re.compile(r"([\d,]+) more, ([\d,]+) of them errors")


@dataclass(slots=True)
class _OfFile:
    """found: where its diagnostics stand in the report. more, errors: what an earlier report has left out already; at: where that was."""

    found: list[int] = field(default_factory=list)
    more: int = 0
    errors: int = 0
    at: Span | None = None


def shorten(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Twenty of each file in their order, errors before warnings where not all can be shown; behind them M320 says how many are not.

    Reports that were shortened can be put together and shortened again.
    """
    every = tuple(found)
    files: dict[str, _OfFile] = {}
    for number, one in enumerate(every):
        of_file = files.setdefault(one.span.file if one.span else "", _OfFile())
        if one.code is M320:
            _count_again(of_file, one)
        else:
            of_file.found.append(number)
    shown: list[tuple[int, Diagnostic]] = []
    for of_file in files.values():
        shown += _of_file(every, of_file)
    return tuple(one for _, one in sorted(shown, key=lambda pair: pair[0]))


def _count_again(of_file: _OfFile, notice: Diagnostic) -> None:
    counts = _COUNTS.match(notice.detail)
    if counts is not None:
        of_file.more += int(counts[1].replace(",", ""))
        of_file.errors += int(counts[2].replace(",", ""))
        of_file.at = notice.span


def _of_file(every: tuple[Diagnostic, ...], of_file: _OfFile) -> list[tuple[int, Diagnostic]]:
    first = sorted(of_file.found, key=lambda number: (not every[number].is_error, number))
    shown, hidden = sorted(first[:MOST_SHOWN]), sorted(first[MOST_SHOWN:])
    kept = [(number, every[number]) for number in shown]
    more = of_file.more + len(hidden)
    if more:
        errors = of_file.errors + sum(every[number].is_error for number in hidden)
        last = max(shown[-1], hidden[0]) if shown and hidden else shown[-1] if shown else 0
        span = of_file.at if of_file.at is not None and not hidden else every[last].span
        kept.append((last, Diagnostic(M320, f"{more:,} more, {errors:,} of them errors", span=span)))
    return kept
