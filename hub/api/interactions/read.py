"""read and vread. https://hl7.org/fhir/R4/http.html#read"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from hub.api.asking import Asking
from hub.api.etags import is_current
from hub.api.masking import shown
from hub.api.replies import Refusal, etag, serve, version_headers
from hub.fhir.search.parse import Refused, parse_search
from hub.fhir.search.query import Query
from hub.store.rows import Version

_PARTS = ("_summary", "_elements")


async def read(request: Request, asking: Asking) -> Response:
    found = await asking.face.store.read(asking.visibility, request.path_params["type"], request.path_params["id"])
    return await _answer(request, asking, found)


async def vread(request: Request, asking: Asking) -> Response:
    params = request.path_params
    found = await asking.face.store.vread(asking.visibility, params["type"], params["id"], int(params["version"]))
    return await _answer(request, asking, found)


async def _answer(request: Request, asking: Asking, found: Version | None) -> Response:
    part = _part(request)
    if found is None:
        raise Refusal(404, "not-found", "no such resource")
    await asking.looked([found.person])
    if found.deleted:
        raise Refusal(410, "deleted", "the resource was deleted", headers={"etag": etag(found.version)})
    if "if-none-match" in request.headers and is_current(request.headers["if-none-match"], found.version):
        return Response(status_code=304, headers=version_headers(found.version, found.updated))
    return serve(shown(found, asking.visibility, part), version=found.version, updated=found.updated)


def _part(request: Request) -> Query:
    """`_summary` and `_elements` as in a search; `_summary=count` counts nothing here. Other parameters mean nothing to a read."""
    params = [(name, value) for name, value in request.query_params.multi_items() if name in _PARTS]
    parsed = parse_search(request.path_params["type"], params)
    if isinstance(parsed, Refused):
        raise Refusal(400, "invalid", "the parameters cannot be read", diagnostics=parsed.diagnostics)
    return parsed.query
