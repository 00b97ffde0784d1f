"""The others of the demo: what a hospital's document system, a GP system and an ambulance system do, over real sockets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from hub.codec import mllp
from hub.codec.hl7v2 import Message, parse_message
from hub.codec.hl7v2.acknowledgement import AckCode, acknowledge
from hub.core.ports import Clock


@dataclass
class HospitalInbox:
    """The hospital's own MLLP port for documents: takes what comes, answers AA, keeps it."""

    clock: Clock
    received: list[Message] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder = mllp.Decoder()
        while data := await reader.read(65536):
            decoder.receive(data)
            while not isinstance(event := decoder.next_event(), mllp.NeedData):
                if isinstance(event, mllp.Frame):
                    writer.write(mllp.encode(self._take(event.payload)))
                    await writer.drain()
        writer.close()

    def _take(self, payload: bytes) -> bytes:
        message = parse_message(payload)
        code = AckCode.AA if isinstance(message, Message) else AckCode.AR
        if isinstance(message, Message):
            self.received.append(message)
            self.arrived.set()
        return acknowledge(
            message if isinstance(message, Message) else None, code, control_id=f"DOC{len(self.received):06}", at=self.clock.now()
        )
