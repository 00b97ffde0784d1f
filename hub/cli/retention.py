"""`calder retention run`: what is past its time, counted or removed now. A hub does it by itself once a day."""

from __future__ import annotations

import asyncio
import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from hub.app.retaining import count_now, prune_now
from hub.cli.places import read_hub_yaml, store_url, usage
from hub.cli.reporting import print_json
from hub.store.rows import Pruned, Shelf

__all__ = ["app"]

app = typer.Typer()


@app.callback()
def _retention() -> None:
    """What is past its time: count it, or remove it now."""


@app.command(epilog="Example: calder retention run --config hub.yaml --dry-run")
def run(
    *,
    config: Annotated[Path, typer.Option(help="hub.yaml, whose `retention` says how long.")] = Path("hub.yaml"),
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded store, where it is not that of hub.yaml.")] = None,
    store: Annotated[str | None, typer.Option(help="Store address instead of --data: sqlite:PATH or postgresql://…")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count; beside a running hub, too.")] = False,
    now: Annotated[bool, typer.Option("--now", help="Remove it now; on an embedded store while no hub runs.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Count what is past its time, or remove it now instead of waiting for the hub to do it."""
    if dry_run == now:
        usage("retention run", "say either --dry-run or --now")
    settings = read_hub_yaml(config)
    url = store_url(data, store) if data is not None or store is not None else settings.store
    if dry_run:
        found = asyncio.run(count_now(url, settings.retention))
    else:
        found = asyncio.run(prune_now(url, settings.retention, user=getpass.getuser(), told=_progress if sys.stderr.isatty() else _silent))
    if as_json:
        print_json({"archive": dict(found.archive), "history": dict(found.history)})
    else:
        _print(found, "would go" if dry_run else "went")


def _progress(shelf: Shelf, count: int) -> None:
    print(f"{shelf}: {count} more", file=sys.stderr)


def _silent(_shelf: Shelf, _count: int) -> None:
    """For a log: the sum at the end says it."""


def _print(found: Pruned, verb: str) -> None:
    for source, count in found.archive.items():
        print(f"{source}: the bytes of {count} messages {verb}")
    for type_, count in found.history.items():
        print(f"{type_}: {count} superseded versions {verb}")
    if not (found.archive or found.history):
        print("nothing is past its time")
