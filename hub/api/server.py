"""The HTTP server: every address of the hub, one line each. https://hl7.org/fhir/R4/http.html

…/fhir                     the FHIR face
…/health/live · /ready     for whoever keeps the hub running
…/metrics                  Prometheus
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from hub.api.face import Face
from hub.api.failing import FaultsAnswered
from hub.api.interactions.capabilities import capabilities
from hub.api.interactions.history import history
from hub.api.interactions.read import read, vread
from hub.api.interactions.search import search, search_by_post
from hub.api.interactions.transaction import transaction
from hub.api.interactions.write import create, update
from hub.api.operations.emergency_care import emergency_care
from hub.api.replies import Refusal
from hub.core.errors import StoreBusy, StoreClosed, StoreError, VersionConflict

FHIR_ROUTES: Sequence[Route] = (
    Route("/", transaction, methods=["POST"]),
    Route("/metadata", capabilities, methods=["GET"]),
    Route("/Patient/$emergency-care", emergency_care, methods=["GET", "POST"]),
    Route("/{type}", search, methods=["GET"]),
    Route("/{type}", create, methods=["POST"]),
    Route("/{type}/_search", search_by_post, methods=["POST"]),
    Route("/{type}/{id}", read, methods=["GET"]),
    Route("/{type}/{id}", update, methods=["PUT"]),
    Route("/{type}/{id}/_history", history, methods=["GET"]),
    Route("/{type}/{id}/_history/{version}", vread, methods=["GET"]),
)


def build_server(face: Face, mounts: Sequence[Mount] = ()) -> Starlette:
    """mounts: what HttpMount connectors hang beside the FHIR face (`…/hl7v2`)."""
    server = Starlette(
        routes=[
            Route("/fhir", transaction, methods=["POST"]),
            Mount("/fhir", routes=list(FHIR_ROUTES)),
            Route("/health/live", _live),
            Route("/health/ready", _ready),
            Route("/metrics", _metrics),
            *mounts,
        ],
        middleware=[Middleware(FaultsAnswered)],
        exception_handlers={
            Refusal: _refused,
            VersionConflict: _conflict,
            StoreBusy: _busy,
            StoreClosed: _busy,
            HTTPException: _no_such_address,
        },
    )
    server.state.face = face
    return server


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


async def _metrics(_: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - Starlette hands over what was registered
    return error.response()


async def _conflict(_: Request, __: Exception) -> Response:
    return Refusal(412, "conflict", "the resource has changed since it was read: read it again, then write").response()


async def _busy(_: Request, __: Exception) -> Response:
    return Refusal(503, "transient", "the hub is busy: try again", headers={"retry-after": "1"}).response()


async def _no_such_address(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    if not request.url.path.startswith("/fhir"):
        return JSONResponse({"detail": "no such address"}, status_code=error.status_code)
    if error.status_code == 405:
        return Refusal(405, "not-supported", "this address does not take this method", headers=error.headers).response()
    return Refusal(error.status_code, "not-found", "no such address").response()
