"""Bundles that a server writes, as plain dicts with their members in the order of the standard.

https://hl7.org/fhir/R4/bundle.html. A resource may also be `msgspec.Raw`: the stored bytes go out as they are, without being parsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from hub.core.json import Json, Resource

__all__ = ["document", "history", "history_entry", "response_entry", "search_entry", "searchset", "transaction_response"]

Entry = dict[str, Any]


def searchset(entries: Iterable[Entry], *, links: Mapping[str, str], total: int | None = None) -> Resource:
    """links: relation -> url, "self" always among them. total: the number of matches, when it is known."""
    return _bundle("searchset", list(entries), links=links, total=total)


def search_entry(full_url: str, resource: Json, *, mode: Literal["match", "include", "outcome"] = "match") -> Entry:
    return {"fullUrl": full_url, "resource": resource, "search": {"mode": mode}}


def history(entries: Iterable[Entry], *, links: Mapping[str, str], total: int | None = None) -> Resource:
    """Newest first."""
    return _bundle("history", list(entries), links=links, total=total)


def history_entry(full_url: str, resource: Json | None, *, method: str, url: str, status: str, version: int, updated: str) -> Entry:
    """Resource None: a deletion. url: relative, as it was asked ("Patient/1"). status: "201 Created" and the like."""
    entry: Entry = {"fullUrl": full_url}
    if resource is not None:
        entry["resource"] = resource
    entry["request"] = {"method": method, "url": url}
    entry["response"] = {"status": status, "etag": f'W/"{version}"', "lastModified": updated}
    return entry


def transaction_response(entries: Iterable[Entry], *, batch: bool = False) -> Resource:
    """In the order of the request. https://hl7.org/fhir/R4/http.html#transaction-response"""
    return _bundle("batch-response" if batch else "transaction-response", list(entries))


def response_entry(
    status: str,
    *,
    location: str | None = None,
    etag: str | None = None,
    updated: str | None = None,
    resource: Json | None = None,
    outcome: Resource | None = None,
) -> Entry:
    parts = {"status": status, "location": location, "etag": etag, "lastModified": updated, "outcome": outcome}
    entry: Entry = {} if resource is None else {"resource": resource}
    entry["response"] = {name: part for name, part in parts.items() if part is not None}
    return entry


def document(
    entries: Sequence[tuple[str, Json]], *, identifier: Mapping[str, str], timestamp: str, logical_id: str | None = None
) -> Resource:
    """(fullUrl, resource), the Composition first. identifier and timestamp are required of every document (bdl-9, bdl-10)."""
    bundle: Resource = {"resourceType": "Bundle"}
    if logical_id is not None:
        bundle["id"] = logical_id
    bundle |= {"identifier": dict(identifier), "type": "document", "timestamp": timestamp}
    bundle["entry"] = [{"fullUrl": full_url, "resource": resource} for full_url, resource in entries]
    return bundle


def _bundle(kind: str, entries: list[Entry], *, links: Mapping[str, str] | None = None, total: int | None = None) -> Resource:
    """An empty `link` or `entry` is left out: FHIR has no empty arrays."""
    bundle: Resource = {"resourceType": "Bundle", "type": kind}
    if total is not None:
        bundle["total"] = total
    if links:
        bundle["link"] = [{"relation": relation, "url": url} for relation, url in links.items()]
    if entries:
        bundle["entry"] = entries
    return bundle
