"""`calder serve`: a hub in this process until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from hub.app.door import Door, socket_of
from hub.app.running import open_hub
from hub.cli.logs import log_to_stderr
from hub.cli.places import read_hub_yaml, store_url, usage
from hub.core.errors import CalderError
from hub.core.json import render_json
from hub.settings.development import development_settings
from hub.settings.model import HubSettings


def serve(
    *,
    dev: Annotated[bool, typer.Option("--dev", help="No credentials, loopback only: for trying things out on this machine.")] = False,
    config: Annotated[Path | None, typer.Option(help="hub.yaml: further sources, destinations, routes.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded store (default: data).")] = None,
    store: Annotated[str | None, typer.Option(help="Store address instead of --data: sqlite:PATH or postgresql://…")] = None,
    http: Annotated[str, typer.Option(help="Where the FHIR face listens (port 0: any free one).")] = "127.0.0.1:8080",
    mllp: Annotated[str, typer.Option(help="Where HL7 v2 over MLLP is taken (port 0: any free one).")] = "127.0.0.1:2575",
) -> None:
    """Run a hub until Ctrl-C or SIGTERM; then finish what is being answered, and exit 0.

    Prints one line `ready {"fhir": …, "mllp": …}` when it accepts.

    """
    if not dev:
        usage("serve", "serving others needs credentials and agreements, which this version does not have yet: use --dev on this machine")
    base = read_hub_yaml(config) if config is not None else None
    try:
        settings = development_settings(store=store_url(data, store), http=http, mllp=mllp, base=base)
    except ValueError as error:
        usage("serve", str(error))
    log_to_stderr()
    raise SystemExit(uvloop.run(run(settings)))


async def run(settings: HubSettings) -> int:
    """Serve until a signal; 0 after an orderly stop, 1 when it cannot start."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    try:
        hub = open_hub(settings)
    except (CalderError, OSError) as error:
        print(f"calder serve: cannot start: {error}", file=sys.stderr)
        return 1
    place = socket_of(settings.store)
    door = Door(place, hub.engine) if place is not None else None
    try:
        await hub.start()
        if door is not None:
            await door.open()
        print(f"ready {render_json(hub.ready).decode()}", flush=True)
        await stopped.wait()
    except (CalderError, OSError) as error:
        print(f"calder serve: cannot start: {error}", file=sys.stderr)
        return 1
    finally:
        if door is not None:
            await door.close()
        await hub.stop()
    return 0
