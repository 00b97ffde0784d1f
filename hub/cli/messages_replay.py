"""`calder messages replay`: archived messages once more, with today's maps, those of their day, or others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from hub.app.replaying import Player, player
from hub.cli.map_set import load_or_exit
from hub.cli.places import read_hub_yaml, store_url, usage
from hub.core.errors import CalderError
from hub.core.json import Json, parse_json, render_json
from hub.core.lifecycle import MessageState
from hub.engine.replaying import Rehearsal, Rehearsed
from hub.mapping.difference.changes import Change, compare_resources
from hub.mapping.mapset import MapSet
from hub.settings.development import development_settings
from hub.settings.model import HubSettings

__all__ = ["replay"]

_ANY_PORT = "127.0.0.1:0"  # nothing listens while messages are played again


def replay(
    numbers: Annotated[list[int], typer.Argument(metavar="MESSAGE...", help="Their numbers, from `calder messages list`.")],
    *,
    pinned: Annotated[bool, typer.Option("--pinned", help="With the maps that each message was converted with.")] = False,
    candidate: Annotated[list[Path] | None, typer.Option("--candidate", help="With these maps, over the packaged ones.")] = None,
    author: Annotated[str | None, typer.Option(help="Who wants it; written to the audit.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; written to the audit.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show which elements of the record would change.")] = False,
    config: Annotated[Path | None, typer.Option(help="hub.yaml of the hub: its sources, and their settings.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded store (default: data).")] = None,
    store: Annotated[str | None, typer.Option(help="Store address instead of --data: sqlite:PATH or postgresql://…")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Play messages again, each as a message of its own; no sender is told, what is owed is delivered when the hub runs.

    On an embedded store with no hub running: one process at a time may write it.
    Exit 0: each was committed; 1: one was not; 2: it cannot be done.
    """
    if pinned and candidate:
        usage("messages", "--pinned or --candidate: the maps of the day, or others")
    if not dry_run and not (author and reason):
        usage("messages", "--author and --reason: the audit says who played messages again, and why (or --dry-run)")
    base = read_hub_yaml(config) if config is not None else None
    maps = load_or_exit(candidate).maps if candidate else None
    try:
        settings = development_settings(store=store_url(data, store), http=_ANY_PORT, mllp=_ANY_PORT, base=base)
        played = asyncio.run(_play(settings, numbers, _How(pinned, maps, author or "", reason or "", dry_run)))
    except (CalderError, OSError, ValueError) as error:
        usage("messages", str(error))
    if as_json:
        print(render_json({"messages": [each.description for each in played]}).decode())
    else:
        for line in (line for each in played for line in each.lines):
            print(line)
    raise SystemExit(0 if all(each.is_committed for each in played) else 1)


@dataclass(frozen=True, slots=True)
class _How:
    pinned: bool
    candidate: MapSet | None
    author: str
    reason: str
    dry_run: bool


@dataclass(frozen=True, slots=True)
class _Played:
    is_committed: bool
    lines: tuple[str, ...]
    description: Json


async def _play(settings: HubSettings, numbers: Sequence[int], how: _How) -> list[_Played]:
    async with player(settings, pinned=how.pinned, candidate=how.candidate) as hand:
        await hand.check(numbers)
        return [await _play_one(hand, number, how) for number in dict.fromkeys(numbers)]


async def _play_one(hand: Player, number: int, how: _How) -> _Played:
    if how.dry_run:
        return _rehearsed(number, await hand.rehearse(number))
    settled = await hand.replay(number, author=how.author, reason=how.reason)
    why = f" ({', '.join(settled.reasons)})" if settled.reasons else ""
    return _Played(
        settled.state is MessageState.COMMITTED,
        (f"message {number} was played again as message {settled.receipt}: {settled.state}{why}",),
        {"message": number, "replay": settled.receipt, "state": settled.state.value, "reasons": list(settled.reasons)},
    )


# --- what a rehearsal shows: paths, no values


def _rehearsed(number: int, rehearsal: Rehearsal) -> _Played:
    is_committed = rehearsal.state is MessageState.COMMITTED
    found = [(each, list(_changes(each))) for each in rehearsal.resources]
    why = f" ({rehearsal.reasons})" if rehearsal.reasons else ""
    lines = [f"message {number} would be {rehearsal.state}{why}" + ("" if found or not is_committed else "; nothing would change")]
    for each, changes in found:
        lines.append(f"  {each.type}/{each.id}  {each.effect}")
        lines += [f"    {change.path}  {change.kind}" for change in changes]
    resources = [
        {
            "type": each.type,
            "id": each.id,
            "effect": each.effect.value,
            "changes": [{"path": change.path, "kind": change.kind.value} for change in changes],
        }
        for each, changes in found
    ]
    description: Json = {"message": number, "state": rehearsal.state.value, "reasons": rehearsal.reasons, "resources": resources}
    return _Played(is_committed, tuple(lines), description)


def _changes(rehearsed: Rehearsed) -> Iterator[Change]:
    if rehearsed.before is not None and rehearsed.after:
        yield from compare_resources(_content(rehearsed.before), _content(rehearsed.after))


def _content(body: bytes) -> dict[str, Json]:
    """Without what the server sets for each version."""
    resource: dict[str, Json] = parse_json(body)
    meta = {name: value for name, value in resource.get("meta", {}).items() if name not in {"versionId", "lastUpdated"}}
    return {**resource, "meta": meta}
