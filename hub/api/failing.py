"""The last net: a fault of the hub's own becomes 500 and one typed log line. No detail leaves, and no text of the fault is logged."""

from __future__ import annotations

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api.replies import Refusal
from hub.engine.events import RequestFailed, emit
from hub.engine.transform import poison


class FaultsAnswered:
    """ASGI middleware, outermost."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except ClientDisconnect:  # gone before the body was whole: nothing was done, and nobody is there to be told
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the hub lives on and says only where it happened
            emit(RequestFailed(poison(error).fault))
            if not begun:
                await Refusal(500, "exception", "the hub failed at this request").response()(scope, receive, send)
