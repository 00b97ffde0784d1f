"""create and update. https://hl7.org/fhir/R4/http.html#create, https://hl7.org/fhir/R4/http.html#update

Everything that comes in is validated against R4 before it reaches the record; what is stored is what was sent, plus id and meta.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from hub.api.applying import apply
from hub.api.asking import Asking, admit, read_resource
from hub.api.masking import shown
from hub.api.replies import Refusal, parse_etag, serve
from hub.care.resuscitation import contradictions
from hub.core.json import Json, Resource
from hub.engine.change import Change, Kind
from hub.engine.committed import Applied, Effect
from hub.fhir.search.parse import Refused, parse_search
from hub.fhir.search.query import Query
from hub.fhir.validate import validate


async def create(request: Request) -> Response:
    asking = admit(request)
    type_ = request.path_params["type"]
    body, value = await read_resource(request, asking.face)
    resource = check(value, type_)
    condition = request.headers.get("if-none-exist")
    change = Change(kind=Kind.CREATE, type=type_, resource=resource, if_none_exist=query_of(type_, condition) if condition else None)
    return _answer(asking, (await apply(asking, [change], "create", body))[0], request)


async def update(request: Request) -> Response:
    asking = admit(request)
    type_, id_ = request.path_params["type"], request.path_params["id"]
    body, value = await read_resource(request, asking.face)
    resource = check(value, type_)
    if resource.get("id") != id_:
        raise Refusal(400, "invalid", "the id in the body must be that of the address")
    match = request.headers.get("if-match")
    change = Change(kind=Kind.UPDATE, type=type_, id=id_, resource=resource, if_match=parse_etag(match) if match else None)
    return _answer(asking, (await apply(asking, [change], "update", body))[0], request)


def check(value: Json, type_: str | None = None) -> Resource:
    """A resource fit for the record. Raises Refusal 400 (not FHIR) or 422 (FHIR that may not be kept), with every fault and its place."""
    if not isinstance(value, dict):
        raise Refusal(400, "structure", "the body must be one FHIR resource")
    if type_ is not None and value.get("resourceType") != type_:
        raise Refusal(400, "invalid", "resourceType must be that of the address")
    diagnostics = validate(value)
    if any(diagnostic.is_error for diagnostic in diagnostics):
        raise Refusal(400, "invalid", "the resource is not valid R4", diagnostics=diagnostics)
    against = contradictions(value)
    if against:
        raise Refusal(422, "business-rule", "the resource contradicts itself", diagnostics=against)
    return value


def query_of(type_: str, text: str) -> Query:
    """The search of a conditional interaction. Raises Refusal 400."""
    parsed = parse_search(type_, parse_qsl(text.partition("?")[2] if "?" in text else text, keep_blank_values=True))
    if isinstance(parsed, Refused):
        raise Refusal(400, "invalid", "the condition cannot be read", diagnostics=parsed.diagnostics)
    return parsed.query


def _answer(asking: Asking, applied: Applied, request: Request) -> Response:
    location = f"{asking.face.base}/{applied.type}/{applied.id}/_history/{applied.version}"
    minimal = "return=minimal" in request.headers.get("prefer", "").replace(" ", "")
    body = b"" if minimal else shown(applied, asking.visibility)
    status = 201 if applied.effect is Effect.CREATED else 200
    return serve(body, version=applied.version, updated=applied.updated, status=status, location=location)
