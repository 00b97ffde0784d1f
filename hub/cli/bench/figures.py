"""A figure and the limit that it stands beside: what is printed, as a table or as one JSON object."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from hub.core.json import Json, render_json

__all__ = ["Figure", "Goal", "Limit", "print_figures"]

_WIDTH = 160  # of the table where there is no terminal to ask


@dataclass(frozen=True, slots=True)
class Limit:
    """what: the least (or the most) that could be, measured in the same run."""

    what: str
    value: float


@dataclass(frozen=True, slots=True)
class Goal:
    """For the ratio of the figure to its limit. One of the two: times are to stay under, rates to come near."""

    at_most: float | None = None
    at_least: float | None = None

    def is_met(self, ratio: float) -> bool:
        return (self.at_most is None or ratio <= self.at_most) and (self.at_least is None or ratio >= self.at_least)

    def __str__(self) -> str:
        return f"≤ {self.at_most:g}" if self.at_most is not None else f"≥ {self.at_least:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """name: for machines, `pcd01_map`. what: for people. unit: "µs", "ms", "/s", "B" or "MB"."""

    name: str
    what: str
    value: float
    unit: str
    limit: Limit | None = None
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.limit.value if self.limit is not None and self.limit.value else None

    @property
    def met(self) -> bool | None:
        return self.goal.is_met(self.ratio) if self.goal is not None and self.ratio is not None else None

    def describe(self) -> Json:
        goal = {"at_most": self.goal.at_most, "at_least": self.goal.at_least} if self.goal is not None else None
        return {
            "name": self.name,
            "what": self.what,
            "value": _rounded(self.value),
            "unit": self.unit,
            "limit": {"what": self.limit.what, "value": _rounded(self.limit.value)} if self.limit is not None else None,
            "ratio": _rounded(self.ratio) if self.ratio is not None else None,
            "goal": goal,
            "met": self.met,
        }


def print_figures(bench: str, figures: Sequence[Figure], *, as_json: bool) -> None:
    if as_json:
        print(render_json({"bench": bench, "machine": _machine(), "figures": [each.describe() for each in figures]}).decode())
        return
    table = Table("figure", "measured", "limit", "ratio", "goal", title=f"calder bench {bench}", title_justify="left")
    for each in figures:
        limit = f"{_shown(each.limit.value, each.unit)}  {each.limit.what}" if each.limit is not None else ""
        ratio = f"{each.ratio:.3g}" if each.ratio is not None else ""
        goal = f"{each.goal} {'met' if each.met else 'NOT met'}" if each.goal is not None else ""
        table.add_row(each.what, _shown(each.value, each.unit), limit, ratio, goal)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    console.print(table)
    console.print(", ".join(f"{name} {value}" for name, value in _machine().items()), markup=False)


def _machine() -> dict[str, Json]:
    """What a reader needs to compare two runs; the load tells whether the machine was busy with other things."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": round(os.getloadavg()[0], 2),
    }


def _shown(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
