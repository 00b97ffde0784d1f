"""The body of a request: bounded, and JSON."""

from __future__ import annotations

from starlette.requests import Request

from hub.api.media_types import require_form, require_json
from hub.api.replies import Refusal
from hub.core.json import Json, JsonError, parse_json


async def read_body(request: Request, limit: int) -> bytes:
    """Never more than the limit in memory. Raises Refusal 413."""
    too_long = Refusal(413, "too-long", f"the body is over {limit} bytes")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > limit):
        raise too_long
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise too_long
        chunks.append(chunk)
    return b"".join(chunks)


async def read_resource(request: Request, limit: int) -> tuple[bytes, Json]:
    """The body as sent, and as a value. Raises Refusal 415, 413 or 400."""
    require_json(request.headers)
    body = await read_body(request, limit)
    return body, parse_body(body)


async def read_form(request: Request, limit: int) -> str:
    require_form(request.headers)
    return (await read_body(request, limit)).decode("utf-8", "replace")


def parse_body(body: bytes) -> Json:
    """Raises Refusal 400."""
    try:
        return parse_json(body)
    except JsonError as error:
        raise Refusal(400, "structure", f"the body is not JSON: {error}") from None
