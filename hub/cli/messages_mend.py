"""`calder messages release|discard|resubmit`: what a person does with parked messages. Through the hub where one runs."""

from __future__ import annotations

import asyncio
import sys
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from hub.app.operator import list_messages
from hub.cli.mending import AsJson, Author, Config, Data, Reason, Store, do_each, hub_of
from hub.cli.places import usage
from hub.core.errors import CalderError
from hub.core.json import Json, render_json
from hub.core.lifecycle import MessageState
from hub.settings.model import HubSettings

__all__ = ["discard", "release", "resubmit"]

Numbers = Annotated[list[int] | None, typer.Argument(metavar="[MESSAGE...]", help="Their numbers; or choose them with --state.")]
State = Annotated[MessageState | None, typer.Option(help="All that stand so: parked.")]
Source = Annotated[str | None, typer.Option(help="With --state: only those of this source.")]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="With --state: at most so many, the oldest first.")]
Pause = Annotated[float, typer.Option(min=0, help="Seconds between two messages.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say which messages it would be.")]


def release(
    numbers: Numbers = None,
    *,
    reason: Reason,
    author: Author = None,
    state: State = None,
    source: Source = None,
    limit: Limit = 1000,
    pause: Pause = 0.0,
    dry_run: DryRun = False,
    config: Config = None,
    data: Data = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Run parked messages again, and after each what waited behind it, in order.

    Ctrl-C stops after the message under way. Exit 0: none of them is parked any more; 1: one is; 2: it cannot be done.
    """
    settings = hub_of("messages", config, data, store)
    chosen = _chosen(settings, numbers, state, source, limit)
    _mend("release", settings, chosen, {"author": author, "reason": reason}, pause=pause, dry_run=dry_run, as_json=as_json)


def discard(
    numbers: Numbers = None,
    *,
    reason: Reason,
    author: Author = None,
    state: State = None,
    source: Source = None,
    limit: Limit = 1000,
    pause: Pause = 0.0,
    dry_run: DryRun = False,
    config: Config = None,
    data: Data = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Put parked messages aside for good; what waited behind them goes on. Their bytes stay in the archive.

    Ctrl-C stops after the message under way. Exit 0 done; 2: it cannot be done.
    """
    settings = hub_of("messages", config, data, store)
    chosen = _chosen(settings, numbers, state, source, limit)
    _mend("discard", settings, chosen, {"author": author, "reason": reason}, pause=pause, dry_run=dry_run, as_json=as_json)


def resubmit(
    number: Annotated[int, typer.Argument(metavar="MESSAGE", help="The number of the one that was wrong.")],
    file: Annotated[Path, typer.Argument(help="The message as it should have come.")],
    *,
    reason: Reason,
    author: Author = None,
    config: Config = None,
    data: Data = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Put a corrected message in the place of a parked one, which is superseded; its lane goes on. All of it or nothing."""
    try:
        body = file.read_bytes()
    except OSError as error:
        usage("messages", f"{file}: {error.strerror}")
    given: dict[str, Json] = {"author": author, "reason": reason, "body": b64encode(body).decode()}
    _mend("resubmit", hub_of("messages", config, data, store), [number], given, as_json=as_json)


def _chosen(settings: HubSettings, numbers: Sequence[int] | None, state: MessageState | None, source: str | None, limit: int) -> list[int]:
    if bool(numbers) == (state is not None):
        usage("messages", "name messages by their numbers, or choose them with --state parked")
    if state is None:
        return list(dict.fromkeys(numbers or ()))
    try:
        found = asyncio.run(list_messages(settings.store, state=state, source=source, limit=100_000, before=None))
    except (CalderError, OSError) as error:
        usage("messages", str(error))
    return [receipt.id for receipt in found][::-1][:limit]


def _mend(
    operation: str,
    settings: HubSettings,
    numbers: Sequence[int],
    given: dict[str, Json],
    *,
    pause: float = 0.0,
    dry_run: bool = False,
    as_json: bool,
) -> None:
    if dry_run:
        _print([{"message": number, "state": None} for number in numbers], as_json=as_json, words=f"would {operation}")
        return
    done: list[dict[str, Json]] = []
    try:
        do_each(operation, settings, "message", numbers=numbers, given=given, done=done, pause=pause)
    except KeyboardInterrupt:
        sys.stderr.write(f"stopped after {len(done)} of {len(numbers)}; the same command goes on with the rest\n")
        raise SystemExit(1) from None
    except (CalderError, OSError) as error:
        _print(done, as_json=as_json, words=operation)
        usage("messages", f"{error} ({len(done)} of {len(numbers)} are done)")
    _print(done, as_json=as_json, words=operation)
    raise SystemExit(1 if any(each["state"] in {"parked", "pending"} for each in done) else 0)


def _print(done: Sequence[dict[str, Json]], *, as_json: bool, words: str) -> None:
    if as_json:
        print(render_json({"messages": list(done)}).decode())
        return
    for each in done:
        why = f" ({each['reason']})" if each.get("reason") else ""
        others = f"; {each['settled']} of its lane settled" if each.get("settled") else ""
        instead = f"; message {each['correction']} took its place" if each.get("correction") else ""
        print(f"message {each['message']}: {each['state'] or words}{why}{instead}{others}")
