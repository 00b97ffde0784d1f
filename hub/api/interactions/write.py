"""create and update. https://hl7.org/fhir/R4/http.html#create, https://hl7.org/fhir/R4/http.html#update

Everything that comes in is validated against R4 before it reaches the record; what is stored is what was sent, plus id and meta.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from hub.api.applying import apply
from hub.api.asking import Asking
from hub.api.bodies import read_resource
from hub.api.etags import parse_if_match, refuse_if_none_match
from hub.api.interactions.search import read_params
from hub.api.masking import shown
from hub.api.preferences import Returning, returning
from hub.api.replies import Refusal, serve
from hub.api.subsetting import is_subsetted
from hub.care.resuscitation import contradictions
from hub.core.diagnostics import Diagnostic, Severity
from hub.core.json import Json, Resource, render_json
from hub.engine.change import Change, Kind
from hub.engine.committed import Applied, Effect
from hub.fhir.outcome import issue
from hub.fhir.search.parse import Refused, parse_search
from hub.fhir.search.query import Query
from hub.fhir.validate import validate

_OF_THE_ANSWER = frozenset({"_format", "_pretty"})


async def create(request: Request, asking: Asking) -> Response:
    """Conditional by If-None-Exist, or by parameters in the address as some clients (fhirpy) send the condition."""
    type_ = request.path_params["type"]
    refuse_if_none_match(request.headers.get("if-none-match"))
    body, value = await read_resource(request, asking.face.limits.body)
    resource = check(value, type_)
    change = Change(kind=Kind.CREATE, type=type_, resource=resource, if_none_exist=_condition(request, type_))
    return await _answer(request, asking, (await apply(asking, [change], body))[0])


async def update(request: Request, asking: Asking) -> Response:
    type_, id_ = request.path_params["type"], request.path_params["id"]
    refuse_if_none_match(request.headers.get("if-none-match"))
    seen = parse_if_match(request.headers.get("if-match"))
    body, value = await read_resource(request, asking.face.limits.body)
    resource = check(value, type_)
    if resource.get("id") != id_:
        raise Refusal(400, "invalid", "the id in the body must be that of the address")
    change = Change(kind=Kind.UPDATE, type=type_, id=id_, resource=resource, if_match=seen)
    return await _answer(request, asking, (await apply(asking, [change], body))[0])


def check(value: Json, type_: str) -> Resource:
    """A resource fit for the record. Raises Refusal 400 (not FHIR) or 422 (FHIR that may not be kept), with every fault and its place."""
    if not isinstance(value, dict):
        raise Refusal(400, "structure", "the body must be one FHIR resource")
    if value.get("resourceType") != type_:
        raise Refusal(400, "invalid", "resourceType must be that of the address")
    refuse_errors(validate(value), "the resource is not valid R4")
    check_rules(value)
    return value


def check_rules(resource: Resource) -> None:
    """What is valid R4 and may not be kept all the same. Raises Refusal 422."""
    against = contradictions(resource)
    if against:
        raise Refusal(422, "business-rule", "the resource contradicts itself", diagnostics=against)
    if is_subsetted(resource):
        raise Refusal(422, "business-rule", "this is a part of a resource (tagged SUBSETTED): writing it back would lose the rest")


def refuse_errors(diagnostics: Sequence[Diagnostic], text: str) -> None:
    if any(diagnostic.is_error for diagnostic in diagnostics):
        raise Refusal(400, "invalid", text, diagnostics=diagnostics)


def query_of(type_: str, text: str) -> Query:
    """The search of a conditional create. Raises Refusal 400, also for one that everything matches."""
    parsed = parse_search(type_, read_params(text.partition("?")[2] if "?" in text else text))
    if isinstance(parsed, Refused):
        raise Refusal(400, "invalid", "the condition cannot be read", diagnostics=parsed.diagnostics)
    if not parsed.query.clauses:
        raise Refusal(400, "required", "the condition selects nothing in particular: name an identifier")
    return replace(parsed.query, count=2, sort=(), includes=(), total=False)


def _condition(request: Request, type_: str) -> Query | None:
    header = request.headers.get("if-none-exist")
    if header is not None:
        return query_of(type_, header)
    in_address = {name for name, _ in read_params(request.url.query)} - _OF_THE_ANSWER
    return query_of(type_, request.url.query) if in_address else None


async def _answer(request: Request, asking: Asking, applied: Applied) -> Response:
    created = applied.effect is Effect.CREATED
    match returning(request.headers.getlist("prefer")):
        case Returning.MINIMAL:
            body = b""
        case Returning.OUTCOME:
            words = "created" if created else "as it was" if applied.effect is Effect.UNCHANGED else "updated"
            body = render_json({"resourceType": "OperationOutcome", "issue": [issue(Severity.INFORMATION, "informational", words)]})
        case _:
            body = await shown_to_writer(asking, applied)
    location = f"{asking.face.base}/{applied.type}/{applied.id}/_history/{applied.version}"
    return serve(body, version=applied.version, updated=applied.updated, status=201 if created else 200, location=location)


async def shown_to_writer(asking: Asking, applied: Applied) -> bytes:
    """What is there already may be somebody else's: it is read as any other, and empty where the caller may not."""
    if applied.effect is not Effect.UNCHANGED:
        return shown(applied, asking.visibility)
    found = await asking.face.store.vread(asking.visibility, applied.type, applied.id, applied.version)
    return b"" if found is None or found.deleted else shown(found, asking.visibility)
