"""Versions as entity tags: `W/"3"`. https://hl7.org/fhir/R4/http.html#versioning, RFC 9110 sections 8.8.3 and 13.1

`W/"3"`, `"3"` and bare `3` are all sent by real clients.
"""

from __future__ import annotations

import re

from hub.api.replies import Refusal

_VERSION = re.compile(r'(?:W/)?"([0-9]{1,18})"|([0-9]{1,18})', re.IGNORECASE)


def parse_version(text: str) -> int | None:
    """One tag; None for what no version of ours is called."""
    found = _VERSION.fullmatch(text.strip())
    return int(found[1] or found[2]) if found else None


def is_current(if_none_match: str, version: int) -> bool:
    """Whether the client has this version already: one of a list of tags, or `*`. A tag that is not ours matches nothing."""
    tags = if_none_match.split(",")
    return any(tag.strip() == "*" or parse_version(tag) == version for tag in tags)


def parse_if_match(text: str | None) -> int | None:
    """The one version that a write may replace. Raises Refusal 400 for a list, `*`, or what is no version: an ignored condition is none."""
    if text is None:
        return None
    version = parse_version(text)
    if version is None:
        raise Refusal(400, "value", 'If-Match names one version, as W/"3"')
    return version


def refuse_if_none_match(text: object) -> None:
    """On a write. It would have to be part of the store's own work, and is not yet."""
    if text is not None:
        raise Refusal(400, "not-supported", "If-None-Match on a write is not supported: create with If-None-Exist instead")
