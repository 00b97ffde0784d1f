"""read and vread. https://hl7.org/fhir/R4/http.html#read"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from hub.api.asking import Asking, admit
from hub.api.masking import shown
from hub.api.replies import Refusal, etag, parse_etag, serve
from hub.store.rows import Version


async def read(request: Request) -> Response:
    asking = admit(request)
    type_, id_ = request.path_params["type"], request.path_params["id"]
    found = await asking.face.store.read(asking.visibility, type_, id_)
    return await _answer(request, asking, found, "read", f"{type_}/{id_}")


async def vread(request: Request) -> Response:
    asking = admit(request)
    type_, id_, version = request.path_params["type"], request.path_params["id"], request.path_params["version"]
    if not version.isdecimal():
        raise Refusal(404, "not-found", "no such version")
    found = await asking.face.store.vread(asking.visibility, type_, id_, int(version))
    return await _answer(request, asking, found, "vread", f"{type_}/{id_}/_history/{version}")


async def _answer(request: Request, asking: Asking, found: Version | None, interaction: str, resource: str) -> Response:
    if found is None:
        await asking.refused(interaction, resource=resource)
        raise Refusal(404, "not-found", "no such resource")
    await asking.looked(interaction, [found.person], resource=resource)
    if found.deleted:
        raise Refusal(410, "deleted", "the resource was deleted", headers={"etag": etag(found.version)})
    if "if-none-match" in request.headers and parse_etag(request.headers["if-none-match"]) == found.version:
        return Response(status_code=304, headers={"etag": etag(found.version)})
    return serve(shown(found, asking.visibility), version=found.version, updated=found.updated)
