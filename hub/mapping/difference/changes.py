"""The paths at which two resources differ. Numbers are the same when they are written alike: 36.5 is not 36.50."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.core.json import Json, Resource, render_json
from hub.mapping.difference.pairing import Pair
from hub.mapping.test.comparing import compare_json

__all__ = ["Change", "Kind", "changes_of", "compare_resources"]

_NUMBER: Final = re.compile(r"\[\d+\]")


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """path: "Observation.component.valueQuantity", without the numbers of list items. old, new: JSON, shown only when asked for."""

    path: str
    kind: Kind
    old: str | None = None
    new: str | None = None


def changes_of(pair: Pair, urls: Mapping[str, str]) -> Iterator[Change]:
    """urls: of the old resources to those of the new ones they are; references are compared through them."""
    old, new = pair.old, pair.new
    if old is None or new is None:
        produced = old or new
        if produced is not None:
            text = render_json(produced.resource).decode()
            type_ = str(produced.resource["resourceType"])
            yield Change(type_, Kind.REMOVED, old=text) if new is None else Change(type_, Kind.ADDED, new=text)
        return
    type_ = str(new.resource["resourceType"])
    yield from compare_resources(_with_urls(old.resource, urls), new.resource)
    for name, left, right in (
        ("key", list(old.key), list(new.key)),
        ("mode", old.mode.value, new.mode.value),
        ("cleared", sorted(old.cleared), sorted(new.cleared)),
    ):
        if left != right:
            yield Change(f"{type_} ({name})", Kind.CHANGED, render_json(left).decode(), render_json(right).decode())


def compare_resources(before: Resource, after: Resource) -> Iterator[Change]:
    """Two states of one resource. As they are written: Decimal("36.50") equals Decimal("36.5"), and is not the same."""
    if before == after and render_json(before) == render_json(after):
        return
    type_ = str(after["resourceType"])
    for difference in compare_json(before, after, "", whole=True):
        path = f"{type_}.{_NUMBER.sub('', difference.path)}" if difference.path else type_
        yield Change(path, _kind(difference.expected, difference.found), difference.expected, difference.found)


def _kind(old: str | None, new: str | None) -> Kind:
    if old is None:
        return Kind.ADDED
    return Kind.REMOVED if new is None else Kind.CHANGED


def _with_urls(value: Json, urls: Mapping[str, str]) -> Json:
    if isinstance(value, dict):
        return {name: _with_urls(part, urls) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_urls(part, urls) for part in value]
    return urls.get(value, value) if isinstance(value, str) else value
