"""References among the changes of one piece of work: `urn:uuid:…` becomes `Type/id`.

https://hl7.org/fhir/R4/http.html#trules: also in elements of the types uri, url, oid and uuid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.core.diagnostics import Diagnostic
from hub.core.json import Resource
from hub.engine.codes import REFERENCE_UNRESOLVED
from hub.fhir.references import LinkKind, iter_references, with_links

__all__ = ["link"]

_OF_AN_ENTRY: Final = ("urn:uuid:", "urn:oid:")


def link(resource: Resource, places: Mapping[str, str]) -> Resource | Diagnostic:
    """It refers to stored resources; the original stays as it is. places: full URL -> "Type/id"."""
    unresolved = False

    def place(kind: LinkKind, text: str) -> str:
        nonlocal unresolved
        found = places.get(text)
        unresolved = unresolved or (found is None and kind == "reference" and text.startswith(_OF_AN_ENTRY))
        return text if found is None else found

    linked = with_links(resource, place)
    return Diagnostic(REFERENCE_UNRESOLVED, "no entry has this fullUrl", place=_unresolved(linked)) if unresolved else linked


def _unresolved(linked: Resource) -> str:
    return next(link.place for link in iter_references(linked) if link.text.startswith(_OF_AN_ENTRY))
