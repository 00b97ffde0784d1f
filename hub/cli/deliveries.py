"""`calder deliveries list|revive|discard`: where each stands, and what a person does with dead letters. Through the hub where one runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.app.operator import list_deliveries
from hub.cli.mending import AsJson, Author, Config, Data, Reason, Store, do_each, hub_of
from hub.cli.places import store_url, usage
from hub.core.errors import CalderError
from hub.core.json import Json, render_json
from hub.core.lifecycle import DeliveryState
from hub.settings.model import HubSettings
from hub.store.rows import Delivery

__all__ = ["app"]

app = typer.Typer()
_WIDTH = 160  # of the table where there is no terminal to ask

Numbers = Annotated[list[int] | None, typer.Argument(metavar="[DELIVERY...]", help="Their numbers; or choose them with --state dead.")]
State = Annotated[DeliveryState | None, typer.Option(help="Only those that stand so; dead ones without those that were discarded.")]
Destination = Annotated[str | None, typer.Option(help="Only those to this destination.")]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say which deliveries it would be.")]


@app.command("list", epilog="Example: calder deliveries list --state dead")
def list_(
    *,
    data: Data = None,
    store: Store = None,
    state: State = None,
    destination: Destination = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List deliveries, newest first: what is owed to whom, where it stands and why. Nothing of its content."""
    found = _found(store_url(data, store), state, destination, limit)
    if as_json:
        print(render_json({"deliveries": [_describe(each) for each in found]}).decode())
        return
    if not found:
        print("no such deliveries")
        return
    table = Table("delivery", "destination", "resource", "version", "first due", "attempts", "state", "why")
    for each in found:
        row = _describe(each)
        names = ("delivery", "destination", "resource", "version", "first_due", "attempts", "state", "reason")
        table.add_row(*(Text(str(row[name] or "-"), overflow="fold") for name in names))
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)


@app.command("revive", epilog='Example: calder deliveries revive 42 --reason "the ward never got it"')
def revive(
    numbers: Numbers = None,
    *,
    reason: Reason,
    author: Author = None,
    state: State = None,
    destination: Destination = None,
    limit: Limit = 1000,
    dry_run: DryRun = False,
    config: Config = None,
    data: Data = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Have dead letters sent after all, each in its place. One whose reason says ambiguous may be there already: ask first."""
    settings = hub_of("deliveries", config, data, store)
    chosen = _chosen(settings, numbers, state, destination, limit)
    _decide("revive-delivery", settings, chosen, {"author": author, "reason": reason}, dry_run=dry_run, as_json=as_json)


@app.command("discard", epilog='Example: calder deliveries discard 42 --reason "the ward has it"')
def discard(
    numbers: Numbers = None,
    *,
    reason: Reason,
    author: Author = None,
    state: State = None,
    destination: Destination = None,
    limit: Limit = 1000,
    dry_run: DryRun = False,
    config: Config = None,
    data: Data = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Put dead letters aside for good; a lane that one of them held goes on. They stay in the ledger as dead."""
    settings = hub_of("deliveries", config, data, store)
    chosen = _chosen(settings, numbers, state, destination, limit)
    _decide("discard-delivery", settings, chosen, {"author": author, "reason": reason}, dry_run=dry_run, as_json=as_json)


def _found(url: str, state: DeliveryState | None, destination: str | None, limit: int) -> Sequence[Delivery]:
    try:
        return asyncio.run(list_deliveries(url, state=state, destination=destination, limit=limit))
    except (CalderError, OSError) as error:
        usage("deliveries", str(error))


def _chosen(
    settings: HubSettings, numbers: Sequence[int] | None, state: DeliveryState | None, destination: str | None, limit: int
) -> list[int]:
    if bool(numbers) == (state is not None):
        usage("deliveries", "name deliveries by their numbers, or choose them with --state dead")
    if state is None:
        return list(dict.fromkeys(numbers or ()))
    return [each.id for each in _found(settings.store, state, destination, limit)][::-1]


def _decide(operation: str, settings: HubSettings, numbers: Sequence[int], given: dict[str, Json], *, dry_run: bool, as_json: bool) -> None:
    """Exit 0 done, 2 where one cannot be done: those before it are."""
    done: list[dict[str, Json]] = [{"delivery": number, "state": None} for number in numbers] if dry_run else []
    failure = None
    if not dry_run:
        try:
            do_each(operation, settings, "delivery", numbers=numbers, given=given, done=done)
        except (CalderError, OSError) as error:
            failure = error
    if as_json:
        print(render_json({"deliveries": list(done)}).decode())
    else:
        for each in done:
            print(f"delivery {each['delivery']}: {each['state'] or 'would be done'}")
    if failure is not None:
        usage("deliveries", f"{failure} ({len(done)} of {len(numbers)} are done)")


def _describe(each: Delivery) -> dict[str, Json]:
    return {
        "delivery": each.id,
        "destination": each.destination,
        "resource": f"{each.type}/{each.resource_id}",
        "version": each.version,
        "map": each.map_name,
        "state": each.state.value,
        "attempts": each.attempts,
        "first_due": each.first_due.isoformat(timespec="seconds"),
        "reason": each.reason,
    }
