"""`calder incidents list`: what has stopped and needs a person. Works beside a running hub."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from hub.app.operator import list_incidents
from hub.cli.places import store_url, usage
from hub.core.errors import CalderError
from hub.core.json import Json, render_json
from hub.engine.lanes import family_in
from hub.store.rows import Incident, IncidentKind

__all__ = ["app"]

app = typer.Typer()


@app.callback()
def incidents() -> None:
    """What has stopped and needs a person."""


@app.command("list", epilog="Example: calder incidents list --all")
def list_(
    *,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded store (default: data).")] = None,
    store: Annotated[str | None, typer.Option(help="Store address instead of --data: sqlite:PATH or postgresql://…")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, newest first.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """List incidents, newest first: what stopped, since when, why, how much waits, and what to do next. Nothing of a patient."""
    try:
        found = asyncio.run(list_incidents(store_url(data, store), open_only=not everything, limit=limit))
    except (CalderError, OSError) as error:
        usage("incidents", str(error))
    described = [_describe(incident, waiting) for incident, waiting in found]
    if as_json:
        print(render_json({"incidents": described}).decode())
        return
    if not described:
        print("no incident is open" if not everything else "there was no incident")
    for each in described:
        over = f", over since {each['closed']}" if each["closed"] else ""
        print(f"{each['incident']}  {each['kind']} {each['name']} {each['family'] or ''}  since {each['opened']}{over}")
        print(f"    {each['reasons'] or '-'}; {each['waiting']} messages wait; next: {each['next']}")


def _describe(incident: Incident, waiting: int) -> dict[str, Json]:
    is_lane = incident.kind is IncidentKind.LANE
    return {
        "incident": incident.id,
        "kind": incident.kind.value,
        "name": incident.name,
        "family": family_in(incident.subject) if is_lane else None,
        "message": incident.receipt,
        "reasons": incident.reasons,
        "opened": incident.opened.isoformat(timespec="seconds"),
        "closed": incident.closed.isoformat(timespec="seconds") if incident.closed else None,
        "waiting": waiting,
        "next": f"calder messages show {incident.receipt}" if incident.receipt else f"mend {incident.name}, then start the hub again",
    }
