"""What the commands that mend have in common: their options, the hub they mean, and one thing after the other done by its operator."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from hub.app.door import operator
from hub.cli.places import read_hub_yaml, store_url, usage
from hub.core.json import Json
from hub.settings.development import development_settings
from hub.settings.model import HubSettings

__all__ = ["AsJson", "Author", "Config", "Data", "Reason", "Store", "do_each", "hub_of"]

_ANY_PORT = "127.0.0.1:0"

Author = Annotated[str | None, typer.Option(help="Who wants it (default: the login name); written to the audit.")]
Reason = Annotated[str, typer.Option(help="Why; written to the audit.")]
Config = Annotated[Path | None, typer.Option(help="hub.yaml of the hub, where none runs.")]
Data = Annotated[Path | None, typer.Option(help="Folder of the embedded store (default: data).")]
Store = Annotated[str | None, typer.Option(help="Store address instead of --data: sqlite:PATH or postgresql://…")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def hub_of(command: str, config: Path | None, data: Path | None, store: str | None) -> HubSettings:
    base = read_hub_yaml(config) if config is not None else None
    try:
        return development_settings(store=store_url(data, store), http=_ANY_PORT, mllp=_ANY_PORT, base=base)
    except ValueError as error:
        usage(command, str(error))


def do_each(
    operation: str,
    settings: HubSettings,
    what: str,
    *,
    numbers: Sequence[int],
    given: dict[str, Json],
    done: list[dict[str, Json]],
    pause: float = 0.0,
) -> None:
    """what: "message" or "delivery". done: grows by what is told of each, also when a later one raises CalderError or Ctrl-C comes."""
    author = given["author"] or getpass.getuser()
    asyncio.run(_do_each(operation, settings, what, numbers=numbers, given=given | {"author": author}, done=done, pause=pause))


async def _do_each(
    operation: str,
    settings: HubSettings,
    what: str,
    *,
    numbers: Sequence[int],
    given: dict[str, Json],
    done: list[dict[str, Json]],
    pause: float,
) -> None:
    async with operator(settings) as hand:
        for place, number in enumerate(numbers):
            told = await asyncio.shield(hand.do(operation, given | {what: number}))
            done.append(dict(told))
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{place + 1} of {len(numbers)}")
            await asyncio.sleep(pause if place + 1 < len(numbers) else 0)
    if sys.stderr.isatty():
        sys.stderr.write("\n")
