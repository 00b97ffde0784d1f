"""References among the changes of one piece of work: `urn:uuid:…` becomes `Type/id`.

https://hl7.org/fhir/R4/http.html#trules: also in elements of the types uri, url, oid and uuid.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.core.diagnostics import Diagnostic
from hub.core.json import Json, Resource
from hub.engine.codes import REFERENCE_UNRESOLVED
from hub.fhir.references import iter_links

__all__ = ["link"]


def link(resource: Resource, places: Mapping[str, str]) -> Resource | Diagnostic:
    """A copy that refers to stored resources. places: full URL -> "Type/id"."""
    linked: Resource = _copy(resource)
    for each in iter_links(linked):
        place = places.get(each.text)
        if place is not None:
            each.replace(place)
        elif each.kind == "reference" and each.text.startswith(("urn:uuid:", "urn:oid:")):
            return Diagnostic(REFERENCE_UNRESOLVED, "no entry has this fullUrl", place=each.place)
    return linked


def _copy(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _copy(member) for name, member in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
