"""`calder demo`: builds the hub and its surroundings, runs the morning, prints what happened."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console

from hub.app.installed import connectors
from hub.app.running import Hub, open_hub
from hub.app.surroundings import SystemClock
from hub.cli.demo import messages
from hub.cli.demo.analyst import Analyst
from hub.cli.demo.morning import STEPS, Morning, Step
from hub.cli.demo.parties import HospitalInbox
from hub.cli.logs import log_to_stderr
from hub.core.json import render_json
from hub.engine.configuration import DestinationConfig, RouteConfig
from hub.settings.development import development_settings
from hub.settings.model import DestinationSettings, HubSettings


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the last step; exit 0 only if every step held.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for each step.")] = False,
    store: Annotated[str | None, typer.Option(help="An empty store to run it on (default: a file that is removed afterwards).")] = None,
) -> None:
    """A morning in Kirklees: a hospital, a home gateway, a GP and an ambulance crew talk to a hub over real sockets.

    Everybody in it is made up. Without --once the hub stays up afterwards, so that you can ask it yourself.
    """
    log_to_stderr(quiet=True)
    raise SystemExit(asyncio.run(_demo(once=once, as_json=as_json, store=store)))


async def _demo(*, once: bool, as_json: bool, store: str | None) -> int:
    console = Console(quiet=as_json, highlight=False, soft_wrap=True)
    held = True
    with tempfile.TemporaryDirectory(prefix="calder-demo-") as folder:
        async with _surroundings(store or f"sqlite:{Path(folder) / 'hub.db'}") as (hub, inbox), httpx.AsyncClient(timeout=10) as http:
            console.print(f"[bold]A morning in Kirklees[/bold]\nThe hub listens: {hub.ready['fhir']} and MLLP on {hub.ready['mllp']}\n")
            make = connectors()["mllp"].client
            assert make is not None  # noqa: S101 - our own connector has one
            client = make(hub.ready["mllp"], 10.0)
            analyst = Analyst(hub)
            morning = Morning(hub.ready["fhir"], client.exchange, inbox, http, analyst)
            for name, title, work in STEPS:
                step = await morning.step(name, title, work)
                held &= step.ok
                _show(console, step)
                if as_json:
                    print(render_json({"step": step.name, "ok": step.ok, "ms": round(step.milliseconds, 1)}).decode(), flush=True)
            await client.close()
            console.print("Every step held." if held else "[bold]Not every step held.[/bold]")
            if not once:
                await _stay(console, hub)
    return 0 if held else 1


@asynccontextmanager
async def _surroundings(store: str) -> AsyncIterator[tuple[Hub, HospitalInbox]]:
    """The hub, and the hospital's own port to which plans go as documents."""
    inbox = HospitalInbox(SystemClock())
    address = await inbox.start()
    hospital = DestinationSettings(
        DestinationConfig(
            "hospital-documents",
            organisation="RCF",
            idempotent=True,
            parameters={"receiving_application": "EDMS", "receiving_facility": "RCF"},
        ),
        "mllp",
        {"connect": address},
    )
    settings = development_settings(
        store=store,
        http="127.0.0.1:0",
        mllp="127.0.0.1:0",
        base=HubSettings(
            store="", destinations=(hospital,), routes=(RouteConfig("CarePlan", "documents/mdm_t02", (hospital.config.name,)),)
        ),
    )
    hub = open_hub(settings)
    try:
        await hub.start()
        yield hub, inbox
    finally:
        await hub.stop()
        await inbox.stop()


def _show(console: Console, step: Step) -> None:
    mark = "[green]held[/green]" if step.ok else "[red]did NOT hold[/red]"
    console.print(f"[bold]{step.title}[/bold]  {mark} ({step.milliseconds:.0f} ms)")
    for line in step.lines:
        console.print(f"   {line}", markup=False)
    console.print()


async def _stay(console: Console, hub: Hub) -> None:
    """Until Ctrl-C."""
    base = hub.ready["fhir"]
    console.print("The hub stays up until Ctrl-C. Try:")
    for line in (
        f"curl '{base}/Patient/$emergency-care?identifier={messages.ADA}'",
        f"curl '{base}/Patient?identifier={messages.NHS}%7C{messages.ADA}'",
        f"curl '{base}/Observation?code=http://loinc.org%7C85354-9'",
        f"curl '{base}/metadata'",
        f".venv/bin/calder send {hub.ready['mllp']} FILE.hl7",
    ):
        console.print(f"   {line}", markup=False)
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return
