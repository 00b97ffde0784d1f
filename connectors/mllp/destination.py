"""Sends to an MLLP listener: one message at a time on one connection that is kept open.

HL7 v2 chapter 2, section 2.9.2: the answer belongs to the message whose MSH-10 it names in MSA-2. An answer that is late and names
another message is never taken for this one; a message without an answer closes the connection, so that its answer can never come late.
"""

from __future__ import annotations

import asyncio

from connectors.mllp.limits import Limits, parse_address
from connectors.mllp.wire import Wire, open_wire
from hub.codec.hl7v2.acknowledgement import Acknowledgement, parse_acknowledgement
from hub.core.errors import NotSent, Rejected, Unanswered
from hub.sdk import Outbound

__all__ = ["MllpDestination"]


class MllpDestination:
    """hub.sdk.Destination."""

    def __init__(self, address: str | tuple[str, int], limits: Limits | None = None) -> None:
        self._address = parse_address(address)
        self._limits = limits or Limits()
        self._wire: Wire | None = None
        self._one_at_a_time = asyncio.Lock()

    async def send(self, outbound: Outbound) -> None:
        async with self._one_at_a_time:
            wire = await self._connected()
            try:
                await self._exchange(wire, outbound)
            except (NotSent, Unanswered):
                self._drop()
                raise

    async def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    async def _connected(self) -> Wire:
        if self._wire is not None and self._wire.is_closed:
            self._drop()
        if self._wire is None:
            try:
                self._wire = await open_wire(self._address, self._limits.answer)
            except OSError as error:
                raise NotSent(f"no connection: {type(error).__name__}") from None
        return self._wire

    async def _exchange(self, wire: Wire, outbound: Outbound) -> None:
        try:
            await wire.write(outbound.body)
        except OSError as error:
            raise NotSent(f"broken before the last byte: {type(error).__name__}") from None
        try:
            answer = await asyncio.wait_for(self._answer_to(wire, outbound.control_id), self._limits.answer)
        except TimeoutError:
            raise Unanswered("no answer in time") from None
        except OSError as error:
            raise Unanswered(f"the connection broke before the answer: {type(error).__name__}") from None
        if not answer.code.is_accepted:
            raise Rejected(answer.code.value)

    async def _answer_to(self, wire: Wire, control_id: str) -> Acknowledgement:
        """Answers to other messages are passed over."""
        while True:
            frame = await wire.read()
            if frame is None:
                raise Unanswered("the connection was closed before the answer")
            answer = parse_acknowledgement(frame)
            if not isinstance(answer, Acknowledgement):
                raise Unanswered(f"the answer cannot be read: {answer.code.name}")
            if answer.control_id == control_id:
                return answer

    def _drop(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.abort()
