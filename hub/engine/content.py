"""What a resource says after a change: the five modes, as rules over plain values."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from hub.core.json import Json, Resource
from hub.engine.change import Change, Kind
from hub.fhir.elements import elements_of
from hub.fhir.references import iter_references

__all__ = ["next_content", "same", "unite_identifiers"]

_SERVER_META: Final = frozenset({"versionId", "lastUpdated"})


def next_content(change: Change, after: Resource, before: Resource | None) -> Resource | None:
    """The new content; None: what is there stays as it is.

    after: the content of the change, its references resolved. before: the content now, None where there is none.
    """
    match change.kind:
        case Kind.CREATE | Kind.UPDATE:
            return after
        case Kind.IDENTIFY:
            return after if before is None else None
        case Kind.MERGE:
            return after if before is None else _merge(before, after, change.cleared)
        case Kind.AMEND:
            told = _without_references(after) if change.is_withdrawal else after
            return None if before is None else _merge(before, told, change.cleared)
        case Kind.DELETE:
            return None


def _merge(before: Resource, after: Resource, cleared: frozenset[str]) -> Resource:
    """Elements of `after` replace those of `before`: a choice replaces the whole choice, a primitive its extensions too."""
    gone = _families(before["resourceType"], {*after, *cleared})
    kept = {name: value for name, value in before.items() if name.removeprefix("_") not in gone or name in {"resourceType", "id"}}
    merged = {**kept, **{name: value for name, value in after.items() if name not in {"id", "meta"}}}
    meta = {**_meta(before), **_meta(after)}
    return {**merged, "meta": meta} if meta else merged


def _families(type_: str, names: Iterable[str]) -> frozenset[str]:
    """The names and, where one is a form of a choice (valueQuantity), all its forms. meta is merged on its own."""
    elements = elements_of(type_)
    bare = {name.removeprefix("_") for name in names}
    choices = {f"{type_}.{name}" for name in bare if name.endswith("[x]")}
    choices |= {elements[name].path for name in bare if name in elements and elements[name].path.endswith("[x]")}
    forms = {name for name, element in elements.items() if element.path in choices}
    return frozenset((bare | forms) - {"meta"})


def _without_references(resource: Resource) -> Resource:
    """A withdrawal says what became of a result. Whose it is and where it was made stay as they are: often the wrong person is the
    reason for it.
    """
    naming = {link.place.split(".")[1].split("[")[0] for link in iter_references(resource)}
    return {name: value for name, value in resource.items() if name not in naming}


def unite_identifiers(before: Resource, after: Resource) -> Resource:
    """A Patient of a message keeps the identifiers that other senders gave: no sender can take another's number away."""
    given = {_identity(each): each for each in after.get("identifier", [])}
    united = [given.pop(_identity(each), each) for each in before.get("identifier", [])] + list(given.values())
    return {**after, "identifier": united} if united else after


def _identity(identifier: Resource) -> tuple[object, object]:
    return identifier.get("system"), identifier.get("value")


def _meta(resource: Resource) -> Resource:
    meta: Resource = resource.get("meta", {})
    return {name: value for name, value in meta.items() if name not in _SERVER_META}


def same(one: Json, other: Json) -> bool:
    """Whether two values are written alike: 36.5 is not 36.50, and the order of an object's members says nothing."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return one.as_tuple() == other.as_tuple()
    return type(one) is type(other) and bool(one == other)
