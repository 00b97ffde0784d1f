"""Sends to an MLLP listener: one message at a time on each connection, and the connections are kept open.

HL7 v2 chapter 2, sections 2.9.2 (original mode) and 2.9.3 (enhanced mode): an answer belongs to the message whose MSH-10 it names in
MSA-2. One that is late and names another message is never taken for this one; a message without an answer closes its connection, so
that its answer can never come late.

    no connection                                     NotSent     nobody has anything
    broken, or too slow, before the end block         NotSent     no message without its end block. A receiver that takes half a message
                                                                  for a whole one has half a plan: sent again whole, that is mended
    broken, silent, or unreadable after it            Unanswered  it may have been taken
    AE AR CE CR                                       Rejected    the receiver says that it has not taken it
    CA, and no application answer in enhanced mode    kept        with CA the receiver answers for it: it is not sent again (2.9.3.2)
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime

from connectors.mllp.limits import Limits, parse_address
from connectors.mllp.wire import Wire, open_wire
from hub.codec.hl7v2 import AckCode, Acknowledgement, Message, acknowledge, parse_acknowledgement, parse_header
from hub.core.errors import NotSent, Rejected, Unanswered
from hub.sdk import Outbound, Taken

__all__ = ["MllpDestination"]

_ERROR_CODE = re.compile(r"[1-9][0-9]{2}")  # table 0357; anything else in ERR-3 is the receiver's own, and might say anything
_OF_ACCEPTANCE = frozenset({AckCode.CA, AckCode.CE, AckCode.CR})
_ASKS = frozenset({"AL", "SU"})


class MllpDestination:
    """hub.sdk.Destination."""

    def __init__(self, address: str | tuple[str, int], limits: Limits | None = None) -> None:
        self._address = parse_address(address)
        self._limits = limits or Limits()
        self._free: list[Wire] = []

    async def send(self, outbound: Outbound) -> Taken:
        wire = await self._take()
        try:
            taken = await self._exchange(wire, outbound)
        except Rejected:
            self._free.append(wire)
            raise
        except BaseException:
            wire.abort()
            raise
        self._free.append(wire)
        return taken

    async def reach(self) -> None:
        self._free.append(await self._take())

    async def close(self) -> None:
        free, self._free = self._free, []
        for wire in free:
            await wire.close()

    async def _take(self) -> Wire:
        """A connection for one message. One that has long been idle may be dead without a sign: a firewall forgets it silently."""
        while self._free:
            wire = self._free.pop()
            if not wire.is_closed and wire.idle < self._limits.idle:
                return wire
            wire.abort()
        try:
            return await open_wire(self._address, self._limits.answer, largest=self._limits.largest_message)
        except OSError as error:
            raise NotSent(f"no connection: {type(error).__name__}") from None

    async def _exchange(self, wire: Wire, outbound: Outbound) -> Taken:
        try:
            await wire.write(outbound.body)
        except OSError as error:
            raise NotSent(f"broken before the end block: {type(error).__name__}") from None
        answer = await self._answer(wire, outbound.control_id)
        if answer.code is AckCode.CA and outbound.enhanced:
            try:
                answer = await self._answer(wire, outbound.control_id, of_application=True)
            except Unanswered:
                wire.abort()
        if not answer.code.is_accepted:
            raise Rejected(answer.code.value, tuple(code for code in answer.errors if _ERROR_CODE.fullmatch(code)))
        return Taken.KEPT if answer.code is AckCode.CA else Taken.PROCESSED

    async def _answer(self, wire: Wire, control_id: str, *, of_application: bool = False) -> Acknowledgement:
        """Raises Unanswered."""
        try:
            async with asyncio.timeout(self._limits.answer):
                answer, frame = await _answer_to(wire, control_id, of_application=of_application)
        except TimeoutError:
            raise Unanswered("no answer in time") from None
        except OSError as error:
            raise Unanswered(f"the connection broke before the answer: {type(error).__name__}") from None
        if of_application:
            await _accept(wire, frame)
        return answer


async def _answer_to(wire: Wire, control_id: str, *, of_application: bool) -> tuple[Acknowledgement, bytes]:
    """Answers to other messages are passed over. of_application: so are accept acknowledgements."""
    while True:
        frame = await wire.read()
        if frame is None:
            raise Unanswered("the connection was closed before the answer")
        answer = parse_acknowledgement(frame)
        if not isinstance(answer, Acknowledgement):
            raise Unanswered(f"the answer cannot be read: {answer.code.name}")
        if answer.control_id == control_id and not (of_application and answer.code in _OF_ACCEPTANCE):
            return answer, frame


async def _accept(wire: Wire, frame: bytes) -> None:
    """An application acknowledgement is a message of its own, and may ask to hear that it has arrived (MSH-15). It stands in any case."""
    header = parse_header(frame)
    if isinstance(header, Message) and header.accept_ack in _ASKS:
        now = datetime.now(UTC)  # noqa: TID251 -- the edge: this answer is written here and nowhere else
        try:
            await wire.write(acknowledge(header, AckCode.CA, control_id=f"CA{now:%Y%m%d%H%M%S%f}"[:20], at=now))
        except OSError:
            wire.abort()
