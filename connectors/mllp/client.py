"""Sends by hand: `calder send`, the demo, benchmarks. Looks at any answer, and judges none."""

from __future__ import annotations

import asyncio

from connectors.mllp.wire import Wire, open_wire
from hub.codec.hl7v2 import Message, parse_header
from hub.codec.hl7v2.acknowledgement import Acknowledgement, parse_acknowledgement
from hub.sdk import Exchange

__all__ = ["MllpClient"]


class MllpClient:
    """hub.sdk.Client. It connects at the first message, and anew after one that was not answered."""

    def __init__(self, address: str, wait: float = 30.0) -> None:
        self._address = address
        self._wait = wait
        self._wire: Wire | None = None

    async def exchange(self, body: bytes) -> Exchange:
        wire = await self._open()
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await wire.write(body)
            code, answer = await asyncio.wait_for(_answer(wire, _control_id(body)), self._wait)
        except (TimeoutError, ConnectionError):
            code, answer = None, None
        if answer is None:
            self._drop()
        return Exchange(code, answer, (loop.time() - began) * 1000)

    async def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    async def _open(self) -> Wire:
        if self._wire is not None and self._wire.is_closed:
            self._drop()
        if self._wire is None:
            self._wire = await open_wire(self._address, self._wait)
        return self._wire

    def _drop(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.abort()


async def _answer(wire: Wire, control_id: str | None) -> tuple[str | None, bytes | None]:
    """The answer that names the message in MSA-2, or the first that names none: nothing better can come."""
    while (frame := await wire.read()) is not None:
        answer = parse_acknowledgement(frame)
        if not isinstance(answer, Acknowledgement):
            return None, frame
        if control_id is None or answer.control_id in {control_id, ""}:
            return answer.code.value, frame
    return None, None


def _control_id(body: bytes) -> str | None:
    header = parse_header(body)
    return header.control_id if isinstance(header, Message) else None
