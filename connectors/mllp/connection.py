"""One sender's connection: frames in, answers out, bounded in size and time."""

from __future__ import annotations

import asyncio
from hashlib import sha256

from connectors.mllp.events import report
from connectors.mllp.inflow import Inflow
from connectors.mllp.limits import Limits
from hub.codec.mllp import Frame, NeedData, Noise, TooLarge
from hub.sdk import Intake, Message, Outcome, Receipt

__all__ = ["Connection"]

_SLOW_DOWN = 1.0  # seconds before a sender that could not be served is let go
_DEAF_AFTER = 8  # refusals of the same bytes in a row, after which each further one is waited for


class Connection:
    """One message at a time: the next is taken up when the last is answered."""

    def __init__(self, inflow: Inflow, intake: Intake, limits: Limits) -> None:
        self._inflow = inflow
        self._intake = intake
        self._limits = limits
        self._peer = inflow.peer
        self._is_finishing = False
        self._frame_began: float | None = None
        self._refused = b""  # digest of the message that was refused last
        self._refusals = 0  # of it, in a row

    def finish(self) -> None:
        """Answer what is being processed, read nothing more."""
        self._is_finishing = True
        self._inflow.finish()

    async def serve(self) -> None:
        try:
            while not self._is_finishing and await self._next():
                pass
        except (ConnectionError, TimeoutError):
            report("connection closed: the answer could not be written", peer=self._peer)
        except Exception:  # noqa: BLE001 -- one connection must not take the listener down; the text might hold anything, so it is not logged
            report("connection closed: the listener failed", peer=self._peer)
        finally:
            await self._inflow.close()

    async def _next(self) -> bool:
        """One event of the decoder. False: the connection is to be closed."""
        event = self._inflow.next_event()
        match event:
            case Frame(payload):
                self._frame_began = None
                return await self._answer(payload)
            case Noise(count):
                report("bytes outside a frame were skipped", peer=self._peer, count=count)
                return True
            case TooLarge(count):
                report("connection closed: message too large", peer=self._peer, count=count)
                return False
            case NeedData():
                return await self._more()

    async def _answer(self, payload: bytes) -> bool:
        receipt = await self._intake(Message(payload, peer=self._peer))
        if receipt.outcome is Outcome.UNAVAILABLE:
            report("connection closed: the hub could not keep the message", peer=self._peer)
            await asyncio.sleep(_SLOW_DOWN)
            return False
        if receipt.answer is not None:
            await self._tell(receipt, receipt.answer)
            await self._hold_back(payload, receipt.outcome)
        return True

    async def _tell(self, receipt: Receipt, answer: bytes) -> None:
        written = False
        try:
            written = await self._inflow.write(answer)
        finally:
            if receipt.told is not None:
                receipt.told(written)

    async def _hold_back(self, payload: bytes, outcome: Outcome) -> None:
        """A sender that does not hear a refusal sends the same bytes for ever: each time is kept, so it is made to wait for its turn."""
        if outcome is not Outcome.REFUSED:
            self._refusals = 0
            return
        digest = sha256(payload).digest()
        self._refusals = self._refusals + 1 if digest == self._refused else 1
        self._refused = digest
        if self._refusals == _DEAF_AFTER:
            report("the same message is refused again and again: it is taken once a second", peer=self._peer, count=self._refusals)
        if self._refusals >= _DEAF_AFTER:
            await asyncio.sleep(_SLOW_DOWN)

    async def _more(self) -> bool:
        """Wait for bytes, as long as they may take."""
        if self._inflow.is_ended:
            return self._ended()
        now = asyncio.get_running_loop().time()
        if self._inflow.unfinished is None:
            self._frame_began = None
        elif self._frame_began is None:
            self._frame_began = now
        left = self._limits.idle
        if self._frame_began is not None:
            left = min(left, self._frame_began + self._limits.frame - now)
        if await self._inflow.stirs(max(0.0, left)):
            return True
        open_frame = self._frame_began is not None
        report("connection closed: message not complete in time" if open_frame else "connection closed: nothing came", peer=self._peer)
        return False

    def _ended(self) -> bool:
        unfinished = self._inflow.unfinished
        if self._inflow.was_closed_for_memory:
            report("connection closed: slow, and it held the most while memory was short", peer=self._peer, count=unfinished or 0)
        elif unfinished is not None:
            report("connection closed: it ended inside a message", peer=self._peer, count=unfinished)
        return False
