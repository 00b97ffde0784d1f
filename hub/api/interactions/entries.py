"""One entry of a transaction or batch, as the change it asks for. https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.request"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hub.api.etags import parse_if_match, refuse_if_none_match
from hub.api.interaction import kept_types
from hub.api.interactions.write import query_of
from hub.api.replies import Refusal
from hub.core.json import Json, Resource
from hub.engine.change import Change, Kind

_KINDS: Final = {"POST": Kind.CREATE, "PUT": Kind.UPDATE, "DELETE": Kind.DELETE}
_URL: Final = re.compile(r"/?([A-Z][A-Za-z]+)(?:/([A-Za-z0-9\-.]{1,64}))?")


@dataclass(frozen=True, slots=True)
class Entry:
    """The resource is not validated yet."""

    method: str
    change: Change


def read_entry(entry: Json, place: str) -> Entry:
    """Raises Refusal with the place of the entry."""
    request = entry.get("request") if isinstance(entry, dict) else None
    method = request.get("method") if isinstance(request, dict) else None
    if not isinstance(request, dict) or not isinstance(method, str) or method not in _KINDS:
        raise Refusal(400, "not-supported", f"{place}.request.method must be POST, PUT or DELETE")
    type_, id_ = _address(request, method, place)
    refuse_if_none_match(request.get("ifNoneMatch"))
    if_match = parse_if_match(_text(request, "ifMatch", place))
    if method == "DELETE":
        return Entry(method, Change(kind=Kind.DELETE, type=type_, id=id_, if_match=if_match))
    condition = _text(request, "ifNoneExist", place)
    change = Change(
        kind=_KINDS[method],
        type=type_,
        id=id_,
        resource=_resource(entry, type_, id_, place),
        full_url=_text(entry, "fullUrl", place),
        if_match=if_match,
        if_none_exist=query_of(type_, condition) if condition is not None else None,
    )
    return Entry(method, change)


def request_line(entry: Json) -> str | None:
    """The resource that an entry names, for the audit; None where it names none of ours."""
    request = entry.get("request") if isinstance(entry, dict) else None
    found = _URL.fullmatch(str(request.get("url"))) if isinstance(request, dict) else None
    return found[0].removeprefix("/") if found and found[1] in kept_types() else None


def _address(request: Resource, method: str, place: str) -> tuple[str, str | None]:
    """`Patient` for a POST, `Patient/1` for the others. A search in the address (conditional update, delete) is not answered yet."""
    found = _URL.fullmatch(str(request.get("url")))
    if found is None:
        raise Refusal(400, "not-supported", f"{place}.request.url is Type or Type/id")
    if found[1] not in kept_types():
        raise Refusal(400, "not-supported", f"{place}.request.url: this hub keeps no such resource type")
    if (found[2] is None) != (method == "POST"):
        raise Refusal(400, "invalid", f"{place}.request.url: POST takes Type, PUT and DELETE take Type/id")
    return found[1], found[2]


def _resource(entry: Resource, type_: str, id_: str | None, place: str) -> Resource:
    resource = entry.get("resource")
    if not isinstance(resource, dict) or resource.get("resourceType") != type_:
        raise Refusal(400, "invalid", f"{place}.resource must be of the type that its request names")
    if id_ is not None and resource.get("id") != id_:
        raise Refusal(400, "invalid", f"{place}.resource.id must be that of its request")
    return resource


def _text(holder: Resource, name: str, place: str) -> str | None:
    value = holder.get(name)
    if value is not None and not isinstance(value, str):
        raise Refusal(400, "structure", f"{place}: {name} is a text")
    return value
