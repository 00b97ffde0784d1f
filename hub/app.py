"""The composition root: the only place that builds concrete things. Settings in, a running hub out."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from starlette.routing import Mount

from hub.access.doors import DevelopmentDoor
from hub.api.face import Face
from hub.api.server import build_server
from hub.care.sharing import permit_all
from hub.core.errors import CalderError
from hub.core.json import Resource
from hub.core.lifecycle import MessageState
from hub.core.visibility import Visibility
from hub.documents.narrative import narrate
from hub.documents.plan_page import render_plan_page
from hub.engine.supervisor import Engine
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import MapSet, load
from hub.mapping.registry import Function, Registry
from hub.sdk import ConnectorSpec, Destination, HttpMount, Source
from hub.settings.map_files import read_packaged
from hub.settings.model import HubSettings
from hub.settings.values import parse_address
from hub.store.rows import AuditRow, Ledger, Receipt
from hub.store.sqlite import SqliteStore, open_store

DISTRIBUTION = "calder-hub"
PAGE_KEY = "page.key"


class AssemblyError(CalderError):
    """The settings are right in themselves, and a hub cannot be built from them here."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class RandomIds:
    def new(self) -> str:
        return str(uuid4())


def connectors() -> dict[str, ConnectorSpec]:
    """Every connector that is installed, by the name of its entry point."""
    return {point.name: point.load() for point in entry_points(group="calder.connectors")}


def functions() -> Registry:
    """The functions that maps may name: the language's own, and the renderers of documents."""
    plan_html = Function(
        name="plan_html",
        doc="The page of an emergency care plan, as base64 of UTF-8 HTML: for OBX-5 of an MDM^T02.",
        takes=("Bundle",),
        gives="base64Binary",
        forward=_plan_html,
        back=None,
        examples=(),
    )
    return {**REGISTRY, plan_html.name: plan_html}


def _plan_html(bundle: Resource | Sequence[Resource]) -> str:
    resources = [entry["resource"] for entry in bundle["entry"]] if isinstance(bundle, Mapping) else list(bundle)
    return base64.b64encode(render_plan_page(resources).encode()).decode("ascii")


def load_maps() -> MapSet:
    """The packaged maps. Raises AssemblyError when they do not load: a hub without its maps must not listen."""
    texts = read_packaged()
    maps = load(texts.maps, texts.tables, functions())
    broken = [diagnostic for diagnostic in maps.diagnostics if diagnostic.is_error]
    if broken:
        raise AssemblyError(f"the maps have {len(broken)} errors: run `calder map check`")
    return maps


def store_path(url: str) -> Path:
    """`sqlite:PATH`. Raises AssemblyError for what this hub cannot open."""
    scheme, _, path = url.partition(":")
    if scheme != "sqlite" or not path:
        raise AssemblyError("the store's url is sqlite:PATH")
    return Path(path)


class _Server(uvicorn.Server):
    """The command owns the signals, so that a stop drains everything and not HTTP alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(slots=True)
class Hub:
    """One hub, running between `start` and `stop`. ready: the addresses it accepts on, by name."""

    settings: HubSettings
    store: SqliteStore
    engine: Engine
    maps: MapSet
    ready: dict[str, str] = field(default_factory=dict)
    _server: uvicorn.Server | None = None
    _serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        sys.setswitchinterval(0.001)  # the store's writer thread must not wait 5 ms for its turn: half the throughput of intake
        addresses = await self.engine.start(_listeners(self.settings), _receivers(self.settings))
        listener = _listen(self.settings.http)
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
            page_key=_page_key(store_path(self.settings.store).parent),
            software_version=version(DISTRIBUTION),
        )
        mounts = self._mounts()
        self._server = _Server(
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
    """Raises AssemblyError, or StoreError when another hub has the store. Nothing listens yet."""
    path = store_path(settings.store)
    path.parent.mkdir(parents=True, exist_ok=True)
    maps = load_maps()
    store = open_store(path)
    return Hub(settings, store, _engine(settings, store, maps), maps)


def as_operator(command: str) -> Visibility:
    """What a person at the hub's own keyboard sees; `command` stands in the basis."""
    return Visibility.system(f"operator:{command}")


async def read_ledger(url: str) -> Ledger:
    """Beside a running hub, too: the store is opened for reading only."""
    store = open_store(store_path(url), read_only=True)
    try:
        return await store.ledger(as_operator("ledger"))
    finally:
        await store.close()


async def list_messages(url: str, *, state: MessageState | None, source: str | None, limit: int, before: int | None) -> Sequence[Receipt]:
    """Newest first; beside a running hub, too."""
    store = open_store(store_path(url), read_only=True)
    try:
        return await store.receipts(as_operator("messages"), state=state, source=source, limit=limit, before=before)
    finally:
        await store.close()


async def read_message(url: str, receipt: int) -> Receipt | None:
    """Where one message stands, without its bytes; beside a running hub, too."""
    store = open_store(store_path(url), read_only=True)
    try:
        return await store.receipt(as_operator("messages"), receipt)
    finally:
        await store.close()


async def unmask_message(url: str, receipt: Receipt, *, user: str) -> bytes | None:
    """The bytes of a message, after a row in the audit says who saw them. None when they are pruned.

    Only the writer writes the audit: StoreError beside a running hub.
    """
    visibility = as_operator("messages show --unmask")
    row = AuditRow(
        at=SystemClock().now(),
        client="calder messages",
        organisation=None,
        user=user,
        purpose="HSYSADMIN",
        action="R",
        interaction="messages show --unmask",
        outcome="0",
        person=receipt.person,
        basis=visibility.basis,
        receipt=receipt.id,
    )
    store = open_store(store_path(url))
    try:
        await store.submit(lambda transaction: transaction.audit(row))
        return await store.archived(visibility, receipt.id)
    finally:
        await store.close()


def _engine(settings: HubSettings, store: SqliteStore, maps: MapSet) -> Engine:
    zone = {"timezone": settings.hub.timezone}
    engine = Engine(
        store=store,
        maps=maps,
        clock=SystemClock(),
        ids=RandomIds(),
        sources=[replace(one.config, parameters=zone | dict(one.config.parameters)) for one in settings.sources],
        destinations=[one.config for one in settings.destinations],
        routes=settings.routes,
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


def _listen(address: str) -> socket.socket:
    """Bound here, so that `:0` is known before anything is said to be ready."""
    parsed = parse_address(address)
    if parsed is None:
        raise AssemblyError("an HTTP address is host:port")
    family = socket.AF_INET6 if ":" in parsed[0] else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # inherited by connections: an answer must not wait 40 ms for an ACK
    try:
        listener.bind(parsed)
    except OSError as error:
        listener.close()
        raise AssemblyError(f"cannot listen on {address}: {error.strerror}") from None
    return listener


def _page_key(folder: Path) -> bytes:
    """Signs page links; made once for each hub, readable by its owner only, so that links outlive a restart."""
    file = folder / PAGE_KEY
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes()
    with os.fdopen(handle, "wb") as opened:
        key = os.urandom(32)
        opened.write(key)
    return key
