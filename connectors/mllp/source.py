"""The listener. Each connection is served by itself: one message at a time, the next one taken up when the last is answered.

So a slow store slows the senders (TCP's own back-pressure), and what all senders together can make the hub hold is bounded.
"""

from __future__ import annotations

import asyncio

from connectors.mllp.connection import Connection
from connectors.mllp.events import report
from connectors.mllp.inflow import Inflow
from connectors.mllp.limits import Limits, parse_address
from connectors.mllp.memory import Memory
from hub.sdk import Intake

__all__ = ["MllpSource"]

_BACKLOG = 512
_LONGEST_STOP = 30.0  # seconds for what is being answered


class MllpSource:
    """hub.sdk.Source."""

    def __init__(self, listen: str | tuple[str, int], limits: Limits | None = None) -> None:
        self._host, self._port = parse_address(listen)
        self._limits = limits or Limits()
        self._memory = Memory(self._limits.memory, self._limits.largest_message)
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], Connection] = {}
        self._intake: Intake | None = None

    async def start(self, intake: Intake) -> str:
        self._intake = intake
        self._server = await asyncio.get_running_loop().create_server(self._inflow, self._host, self._port, backlog=_BACKLOG)
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        tasks = list(self._connections)
        for connection in self._connections.values():
            connection.finish()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_LONGEST_STOP)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    def _inflow(self) -> Inflow:
        return Inflow(self._memory, self._limits.largest_message, self._limits.answer, self._serve)

    def _serve(self, inflow: Inflow) -> None:
        if self._intake is None or len(self._connections) >= self._limits.connections:
            report("connection refused: too many are open", peer=inflow.peer, count=len(self._connections))
            inflow.abort()
            return
        connection = Connection(inflow, self._intake, self._limits)
        task = asyncio.ensure_future(connection.serve())
        self._connections[task] = connection
        task.add_done_callback(self._connections.pop)
