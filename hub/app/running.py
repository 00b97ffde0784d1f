"""One hub, put together from its settings and running until it is stopped."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

import uvicorn
from starlette.routing import Mount

from hub.access.doors import DevelopmentDoor
from hub.api.face import Face
from hub.api.server import build_server
from hub.app.http import Server, listen, page_key_of
from hub.app.installed import DISTRIBUTION, AssemblyError, connectors
from hub.app.maps import read_map_sets
from hub.app.observing import Observing
from hub.app.open_files import raise_open_files
from hub.app.stores import open_store
from hub.app.surroundings import RandomIds, SystemClock
from hub.app.tracing import Tracing
from hub.app.transformers import transformers_of
from hub.care.sharing import permit_all
from hub.documents.narrative import narrate
from hub.engine.supervisor import Engine
from hub.mapping.mapset import MapSets
from hub.sdk import Destination, HttpMount, Source
from hub.settings.model import HubSettings
from hub.store.relational.store import RelationalStore


@dataclass(slots=True)
class Hub:
    """One hub, running between `start` and `stop`. ready: the addresses it accepts on, by name."""

    settings: HubSettings
    store: RelationalStore
    engine: Engine
    maps: MapSets
    observing: Observing
    ready: dict[str, str] = field(default_factory=dict)
    _server: uvicorn.Server | None = None
    _serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        sys.setswitchinterval(0.001)  # the store's writer thread must not wait 5 ms for its turn: half the throughput of intake
        raise_open_files()
        self.observing.start()
        addresses = await self.engine.start(_listeners(self.settings), _receivers(self.settings))
        listener = listen(self.settings.http)
        host, port = listener.getsockname()[:2]
        base = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        face = Face(
            base=f"{base}/fhir" if self.settings.development else f"{self.settings.hub.url.rstrip('/')}/fhir",
            store=self.store,
            engine=self.engine,
            clock=SystemClock(),
            door=DevelopmentDoor(),
            permit=permit_all,
            narrate=narrate,
            page_key=page_key_of(self.settings.store),
            software_version=version(DISTRIBUTION),
            metrics=self.observing.metrics.page,
        )
        mounts = self._mounts()
        self._server = Server(
            uvicorn.Config(
                build_server(face, [Mount(path, app=app) for path, app in mounts.items()]),
                log_level="warning",
                access_log=False,  # addresses carry identifiers: what was asked stands in the audit, not in a log
                lifespan="off",
                timeout_graceful_shutdown=5,
            )
        )
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:  # noqa: ASYNC110 - uvicorn says so in this flag only
            await asyncio.sleep(0.01)
        self.ready = {"fhir": face.base, **addresses, **{path.strip("/"): f"{base}{path}" for path in mounts}}

    async def stop(self) -> None:
        """Take nothing new, finish what is being answered, deliver what is in flight, close the store."""
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
        await self.engine.stop()
        await self.store.close()
        self.observing.stop()

    def _mounts(self) -> dict[str, Any]:
        installed = connectors()
        found: dict[str, Any] = {}
        for source in self.settings.sources:
            mount = installed[source.connector].mount
            if mount is not None:
                hanging: HttpMount = mount(source.settings)
                found[hanging.path] = hanging.asgi(self.engine.intake(source.config.name))
        return found


def open_hub(settings: HubSettings) -> Hub:
    """Raises AssemblyError, or StoreError when the store cannot be opened. Nothing listens yet."""
    maps = read_map_sets(settings).require()
    tracing = _tracing(settings)
    store = open_store(settings.store)
    return Hub(settings, store, _engine(settings, store, maps), maps, Observing(store, SystemClock(), tracing))


def _tracing(settings: HubSettings) -> Tracing | None:
    if settings.telemetry is None:
        return None
    return Tracing(settings.telemetry, hub=settings.hub.name, version=version(DISTRIBUTION))


def _engine(settings: HubSettings, store: RelationalStore, maps: MapSets) -> Engine:
    zone = {"timezone": settings.hub.timezone}
    sources = [replace(one.config, parameters=zone | dict(one.config.parameters)) for one in settings.sources]
    engine = Engine(
        store=store,
        maps=maps,
        clock=SystemClock(),
        ids=RandomIds(),
        sources=sources,
        destinations=[one.config for one in settings.destinations],
        routes=settings.routes,
        retention=settings.retention,
        transformers=transformers_of(settings, maps, sources),
    )
    if engine.missing_maps():
        raise AssemblyError(f"routes name maps that are not there: {', '.join(engine.missing_maps())}")
    return engine


def _listeners(settings: HubSettings) -> dict[str, Source]:
    found = {one.config.name: (connectors()[one.connector].source, one.settings) for one in settings.sources}
    return {name: make(own) for name, (make, own) in found.items() if make is not None}


def _receivers(settings: HubSettings) -> dict[str, Destination]:
    found: dict[str, Destination] = {}
    for one in settings.destinations:
        make = connectors()[one.connector].destination
        if make is None:
            raise AssemblyError(f"the connector {one.connector} takes no messages")
        found[one.config.name] = make(one.settings)
    return found
