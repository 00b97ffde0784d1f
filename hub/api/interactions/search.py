"""search, by GET and by POST to _search. https://hl7.org/fhir/R4/http.html#search

Strict by default: an unknown parameter is refused with the list of known ones, a documented deviation.
`Prefer: handling=lenient` ignores it, and the self link shows what was used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response

from hub.api.asking import Asking, admit, read_body
from hub.api.masking import shown
from hub.api.paging import parse_token, render_token
from hub.api.replies import Refusal, reply
from hub.core.json import Resource, parse_json
from hub.fhir.elements import resource_types
from hub.fhir.search.parse import Refused, parse_search
from hub.fhir.search.query import Query
from hub.store.rows import Page, Version

PAGE = "_page"  # our own: the signed place to go on from

Params = Sequence[tuple[str, str]]


async def search(request: Request) -> Response:
    """GET [base]/[type]?…"""
    asking = admit(request)
    return await _answer(asking, request.path_params["type"], parse_qsl(request.url.query, keep_blank_values=True), _is_strict(request))


async def search_by_post(request: Request) -> Response:
    """POST [base]/[type]/_search with a form, so that identifiers stay out of addresses and logs."""
    asking = admit(request)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if media_type not in ("application/x-www-form-urlencoded", ""):
        raise Refusal(415, "not-supported", "send a search as application/x-www-form-urlencoded")
    body = await read_body(request, asking.face)
    form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    query = parse_qsl(request.url.query, keep_blank_values=True)
    return await _answer(asking, request.path_params["type"], [*query, *form], _is_strict(request))


async def _answer(asking: Asking, type_: str, params: Params, strict: bool) -> Response:
    if type_ not in resource_types():
        raise Refusal(404, "not-supported", "R4 has no such resource type")
    token = next((value for name, value in params if name == PAGE), None)
    wanted = [(name, value) for name, value in params if name != PAGE]
    parsed = parse_search(type_, wanted, strict=strict, base=asking.face.base)
    if isinstance(parsed, Refused):
        raise Refusal(400, "invalid", "the search cannot be read", diagnostics=parsed.diagnostics)
    query = parsed.query
    if token is not None:
        query = replace(query, after=parse_token(token, asking.face.page_key))
    page = await asking.face.store.search(asking.visibility, query)
    found = [*page.matches, *page.included]
    await asking.looked("search-type", [version.person for version in found], resource=type_)
    return reply(_searchset(asking, query, page, parsed.used))


def _is_strict(request: Request) -> bool:
    return "handling=lenient" not in request.headers.get("prefer", "").replace(" ", "")


def _searchset(asking: Asking, query: Query, page: Page, used: Params) -> Resource:
    base = f"{asking.face.base}/{query.type}"
    links = [{"relation": "self", "url": _url(base, used)}]
    if page.after is not None:
        links.append({"relation": "next", "url": _url(base, [*used, (PAGE, render_token(page.after, asking.face.page_key))])})
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset"}
    total = page.total if page.total is not None else _whole(query, page)
    if total is not None:
        bundle["total"] = total
    bundle["link"] = links
    if query.summary != "count":
        bundle["entry"] = [_entry(asking, version, mode) for mode, versions in _by_mode(page) for version in versions]
    return bundle


def _by_mode(page: Page) -> tuple[tuple[str, Sequence[Version]], ...]:
    return (("match", page.matches), ("include", page.included))


def _whole(query: Query, page: Page) -> int | None:
    """The total is known without counting when the first page is the only one."""
    return len(page.matches) if query.after is None and page.after is None and query.count > 0 else None


def _entry(asking: Asking, version: Version, mode: str) -> Resource:
    return {
        "fullUrl": f"{asking.face.base}/{version.type}/{version.id}",
        "resource": parse_json(shown(version, asking.visibility)),
        "search": {"mode": mode},
    }


def _url(base: str, params: Params) -> str:
    return f"{base}?{urlencode(params)}" if params else base
