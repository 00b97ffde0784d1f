"""Page links: where to go on from, signed, so that the server keeps no state and nobody makes up a place.

The token is base64url(JSON of the keyset) + "." + a truncated HMAC-SHA256.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hmac import compare_digest, digest

from hub.api.replies import Refusal
from hub.core.json import JsonError, parse_json, render_json


def render_token(after: tuple[object, ...], key: bytes) -> str:
    payload = urlsafe_b64encode(render_json(list(after))).rstrip(b"=")
    return f"{payload.decode()}.{_sign(payload, key)}"


def parse_token(token: str, key: bytes) -> tuple[object, ...]:
    """Raises Refusal 400 for a token that is not ours, or was made before the key changed."""
    payload, _, signature = token.partition(".")
    encoded = payload.encode("ascii", "replace")
    if not compare_digest(signature.encode("ascii", "replace"), _sign(encoded, key).encode()):
        raise Refusal(400, "value", "this page link is not one of ours, or is no longer good: search again from the first page")
    try:
        return tuple(parse_json(urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4))))
    except (JsonError, ValueError, TypeError):
        raise Refusal(400, "value", "this page link cannot be read") from None


def _sign(payload: bytes, key: bytes) -> str:
    return urlsafe_b64encode(digest(key, payload, "sha256")[:18]).decode()
