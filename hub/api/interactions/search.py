"""search, by GET and by POST to _search. https://hl7.org/fhir/R4/http.html#search

Strict by default: an unknown parameter is refused with the list of known ones, a documented deviation.
`Prefer: handling=lenient` ignores it, and the self link shows what was used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response

from hub.api.asking import Asking
from hub.api.bodies import read_form
from hub.api.masking import entry_of
from hub.api.media_types import require_acceptable
from hub.api.paging import parse_token, render_token, scope_of
from hub.api.preferences import is_lenient
from hub.api.replies import Refusal, reply
from hub.core.json import Resource
from hub.fhir import bundle
from hub.fhir.search.parse import Refused, parse_search
from hub.fhir.search.query import Query
from hub.store.rows import Page, Version

PAGE = "_page"  # our own: the signed place to go on from
_MOST_FIELDS = 200

Params = Sequence[tuple[str, str]]


async def search(request: Request, asking: Asking) -> Response:
    """GET [base]/[type]?…"""
    return await _answer(request, asking, read_params(request.url.query))


async def search_by_post(request: Request, asking: Asking) -> Response:
    """POST [base]/[type]/_search with a form, so that identifiers stay out of addresses and logs."""
    form = read_params(await read_form(request, asking.face.limits.form))
    require_acceptable(dict(form).get("_format"), request.headers.get("accept"))
    return await _answer(request, asking, [*read_params(request.url.query), *form])


def read_params(text: str) -> list[tuple[str, str]]:
    """Raises Refusal 400."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Refusal(400, "too-costly", f"a search may have {_MOST_FIELDS} parameters") from None


async def _answer(request: Request, asking: Asking, params: Params) -> Response:
    token = next((value for name, value in params if name == PAGE), None)
    wanted = [(name, value) for name, value in params if name != PAGE]
    strict = not is_lenient(request.headers.getlist("prefer"))
    parsed = parse_search(request.path_params["type"], wanted, strict=strict, base=asking.face.base)
    if isinstance(parsed, Refused):
        raise Refusal(400, "invalid", "the search cannot be read", diagnostics=parsed.diagnostics)
    query = _at(parsed.query, token, asking.face.page_key)
    page = await asking.face.store.search(asking.visibility, query)
    await asking.looked(version.person for version in (*page.matches, *page.included))
    return reply(_searchset(asking, query, page, parsed.used))


def _at(query: Query, token: str | None, key: bytes) -> Query:
    """The query at its page; without bodies where only the number is asked for."""
    if query.summary == "text" and query.includes:
        raise Refusal(400, "not-supported", "_summary=text cannot be mixed with _include and _revinclude")
    if query.summary == "count":
        query = replace(query, count=0, includes=())
    return query if token is None else replace(query, after=parse_token(token, scope_of(query), key))


def _searchset(asking: Asking, query: Query, page: Page, used: Params) -> Resource:
    base = f"{asking.face.base}/{query.type}"
    links = {"self": _url(base, used)}
    if page.after is not None:
        links["next"] = _url(base, [*used, (PAGE, render_token(page.after, scope_of(query), asking.face.page_key))])
    total = page.total if page.total is not None else _whole(query, page)
    return bundle.searchset(_entries(asking, query, page), links=links, total=total)


def _entries(asking: Asking, query: Query, page: Page) -> Iterator[dict[str, Any]]:
    modes: tuple[tuple[Literal["match", "include"], tuple[Version, ...]], ...] = (("match", page.matches), ("include", page.included))
    for mode, versions in modes:
        for version in versions:
            full_url = f"{asking.face.base}/{version.type}/{version.id}"
            yield bundle.search_entry(full_url, entry_of(version, asking.visibility, query), mode=mode)


def _whole(query: Query, page: Page) -> int | None:
    """The total is known without counting when the first page is the only one."""
    return len(page.matches) if query.after is None and page.after is None and query.count > 0 else None


def _url(base: str, params: Params) -> str:
    return f"{base}?{urlencode(params)}" if params else base
