"""What a message map has made, as one FHIR transaction. https://hl7.org/fhir/R4/http.html#transaction

A resource with a key has the same logical id each time it comes: it is put there. One without is known by its identifiers:
it is created only where no resource has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from urllib.parse import quote

from hub.core.json import Json, Resource
from hub.fhir.references import iter_references
from hub.mapping.conversion import Produced
from hub.mapping.syntax import Mode

_URN = "urn:uuid:"


def render_bundle(produced: Iterable[Produced]) -> Resource:
    entries = [{"fullUrl": each.full_url, "resource": each.resource, "request": _request(each)} for each in produced]
    bundle: Resource = {"resourceType": "Bundle", "type": "transaction"}
    return bundle | {"entry": entries} if entries else bundle


def _request(produced: Produced) -> Json:
    type_ = produced.resource["resourceType"]
    if produced.key:
        return {"method": "PUT", "url": f"{type_}/{produced.full_url.removeprefix(_URN)}"}
    search = _identifier_search(produced.resource.get("identifier"))
    if search is None:
        return {"method": "POST", "url": type_}
    if produced.mode is Mode.IDENTIFY:
        return {"method": "POST", "url": type_, "ifNoneExist": search}
    return {"method": "PUT", "url": f"{type_}?{search}"}


def _identifier_search(identifiers: Json) -> str | None:
    """By the first identifier that has a system and a value."""
    listed = identifiers if isinstance(identifiers, list) else [identifiers]
    for identifier in listed:
        if isinstance(identifier, dict) and identifier.get("system") and identifier.get("value"):
            return f"identifier={quote(identifier['system'], safe='')}%7C{quote(identifier['value'], safe='')}"
    return None


def resources_of(document: Json) -> list[Resource] | None:
    """The resources of a Bundle, of a list, or the one; None when it is none of these. The references of a Bundle name logical ids."""
    if isinstance(document, list):
        listed = [each for each in document if isinstance(each, dict) and isinstance(each.get("resourceType"), str)]
        return listed if len(listed) == len(document) else None
    if not isinstance(document, dict) or not isinstance(document.get("resourceType"), str):
        return None
    if document["resourceType"] != "Bundle":
        return [document]
    entries = document.get("entry", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and isinstance(entry.get("resource"), dict) for entry in entries):
        return None
    return _by_logical_id(entries)


def _by_logical_id(entries: Sequence[Json]) -> list[Resource]:
    resources: list[Resource] = [deepcopy(entry["resource"]) for entry in entries]
    names: dict[str, str] = {}
    for entry, resource in zip(entries, resources, strict=True):
        url = entry.get("fullUrl")
        if isinstance(url, str) and url.startswith(_URN):
            resource.setdefault("id", url.removeprefix(_URN))
            names[url] = f"{resource.get('resourceType')}/{resource['id']}"
    for resource in resources:
        for link in iter_references(resource):
            if link.text in names:
                link.replace(names[link.text])
    return resources
