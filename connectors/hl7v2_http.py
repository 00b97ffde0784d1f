"""HL7 v2 over HTTP: POST …/hl7v2, one message in, its ACK out.

Media types application/hl7-v2 and application/hl7-v2+er7. The ACK is the answer; the status repeats it for proxies:
200 accepted (204 where no answer is owed), 400 refused (the ACK says why), 408 too slow, 503 try again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hub.sdk import ConnectorSpec, HttpMount, Intake, Message, Outcome, Receipt, Setting

MEDIA_TYPES = ("application/hl7-v2", "application/hl7-v2+er7")
LARGEST = 4 << 20
LONGEST = timedelta(seconds=60)


class Hl7OverHttp:
    """Mounted by the hub on its own HTTP server."""

    path = "/hl7v2"

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds

    def asgi(self, intake: Intake) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope, receive)
            try:
                body = await asyncio.wait_for(self._message(request), self._seconds)
            except ClientDisconnect:
                return  # half a message, and nobody to answer
            except TimeoutError:
                body = _refusal(408, "the message did not come in time", {"connection": "close"})
            if isinstance(body, Response):
                await body(scope, receive, send)
                return
            receipt = await intake(Message(body, peer=request.client.host if request.client else None))
            await _tell(receipt, scope, receive, send)

        return serve

    async def _message(self, request: Request) -> bytes | Response:
        """The bytes of a message, or why they are not taken: nothing of them is kept then."""
        if request.method != "POST":
            return _refusal(405, "send a message by POST", {"allow": "POST"})
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in MEDIA_TYPES or request.headers.get("content-encoding", "identity").strip().lower() != "identity":
            return _refusal(415, f"send {MEDIA_TYPES[0]}, not compressed")
        too_long = _refusal(413, f"a message may have {self._limit} bytes")
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and (len(announced) > 18 or int(announced) > self._limit):
            return too_long
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._limit:
                return too_long
        return bytes(body)


async def _tell(receipt: Receipt, scope: Scope, receive: Receive, send: Send) -> None:
    """Write the answer, and note whether it could be written."""
    written = False
    try:
        await _answer(receipt)(scope, receive, send)
        written = True
    finally:
        if receipt.told is not None and receipt.answer is not None:
            receipt.told(written)


def _answer(receipt: Receipt) -> Response:
    if receipt.outcome is Outcome.UNAVAILABLE:
        return _refusal(503, "the message was not kept: send it again", {"retry-after": "1"})
    if receipt.answer is None:
        return Response(status_code=204)
    status = 200 if receipt.outcome is Outcome.ACCEPTED else 400
    return Response(receipt.answer, status_code=status, media_type=MEDIA_TYPES[0])


def _refusal(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(text, status_code=status, media_type="text/plain", headers=headers)


def _mount(settings: Mapping[str, Any]) -> HttpMount:
    return Hl7OverHttp(settings.get("limit") or LARGEST, (settings.get("within") or LONGEST).total_seconds())


SPEC = ConnectorSpec(
    name="hl7v2-http",
    summary="HL7 v2 over HTTP, at …/hl7v2 on the hub's own server",
    settings=(
        Setting("limit", "largest message", "size", "4MB"),
        Setting("within", "a message must be complete so long after its headers (against slow senders)", "duration", "60s"),
    ),
    mount=_mount,
)
