"""`calder restore FROM`: a store made from a backup; its deliveries wait for a person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.app.backups import restore_store
from hub.cli.places import store_url
from hub.cli.reporting import print_json


def restore(
    from_: Annotated[Path, typer.Argument(metavar="FROM", help="The folder of the backup.")],
    *,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded store (default: data).")] = None,
    store: Annotated[str | None, typer.Option(help="Store address instead of --data: sqlite:PATH or postgresql://…")] = None,
    resume_deliveries: Annotated[
        bool, typer.Option("--resume-deliveries", help="Send what was due; only where nothing went out after the backup was made.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Make a store from a backup, where there is none yet. A store that has messages is never written over.

    What was due when the backup was made may have been sent since: nothing is sent again. Such deliveries are held as dead letters with
    that reason, and a person revives those that did not go out.

    """
    manifest = restore_store(from_, store_url(data, store), resume_deliveries=resume_deliveries)
    if as_json:
        print_json({"from": str(from_), "kind": manifest.kind, "made": manifest.made, "messages": manifest.messages, "balanced": True})
    else:
        print(f"{manifest.messages} messages, as of {manifest.made}; the ledger balances")
