"""HL7 v2 over HTTP: POST …/hl7v2, one message in, its ACK out.

Media types application/hl7-v2 and application/hl7-v2+er7. The ACK is the answer; the status repeats it for proxies:
200 accepted, 400 refused (the ACK says why), 503 try again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hub.sdk import ConnectorSpec, HttpMount, Intake, Message, Outcome, Setting

MEDIA_TYPES = ("application/hl7-v2", "application/hl7-v2+er7")
_STATUS = {Outcome.ACCEPTED: 200, Outcome.REFUSED: 400, Outcome.UNAVAILABLE: 503}


class Hl7OverHttp:
    """Mounted by the hub on its own HTTP server."""

    path = "/hl7v2"

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def asgi(self, intake: Intake) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            response = await self._answer(Request(scope, receive), intake)
            await response(scope, receive, send)

        return serve

    async def _answer(self, request: Request, intake: Intake) -> Response:
        if request.method != "POST":
            return Response(status_code=405, headers={"allow": "POST"})
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in MEDIA_TYPES:
            return Response(f"send {MEDIA_TYPES[0]}", status_code=415, media_type="text/plain")
        body = await self._body(request)
        if body is None:
            return Response(f"a message may have {self._limit} bytes", status_code=413, media_type="text/plain")
        receipt = await intake(Message(body, peer=request.client.host if request.client else None))
        headers = {"retry-after": "1"} if receipt.outcome is Outcome.UNAVAILABLE else {}
        return Response(receipt.answer or b"", status_code=_STATUS[receipt.outcome], media_type=MEDIA_TYPES[0], headers=headers)

    async def _body(self, request: Request) -> bytes | None:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._limit:
                return None
        return bytes(body)


def _mount(settings: Mapping[str, Any]) -> HttpMount:
    return Hl7OverHttp(settings.get("limit") or 4 << 20)


SPEC = ConnectorSpec(
    name="hl7v2-http",
    summary="HL7 v2 over HTTP, at …/hl7v2 on the hub's own server",
    settings=(Setting("limit", "largest message", "size", "4MB"),),
    mount=_mount,
)
