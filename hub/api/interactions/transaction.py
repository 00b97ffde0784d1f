"""transaction and batch. https://hl7.org/fhir/R4/http.html#transaction

A transaction is one piece of work: all of it or none. References by fullUrl (urn:uuid) among its entries are resolved by commit.
A batch is as many pieces of work as it has entries; each answers for itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from hub.api.applying import apply
from hub.api.asking import Asking, admit, read_resource
from hub.api.interactions.write import check, query_of
from hub.api.replies import Refusal, etag, instant, parse_etag, reply
from hub.core.json import Json, Resource, render_json
from hub.engine.change import Change, Kind
from hub.engine.committed import Applied, Effect
from hub.fhir.validate import validate

_KINDS = {"POST": Kind.CREATE, "PUT": Kind.UPDATE, "DELETE": Kind.DELETE}
_ORDER = ("DELETE", "POST", "PUT")  # http.html#trules: deletes, then creates, then updates


async def transaction(request: Request) -> Response:
    asking = admit(request)
    body, bundle = await read_resource(request, asking.face)
    entries = _entries(bundle, asking)
    if bundle["type"] == "batch":
        return reply(_response("batch-response", [await _alone(asking, entry, index) for index, entry in enumerate(entries)]))
    changes = [_change(entry, index) for index, entry in enumerate(entries)]
    _refuse_twice(changes)
    order = sorted(range(len(changes)), key=lambda index: _ORDER.index(str(entries[index]["request"]["method"])))
    applied = await apply(asking, [changes[index] for index in order], "transaction", body)
    by_index = dict(zip(order, applied, strict=True))
    return reply(_response("transaction-response", [_done(asking, by_index[index]) for index in range(len(changes))]))


def _entries(bundle: Json, asking: Asking) -> list[Resource]:
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle" or bundle.get("type") not in ("transaction", "batch"):
        raise Refusal(400, "invalid", "POST to the base takes a Bundle of type transaction or batch")
    entries = bundle.get("entry") or []
    if not isinstance(entries, list) or len(entries) > asking.face.limits.entries:
        raise Refusal(413, "too-costly", f"a Bundle may have {asking.face.limits.entries} entries")
    if bundle["type"] == "transaction":
        diagnostics = validate(bundle)
        if any(diagnostic.is_error for diagnostic in diagnostics):
            raise Refusal(400, "invalid", "the Bundle is not valid R4", diagnostics=diagnostics)
    return entries


def _change(entry: Json, index: int) -> Change:
    """One entry as a change. Raises Refusal with the place of the entry."""
    place = f"Bundle.entry[{index}]"
    request = entry.get("request") if isinstance(entry, dict) else None
    method = request.get("method") if isinstance(request, dict) else None
    if not isinstance(request, dict) or method not in _KINDS:
        raise Refusal(400, "not-supported", f"{place}.request.method must be POST, PUT or DELETE")
    url = str(request.get("url", ""))
    type_, _, id_ = url.partition("?")[0].partition("/")
    if method == "DELETE":
        return Change(kind=Kind.DELETE, type=type_, id=id_ or None)
    resource = check(entry.get("resource"), type_)
    if method == "PUT" and (not id_ or resource.get("id") != id_):
        raise Refusal(400, "invalid", f"{place}: PUT needs Type/id in its url, and the same id in the resource")
    condition, match = request.get("ifNoneExist"), request.get("ifMatch")
    return Change(
        kind=_KINDS[method],
        type=type_,
        id=id_ if method == "PUT" else None,
        resource=resource,
        full_url=entry.get("fullUrl"),
        if_match=parse_etag(str(match)) if match else None,
        if_none_exist=query_of(type_, str(condition)) if condition else None,
    )


def _refuse_twice(changes: Sequence[Change]) -> None:
    """http.html#trules: no two entries of a transaction may name the same resource."""
    named = [(change.type, change.id) for change in changes if change.id is not None]
    if len(named) != len(set(named)):
        raise Refusal(400, "duplicate", "two entries of the transaction name the same resource")


async def _alone(asking: Asking, entry: Json, index: int) -> Resource:
    """One entry of a batch: its answer, also when it is no."""
    try:
        applied = await apply(asking, [_change(entry, index)], "batch", render_json(entry))
    except Refusal as refusal:
        return {"response": {"status": str(refusal.status), "outcome": refusal.outcome()}}
    return _done(asking, applied[0])


_STATUS = {Effect.CREATED: "201 Created", Effect.DELETED: "204 No Content", Effect.ABSENT: "204 No Content"}


def _done(asking: Asking, applied: Applied) -> Resource:
    response: Resource = {"status": _STATUS.get(applied.effect, "200 OK")}
    if applied.version and applied.effect is not Effect.DELETED:
        response["location"] = f"{asking.face.base}/{applied.type}/{applied.id}/_history/{applied.version}"
        response |= {"etag": etag(applied.version), "lastModified": instant(applied.updated)}
    return {"response": response}


def _response(kind: str, entries: list[Resource]) -> Resource:
    return {"resourceType": "Bundle", "type": kind, "entry": entries}
