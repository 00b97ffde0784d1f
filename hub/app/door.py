"""The operators' door: an embedded store has one writer, so the hub that runs takes commands on a Unix socket beside its store.

No password: who may open the store's folder may open the store. The socket is its owner's only, also before anybody can connect.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.app.http import Server
from hub.app.operations import OPERATIONS, Given, Operator, WithinProcess
from hub.app.running import open_hub
from hub.app.stores import is_postgresql, sqlite_path
from hub.core.errors import CalderError, StoreError
from hub.core.json import Json, parse_json, render_json
from hub.engine.events import DoorNotOpened, emit
from hub.engine.supervisor import Engine
from hub.settings.model import HubSettings

__all__ = ["Door", "operator", "socket_of"]

_NAME: Final = "hub.sock"
_LARGEST: Final = 64 << 20  # bytes of a request: a corrected message, in base64
_LONGEST_PATH: Final = 100  # bytes; the kernel takes 107 (unix(7))
_PATIENCE: Final = 600.0  # seconds: a lane with many messages behind it takes its time


def socket_of(store: str) -> Path | None:
    """Beside the file of an embedded store; none where the store takes several writers."""
    return None if is_postgresql(store) else sqlite_path(store).with_name(_NAME)


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """The same place by a path that fits into an address, however deep the folder is (proc(5))."""
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class Door:
    """Of the hub that holds the writer's lock: whatever stands at its place was left by one that is gone."""

    def __init__(self, path: Path, engine: Engine) -> None:
        self._path = path
        self._operator = WithinProcess(engine)
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Where no socket can stand beside the store, the hub says so and goes on without."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._path.unlink(missing_ok=True)
        try:
            with _short(self._path) as address:
                listener.bind(address)
            self._path.chmod(0o600)  # before it listens
        except OSError as error:  # a file system without sockets: messages flow all the same
            listener.close()
            emit(DoorNotOpened(error.strerror or type(error).__name__))
            return
        app = Starlette(routes=[Route("/{operation}", self._answer, methods=["POST"])])
        self._server = Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=5))
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:  # noqa: ASYNC110 - uvicorn says so in this flag only
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
            self._path.unlink(missing_ok=True)

    async def _answer(self, request: Request) -> Response:
        operation = request.path_params["operation"]
        if operation not in OPERATIONS:
            return _json({"error": "the hub that runs does not know this command: it is of another version"}, 404)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _LARGEST:
                return _json({"error": "too large"}, 413)
        try:
            return _json(await self._operator.do(operation, parse_json(body)), 200)
        except CalderError as error:
            return _json({"error": str(error)}, 409)


def _json(value: Json, status: int) -> Response:
    return Response(render_json(value), status, media_type="application/json")


class _OverTheDoor:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def do(self, operation: str, given: Given) -> Json:
        try:
            answer = await self._client.post(f"/{operation}", content=render_json(dict(given)))
        except httpx.HTTPError as error:
            raise StoreError(f"the hub did not answer ({type(error).__name__}): look where the message stands, then try again") from error
        found = parse_json(answer.content)
        if answer.status_code != httpx.codes.OK:
            raise StoreError(str(found["error"]))
        return found


@asynccontextmanager
async def operator(settings: HubSettings) -> AsyncIterator[Operator]:
    """Through the door where a hub runs; else the store is this process's, or on PostgreSQL this process is one hub more."""
    path = socket_of(settings.store)
    if path is not None and _is_open(path):
        with _short(path) as address:
            transport = httpx.AsyncHTTPTransport(uds=address)
            async with httpx.AsyncClient(transport=transport, base_url="http://hub", timeout=_PATIENCE) as client:
                yield _OverTheDoor(client)
        return
    hub = open_hub(replace(settings, transformers=0))
    try:
        yield WithinProcess(hub.engine)
    finally:
        await hub.stop()


def _is_open(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knocking:
        try:
            with _short(path) as address:
                knocking.connect(address)
        except OSError:
            return False
        return True
