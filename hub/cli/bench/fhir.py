"""`calder bench fhir`: questions to a served hub over HTTP, beside a bare Starlette route that gives the same bytes.

Hub, bare route and client are in one process and take turns; the client is a few lines of asyncio, so that it weighs little.
Each answer of the hub follows the sync of its audit row (hub.store.rows.AuditRow), which the bare route has not to do.
"""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from time import perf_counter
from urllib.parse import quote, urlsplit

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.app.operator import as_operator
from hub.app.running import Hub, open_hub
from hub.cli.bench.figures import Figure, Limit
from hub.cli.bench.measuring import percentiles
from hub.cli.bench.samples import NHS, nhs_numbers, plan, reading, registration
from hub.core.json import parse_json, render_json
from hub.sdk import Message, Outcome
from hub.settings.development import development_settings

__all__ = ["bench_fhir"]

_TYPE = "application/fhir+json"


class _Client:
    """One connection that is kept open: GET, status and body."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, address: str) -> _Client:
        host, port = urlsplit(address).hostname, urlsplit(address).port
        return cls(*await asyncio.open_connection(host, port))

    async def get(self, path: str) -> tuple[int, bytes]:
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {_TYPE}\r\n\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        return int(head.split(" ", 2)[1]), await self._reader.readexactly(length)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


def bench_fhir(folder: Path, *, people: int = 200, times: int = 400) -> Sequence[Figure]:
    return asyncio.run(_bench(folder, people, times))


async def _bench(folder: Path, people: int, times: int) -> Sequence[Figure]:
    numbers = nhs_numbers(people)
    hub = open_hub(development_settings(store=f"sqlite:{folder / 'hub.db'}", http="127.0.0.1:0", mllp="127.0.0.1:0"))
    try:
        await hub.start()
        await _fill(hub, numbers)
        ids = await _ids(hub.ready["fhir"], numbers)
        figures = _store_figures(*await _store_times(hub, folder, ids, times))
        for name, what, paths in _questions(numbers, ids):
            served, bare = await _ask(hub.ready["fhir"], paths, times)
            for label, ours, least in zip(("p50", "p99"), percentiles(served), percentiles(bare), strict=True):
                limit = Limit("bare Starlette route, the same bytes", least)
                figures.append(Figure(f"fhir_{name}_{label}", f"{what}, {label}", ours, "ms", limit))
    finally:
        await hub.stop()
    return figures


def _questions(numbers: Sequence[str], ids: Sequence[str]) -> list[tuple[str, str, list[str]]]:
    return [
        ("read", "GET Patient/id", [f"/Patient/{id_}" for id_ in ids]),
        ("search", "GET Patient?identifier=", [f"/Patient?identifier={quote(f'{NHS}|{number}')}" for number in numbers]),
        ("emergency_care", "GET Patient/$emergency-care", [f"/Patient/$emergency-care?identifier={number}" for number in numbers]),
    ]


async def _fill(hub: Hub, numbers: Sequence[str]) -> None:
    """Each person: registered, one set of readings, a plan."""
    intake = hub.engine.intake("mllp")
    async with httpx.AsyncClient(timeout=30) as http:
        for index, number in enumerate(numbers):
            receipts = [await intake(Message(body)) for body in (registration(index, number), reading(index, number))]
            answer = await http.post(f"{hub.ready['fhir']}/", content=render_json(plan(index, number)), headers={"content-type": _TYPE})
            if answer.status_code != 200 or any(receipt.outcome is not Outcome.ACCEPTED for receipt in receipts):
                raise AssertionError("the hub did not take what the benchmark is about: its figures would say nothing")


async def _ids(base: str, numbers: Sequence[str]) -> list[str]:
    client = await _Client.open(base)
    found = []
    for number in numbers:
        _, body = await client.get(f"/fhir/Patient?identifier={quote(f'{NHS}|{number}')}")
        found.append(parse_json(body)["entry"][0]["resource"]["id"])
    await client.close()
    return found


async def _ask(base: str, paths: Sequence[str], times: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each answer: the hub's and the bare route's, in turn."""
    prefix = urlsplit(base).path
    client = await _Client.open(base)
    answers: dict[str, bytes] = {}
    for index, path in enumerate(paths):
        status, answers[str(index)] = await client.get(prefix + path)
        if status != 200:
            raise AssertionError(f"the hub answered {status}: its time would say nothing")
    served: list[float] = []
    bare: list[float] = []
    async with _bare_server(answers) as address:
        other = await _Client.open(address)
        for turn in range(times):
            index = turn % len(paths)
            served.append(await _milliseconds(client, prefix + paths[index]))
            bare.append(await _milliseconds(other, f"/{index}"))
        await other.close()
    await client.close()
    return served, bare


async def _milliseconds(client: _Client, path: str) -> float:
    begun = perf_counter()
    await client.get(path)
    return (perf_counter() - begun) * 1000


@asynccontextmanager
async def _bare_server(answers: Mapping[str, bytes]) -> AsyncIterator[str]:
    async def answer(request: Request) -> Response:
        return Response(answers[request.path_params["number"]], media_type=_TYPE)

    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # head and body go in two writes: the second must not wait
    config = uvicorn.Config(Starlette(routes=[Route("/{number}", answer)]), log_level="warning", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve(sockets=[listener]))  # noqa: SLF001 - `serve` would take the signals of the command
    while not server.started:  # noqa: ASYNC110 - uvicorn says so in this flag only
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


async def _store_times(hub: Hub, folder: Path, ids: Sequence[str], times: int) -> tuple[list[float], list[float]]:
    """Microseconds of a read by id: through the store, and by a bare statement over a table of the same bodies."""
    visibility = as_operator("bench")
    versions = [await hub.store.read(visibility, "Patient", id_) for id_ in ids]
    store: list[float] = []
    bare: list[float] = []
    with closing(sqlite3.connect(folder / "bare.db")) as connection:
        connection.execute("CREATE TABLE resource (id TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID")
        connection.executemany("INSERT INTO resource VALUES (?, ?)", [(each.id, each.body) for each in versions if each is not None])
        connection.commit()
        for turn in range(times):
            id_ = ids[turn % len(ids)]
            begun = perf_counter()
            await hub.store.read(visibility, "Patient", id_)
            store.append((perf_counter() - begun) * 1e6)
            begun = perf_counter()
            connection.execute("SELECT body FROM resource WHERE id = ?", (id_,)).fetchone()
            bare.append((perf_counter() - begun) * 1e6)
    return store, bare


def _store_figures(store: Sequence[float], bare: Sequence[float]) -> list[Figure]:
    return [
        Figure(f"store_read_{label}", f"the store alone, a read by id, {label}", ours, "µs", Limit("bare indexed SQLite read", least))
        for label, ours, least in zip(("p50", "p99"), percentiles(store), percentiles(bare), strict=True)
    ]
