"""Around every request: a fault of the hub's own becomes 500 and one typed log line, and each answer is told to those that listen.

No detail leaves, and no text of a fault is logged.
"""

from __future__ import annotations

from time import perf_counter

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api.replies import Refusal
from hub.engine.events import RequestAnswered, RequestFailed, emit
from hub.engine.transform import poison


class Surrounded:
    """ASGI middleware, outermost."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = perf_counter(), 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except ClientDisconnect:  # gone before the body was whole: nothing was done, and nobody is there to be told
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the hub lives on and says only where it happened
            emit(RequestFailed(poison(error).fault))
            if not status:
                await Refusal(500, "exception", "the hub failed at this request").response()(scope, receive, watch)
        interaction = scope.get("state", {}).get("interaction")  # set by hub.api.interaction; pages for machines have none
        if interaction is not None:
            emit(RequestAnswered(interaction, status, perf_counter() - began))
