"""transaction and batch. https://hl7.org/fhir/R4/http.html#transaction

A transaction is one piece of work: all of it or none. References by fullUrl (urn:uuid) among its entries are resolved by commit.
A batch is as many pieces of work as it has entries; each answers for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hub.api.applying import apply
from hub.api.asking import Asking
from hub.api.bodies import read_resource
from hub.api.interactions.entries import Entry, read_entry, request_line
from hub.api.interactions.write import check_rules, refuse_errors, shown_to_writer
from hub.api.preferences import Returning, returning
from hub.api.replies import Refusal, busy, etag, reply
from hub.core.errors import StoreError
from hub.core.json import Json, Resource, render_json
from hub.engine.change import Change
from hub.engine.committed import Applied, Effect
from hub.fhir import bundle as bundles
from hub.fhir.instant import render_instant
from hub.fhir.validate import validate

_ORDER = ("DELETE", "POST", "PUT")  # http.html#trules: deletes, then creates, then updates
_STATUS = {Effect.CREATED: "201 Created", Effect.DELETED: "204 No Content", Effect.ABSENT: "204 No Content"}


async def transaction(request: Request, asking: Asking) -> Response:
    body, bundle = await read_resource(request, asking.face.limits.body)
    entries = _entries(bundle, asking.face.limits.entries)
    wants_resources = returning(request.headers.getlist("prefer")) is Returning.REPRESENTATION
    if bundle["type"] == "batch":
        asking.interaction = "batch"
        answers = [await _alone(asking, entry, place, wants_resources=wants_resources) for place, entry in enumerate(entries)]
    else:
        applied = await _together(asking, bundle, entries, body)
        answers = [await _done(asking, each, wants_resource=wants_resources) for each in applied]
    if not entries:
        await asking.looked(())
    return reply(bundles.transaction_response(answers, batch=bundle["type"] == "batch"))


def _entries(bundle: Json, most: int) -> list[Json]:
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle" or bundle.get("type") not in ("transaction", "batch"):
        raise Refusal(400, "invalid", "POST to the base takes a Bundle of type transaction or batch")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise Refusal(400, "structure", "Bundle.entry is a list")
    if len(entries) > most:
        raise Refusal(413, "too-costly", f"a Bundle may have {most} entries")
    return entries


async def _together(asking: Asking, bundle: Resource, entries: Sequence[Json], body: bytes) -> list[Applied]:
    """The Bundle is validated once, with all that is in it."""
    refuse_errors(validate(bundle), "the Bundle is not valid R4")
    read = [read_entry(entry, f"Bundle.entry[{place}]") for place, entry in enumerate(entries)]
    for entry in read:
        if entry.change.resource is not None:
            check_rules(entry.change.resource)
    _refuse_twice([entry.change for entry in read])
    order = sorted(range(len(read)), key=lambda place: _ORDER.index(read[place].method))
    applied = await apply(asking, [read[place].change for place in order], body) if read else ()
    by_place = dict(zip(order, applied, strict=True))
    return [by_place[place] for place in range(len(read))]


def _refuse_twice(changes: Sequence[Change]) -> None:
    """http.html#trules: no two entries of a transaction may name the same resource, nor have the same fullUrl."""
    named = [(change.type, change.id) for change in changes if change.id is not None]
    urls = [change.full_url for change in changes if change.full_url is not None]
    if len(named) != len(set(named)) or len(urls) != len(set(urls)):
        raise Refusal(400, "duplicate", "two entries of the transaction name the same resource")


async def _alone(asking: Asking, entry: Json, place: int, *, wants_resources: bool) -> dict[str, Any]:
    """One entry of a batch: its answer, also when it is no. Each has its own row in the audit."""
    asking.is_accounted = False
    asking.resource = request_line(entry)
    try:
        read = await _checked(entry, f"Bundle.entry[{place}]")
        applied = await apply(asking, [read.change], render_json(entry))
        return await _done(asking, applied[0], wants_resource=wants_resources)
    except Refusal as refusal:
        return await _refused(asking, refusal)
    except StoreError:  # what was done for the entries before stands, and is told
        return bundles.response_entry("503", outcome=busy().outcome())


async def _refused(asking: Asking, refusal: Refusal) -> dict[str, Any]:
    if not asking.is_accounted:
        await asking.refused()
    return bundles.response_entry(str(refusal.status), outcome=refusal.outcome())


async def _checked(entry: Json, place: str) -> Entry:
    read = read_entry(entry, place)
    if read.change.resource is not None:
        refuse_errors(validate(read.change.resource), "the resource is not valid R4")
        check_rules(read.change.resource)
    return read


async def _done(asking: Asking, applied: Applied, *, wants_resource: bool) -> dict[str, Any]:
    status = _STATUS.get(applied.effect, "200 OK")
    if not applied.version or applied.effect in (Effect.DELETED, Effect.ABSENT):
        return bundles.response_entry(status)
    body = await shown_to_writer(asking, applied) if wants_resource else b""
    return bundles.response_entry(
        status,
        location=f"{asking.face.base}/{applied.type}/{applied.id}/_history/{applied.version}",
        etag=etag(applied.version),
        updated=render_instant(applied.updated),
        resource=msgspec.Raw(body) if body else None,
    )
