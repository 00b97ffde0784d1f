"""The HTTP server: every address of the hub, one line each. https://hl7.org/fhir/R4/http.html

…/fhir                     the FHIR face
…/health/live · /ready     for whoever keeps the hub running
…/metrics                  Prometheus
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.api.face import Face
from hub.api.interaction import Interaction
from hub.api.interactions.capabilities import capabilities
from hub.api.interactions.history import history
from hub.api.interactions.read import read, vread
from hub.api.interactions.search import search, search_by_post
from hub.api.interactions.transaction import transaction
from hub.api.interactions.write import create, update
from hub.api.operations.emergency_care import OPERATION, emergency_care
from hub.api.replies import Refusal, busy, stale
from hub.api.surrounding import Surrounded
from hub.core.errors import StoreError, VersionConflict

Respond = Callable[[Request], Awaitable[Response]]

ASK: Final = Interaction(OPERATION, "E", emergency_care).respond
ADDRESSES: Final[Sequence[tuple[str, Mapping[str, Respond]]]] = (
    ("", {"POST": Interaction("transaction", "U", transaction).respond}),
    ("/metadata", {"GET": capabilities}),
    ("/Patient/$emergency-care", {"GET": ASK, "POST": ASK}),
    ("/{type}", {"GET": Interaction("search-type", "R", search).respond, "POST": Interaction("create", "C", create).respond}),
    ("/{type}/_search", {"POST": Interaction("search-type", "R", search_by_post).respond}),
    ("/{type}/{id}", {"GET": Interaction("read", "R", read).respond, "PUT": Interaction("update", "U", update).respond}),
    ("/{type}/{id}/_history", {"GET": Interaction("history-instance", "R", history).respond}),
    ("/{type}/{id}/_history/{version}", {"GET": Interaction("vread", "R", vread).respond}),
)


def build_server(face: Face, mounts: Sequence[Mount] = ()) -> Starlette:
    """mounts: what HttpMount connectors hang beside the FHIR face (`…/hl7v2`)."""
    server = Starlette(
        routes=[
            *_fhir_routes(),
            Route("/health/live", _live),
            Route("/health/ready", _ready),
            Route("/metrics", _metrics),
            *(Route(mount.path, _Mounted(mount.app)) for mount in mounts),
            *mounts,
        ],
        middleware=[Middleware(Surrounded)],
        exception_handlers={
            Refusal: _refused,
            VersionConflict: _conflict,
            StoreError: _unavailable,
            HTTPException: _no_such_address,
        },
    )
    server.router.redirect_slashes = False  # a redirect would repeat the question's values in an address
    server.state.face = face
    return server


def _fhir_routes() -> Iterator[BaseRoute]:
    """One route for all methods of an address, so that 405 names them all; with and without a slash at the end."""
    for path, by_method in ADDRESSES:
        for spelling in (f"/fhir{path}", f"/fhir{path}/"):
            yield Route(spelling, _by_method(by_method), methods=list(by_method))


def _by_method(by_method: Mapping[str, Respond]) -> Respond:
    async def respond(request: Request) -> Response:
        return await by_method["GET" if request.method == "HEAD" else request.method](request)

    return respond


class _Mounted:
    """A mount at its very path; a Mount itself answers only below it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


async def _live(_: Request) -> Response:
    return JSONResponse({"status": "pass"})


async def _ready(request: Request) -> Response:
    """Whether the hub takes messages now: an empty piece of work must come back from the disk."""
    face: Face = request.app.state.face
    try:
        await asyncio.wait_for(face.store.submit(lambda _: None), timeout=2)
    except (StoreError, TimeoutError):
        return JSONResponse({"status": "fail"}, status_code=503)
    return JSONResponse({"status": "pass"})


async def _metrics(request: Request) -> Response:
    face: Face = request.app.state.face
    return Response(await face.metrics(), media_type=CONTENT_TYPE_LATEST)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - Starlette hands over what was registered
    return error.response()


async def _conflict(_: Request, __: Exception) -> Response:
    return stale().response()


async def _unavailable(_: Request, __: Exception) -> Response:
    return busy().response()


async def _no_such_address(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    if request.url.path != "/fhir" and not request.url.path.startswith("/fhir/"):
        return JSONResponse({"detail": "no such address"}, status_code=error.status_code, headers=error.headers)
    if error.status_code == 405:
        return Refusal(405, "not-supported", "this address does not take this method", headers=error.headers).response()
    return Refusal(error.status_code, "not-found", "no such address").response()
