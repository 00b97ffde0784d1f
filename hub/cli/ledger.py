"""`calder ledger`: what came in, what became of it, what is owed. Works beside a running hub."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hub.app.operator import read_ledger
from hub.cli.places import store_url, usage
from hub.core.errors import CalderError
from hub.core.json import render_json
from hub.store.rows import Ledger


def ledger(
    *,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded store (default: data).")] = None,
    store: Annotated[str | None, typer.Option(help="Store address instead of --data: sqlite:PATH or postgresql://…")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Print the ledger. Exit 0 when it balances, 1 when it does not.

    For each source: received = pending + committed + filtered + duplicate + refused + parked + skipped.
    For each destination: owed = due + in_flight + delivered + waiting + dead.

    """
    try:
        found = asyncio.run(read_ledger(store_url(data, store)))
    except (CalderError, OSError) as error:
        usage("ledger", str(error))
    if as_json:
        print(render_json(asdict(found)).decode())
    else:
        _print(found)
    if not found.balanced:
        print("the ledger does NOT balance: keep the data folder as it is, and report this", file=sys.stderr)
        raise SystemExit(1)


def _print(found: Ledger) -> None:
    console = Console()
    for title, rows in (("source", found.sources), ("destination", found.destinations)):
        if not rows:
            continue
        table = Table(title, *next(iter(rows.values())))
        for name, counts in rows.items():
            table.add_row(name, *(str(count) for count in counts.values()))
        console.print(table)
    console.print("balanced" if found.balanced else "not balanced")
