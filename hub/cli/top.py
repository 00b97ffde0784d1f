"""`calder top`: what comes in, what waits and for how long, as it changes. Works beside a running hub."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from hub.app.operator import watching
from hub.app.surroundings import SystemClock
from hub.cli.places import store_url, usage
from hub.core.errors import CalderError
from hub.core.json import Json, render_json
from hub.core.lifecycle import DeliveryState, MessageState
from hub.store.rows import Standing, Unfinished

__all__ = ["top"]

_MESSAGES = (MessageState.PENDING, MessageState.PARKED)
_DELIVERIES = (DeliveryState.DUE, DeliveryState.IN_FLIGHT, DeliveryState.WAITING, DeliveryState.DEAD)
_LATE = timedelta(minutes=5)  # what is older stands out
_FOR_A_PERSON = {MessageState.PARKED.value, DeliveryState.DEAD.value}


@dataclass(frozen=True, slots=True)
class _Look:
    at: datetime
    standing: Standing


def top(
    *,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded store (default: data).")] = None,
    store: Annotated[str | None, typer.Option(help="Store address instead of --data: sqlite:PATH or postgresql://…")] = None,
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Look once, and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object; looks once.")] = False,
) -> None:
    """Show what comes in, what waits and for how long, until Ctrl-C. Without a terminal it looks once.

    Parked messages and dead deliveries wait for a person: `calder messages list --state parked` says why.

    """
    only_once = once or as_json or not sys.stdout.isatty()
    try:
        asyncio.run(_look_once(store_url(data, store), as_json=as_json) if only_once else _keep_looking(store_url(data, store), every))
    except (CalderError, OSError) as error:
        usage("top", str(error))
    except KeyboardInterrupt:
        return


async def _look_once(url: str, *, as_json: bool) -> None:
    async with watching(url) as look:
        seen = _Look(SystemClock().now(), await look())
    if as_json:
        print(render_json(_describe(seen)).decode())
    else:
        Console(highlight=False).print(_page(seen, None))


async def _keep_looking(url: str, every: float) -> None:
    console = Console(highlight=False)
    before: _Look | None = None
    async with watching(url) as look:
        with Live(console=console, auto_refresh=False, screen=True) as live:
            while True:
                seen = _Look(SystemClock().now(), await look())
                live.update(_page(seen, before), refresh=True)
                before = seen
                await asyncio.sleep(every)


def _page(seen: _Look, before: _Look | None) -> Group:
    earlier = before.standing if before is not None else Standing({}, {}, (), ())
    now, seconds = seen.standing, (seen.at - before.at).total_seconds() if before is not None else 0.0
    sources = _Side("source", "received", now.received, earlier.received, now.messages, tuple(map(str, _MESSAGES)))
    destinations = _Side("destination", "owed", now.owed, earlier.owed, now.deliveries, tuple(map(str, _DELIVERIES)))
    tables = [side.table(seconds, seen.at) for side in (sources, destinations) if side.counts]
    return Group(Text(f"{seen.at:%Y-%m-%d %H:%M:%S} UTC{'' if tables else '  nothing has come in yet'}"), *tables)


@dataclass(frozen=True, slots=True)
class _Side:
    """What came in, or what goes out. earlier: the counts of the look before; empty at the first."""

    what: str
    counted: str
    counts: Mapping[str, int]
    earlier: Mapping[str, int]
    waiting: tuple[Unfinished, ...]
    states: tuple[str, ...]

    def table(self, seconds: float, at: datetime) -> Table:
        table = Table(self.what, self.counted, "a second", *self.states)
        found = {(each.name, each.state): each for each in self.waiting}
        for name, count in self.counts.items():
            rate = f"{(count - self.earlier[name]) / seconds:,.1f}" if name in self.earlier and seconds > 0 else "-"
            table.add_row(name, f"{count:,}", rate, *(_cell(found.get((name, state)), at) for state in self.states))
        return table


def _cell(waiting: Unfinished | None, at: datetime) -> Text:
    """How many, and how old the oldest is."""
    if waiting is None:
        return Text("-")
    age = at - waiting.oldest
    stands_out = waiting.state in _FOR_A_PERSON or age > _LATE
    return Text(f"{waiting.count:,}  {_age(age)}", style="bold red" if stands_out else "")


def _age(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _describe(seen: _Look) -> Json:
    def side(counts: Mapping[str, int], counted: str, waiting: tuple[Unfinished, ...]) -> Json:
        return {
            name: {
                counted: count,
                **{
                    each.state: {"count": each.count, "oldest_seconds": int((seen.at - each.oldest).total_seconds())}
                    for each in waiting
                    if each.name == name
                },
            }
            for name, count in counts.items()
        }

    now = seen.standing
    return {
        "at": seen.at.isoformat(),
        "sources": side(now.received, "received", now.messages),
        "destinations": side(now.owed, "owed", now.deliveries),
    }
