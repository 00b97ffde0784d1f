"""Page links: where to go on from, signed, so that the server keeps no state and nobody makes up a place.

The token is base64url(JSON of the keyset) + "." + a truncated HMAC-SHA256 of it and of the search it belongs to.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from decimal import Decimal
from hmac import compare_digest, digest

from hub.api.replies import Refusal
from hub.core.json import JsonError, parse_json, render_json
from hub.fhir.search.query import Query

Place = tuple[object, ...]


def scope_of(query: Query) -> bytes:
    """What a place belongs to: the selection and the order. How much of it is shown on a page may change on the way."""
    return repr((query.type, query.clauses, query.sort)).encode()


def render_token(after: Place, scope: bytes, key: bytes) -> str:
    payload = urlsafe_b64encode(render_json(list(after))).rstrip(b"=")
    return f"{payload.decode()}.{_sign(payload, scope, key)}"


def parse_token(token: str, scope: bytes, key: bytes) -> Place:
    """Raises Refusal 400 for a token that is not ours, belongs to another search, or was made before the key changed."""
    payload, _, signature = token.partition(".")
    encoded = payload.encode("ascii", "replace")
    if not compare_digest(signature.encode("ascii", "replace"), _sign(encoded, scope, key).encode()):
        raise Refusal(400, "value", "this page link is not one of ours, or is no longer good: search again from the first page")
    try:
        values = parse_json(urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4)))
    except (JsonError, ValueError):
        raise Refusal(400, "value", "this page link cannot be read") from None
    return tuple(float(value) if isinstance(value, Decimal) else value for value in values)


def _sign(payload: bytes, scope: bytes, key: bytes) -> str:
    bound = digest(key, scope, "sha256")  # of fixed length, so that scope and payload cannot run into each other
    return urlsafe_b64encode(digest(key, bound + payload, "sha256")[:18]).decode()
