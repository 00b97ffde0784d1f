"""history of one resource, newest first. https://hl7.org/fhir/R4/http.html#history"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from hub.api.asking import Asking
from hub.api.masking import entry_of
from hub.api.paging import parse_token, render_token
from hub.api.replies import Refusal, reply
from hub.core.visibility import Visibility
from hub.fhir import bundle
from hub.fhir.instant import render_instant
from hub.store.rows import Version

PAGE = "_page"
_METHODS = {"create": "POST", "update": "PUT", "delete": "DELETE"}
_STATUS = {"create": "201 Created", "update": "200 OK", "delete": "204 No Content"}
_KNOWN = frozenset({"_count", PAGE, "_format", "_pretty"})


async def history(request: Request, asking: Asking) -> Response:
    type_, id_ = request.path_params["type"], request.path_params["id"]
    count, before = _window(request, asking, type_, id_)
    versions = await asking.face.store.history(asking.visibility, type_, id_, limit=count + 1, before=before)
    if not versions:
        raise Refusal(404, "not-found", "no such resource")
    await asking.looked(version.person for version in versions[:count])
    return reply(_page(asking, versions, count, f"{type_}/{id_}", is_first=before is None))


def _window(request: Request, asking: Asking, type_: str, id_: str) -> tuple[int, int | None]:
    """How many versions, and older than which. Raises Refusal 400."""
    params = request.query_params
    if not _KNOWN.issuperset(params):
        raise Refusal(400, "not-supported", "a history takes _count")
    count, token = params.get("_count"), params.get(PAGE)
    if count is not None and not (count.isascii() and count.isdigit() and 0 < len(count) < 10 and int(count)):
        raise Refusal(400, "value", "_count is a whole number from 1")
    largest = asking.face.limits.versions
    before = None if token is None else parse_token(token, _scope(type_, id_), asking.face.page_key)[0]
    return min(int(count), largest) if count else largest, before if isinstance(before, int) else None


def _scope(type_: str, id_: str) -> bytes:
    return f"history {type_}/{id_}".encode()


def _page(asking: Asking, versions: Sequence[Version], count: int, name: str, *, is_first: bool) -> dict[str, Any]:
    base, page = f"{asking.face.base}/{name}/_history", versions[:count]
    has_more = len(versions) > count
    links = {"self": f"{base}?{urlencode({'_count': count})}"}
    if has_more:
        token = render_token((page[-1].version,), _scope(*name.split("/")), asking.face.page_key)
        links["next"] = f"{base}?{urlencode({'_count': count, PAGE: token})}"
    entries = (_entry(version, asking.visibility, asking.face.base) for version in page)
    return bundle.history(entries, links=links, total=len(page) if is_first and not has_more else None)


def _entry(version: Version, visibility: Visibility, base: str) -> dict[str, Any]:
    url = f"{version.type}/{version.id}"
    return bundle.history_entry(
        f"{base}/{url}",
        None if version.deleted else entry_of(version, visibility),
        method=_METHODS[version.interaction],
        url=version.type if version.interaction == "create" else url,
        status=_STATUS[version.interaction],
        version=version.version,
        updated=render_instant(version.updated),
    )
