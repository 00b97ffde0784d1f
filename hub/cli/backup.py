"""`calder backup TO`: all of a store in a new folder, while a hub runs or not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.app.backups import backup_store
from hub.cli.places import store_url
from hub.cli.reporting import print_json


def backup(
    to: Annotated[Path, typer.Argument(help="A new folder.")],
    *,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded store (default: data).")] = None,
    store: Annotated[str | None, typer.Option(help="Store address instead of --data: sqlite:PATH or postgresql://…")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Back the store up into a new folder: everything that was acknowledged before it began, at one moment.

    It works beside a running hub. The folder is whole and on the disk when the command returns; keep it as the store itself is kept: it
    holds the same people.

    """
    manifest = backup_store(store_url(data, store), to)
    if as_json:
        print_json({"to": str(to), "kind": manifest.kind, "made": manifest.made, "messages": manifest.messages})
    else:
        print(f"{to}: {manifest.messages} messages, as of {manifest.made}")
