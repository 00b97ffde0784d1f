"""The listener. Each connection is served by itself: one message at a time, the next one read when the last is answered.

So a slow store slows the senders (TCP's own back-pressure), and what one sender can make the hub hold is one message and one read.
"""

from __future__ import annotations

import asyncio

from connectors.mllp.connection import Connection
from connectors.mllp.events import report
from connectors.mllp.limits import Limits, parse_address
from hub.sdk import Intake

__all__ = ["MllpSource"]

_BACKLOG = 512
_LONGEST_STOP = 30.0  # seconds for what is being answered


class MllpSource:
    """hub.sdk.Source."""

    def __init__(self, listen: str | tuple[str, int], limits: Limits | None = None) -> None:
        self._host, self._port = parse_address(listen)
        self._limits = limits or Limits()
        self._server: asyncio.Server | None = None
        self._connections: dict[Connection, asyncio.Task[None]] = {}
        self._intake: Intake | None = None

    async def start(self, intake: Intake) -> str:
        self._intake = intake
        self._server = await asyncio.start_server(self._accept, self._host, self._port, backlog=_BACKLOG)
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        tasks = list(self._connections.values())
        for connection in list(self._connections):
            connection.finish()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_LONGEST_STOP)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        intake = self._intake
        if intake is None or len(self._connections) >= self._limits.connections:
            report("connection refused: too many are open", peer=_peer(writer), count=len(self._connections))
            writer.close()
            return
        connection = Connection(reader, writer, intake, self._limits, _peer(writer))
        task = asyncio.ensure_future(connection.serve())
        self._connections[connection] = task
        try:
            await asyncio.shield(task)
        finally:
            del self._connections[connection]


def _peer(writer: asyncio.StreamWriter) -> str:
    name = writer.get_extra_info("peername")
    return f"{name[0]}:{name[1]}" if name else "?"
