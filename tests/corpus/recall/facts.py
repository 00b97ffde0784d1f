"""What a bundle says, as facts that can be compared whoever wrote it: (family, kind, value).

family: the resource type, but Patient.contact and the people of an Organization count as RelatedPerson, a role as the Practitioner who
has it, an EpisodeOfCare as the Encounter; who gave out a number is an Issuer, whether it stands in the identifier's system or in an
Organization of its own. The same said twice in one resource is one fact.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from urllib.parse import unquote

from hub.core.json import Json
from tests.corpus.recall.excluded import (
    ENVELOPE_ONLY,
    ENVELOPE_TYPES,
    ISSUERS,
    is_excluded,
    is_private,
    is_universal_id_type,
)

_FAMILIES: Final = {"PractitionerRole": "Practitioner", "EpisodeOfCare": "Encounter"}
# Other mappers make one for each time it is named: of two that say the same one is expected.
_FOLDED: Final = frozenset({"Practitioner", "PractitionerRole", "Organization", "Location", "Device"})
_ISSUED: Final = (".assigner", "(assigning-authority)", "(assigning-facility)", "(identifier-location)")
# A name or a number as it was sent becomes a uri: each mapper has its own way.
_SPELT: Final = ("urn:oid:", "urn:uuid:", "urn:x-calder:authority:", "http://example.com/v2-to-fhir-converter/Identifier/")
_DATE: Final = re.compile(r"\d{4}-\d\d(-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?)?")
_YEAR: Final = re.compile(r"birthDate|.*(Date|DateTime|Period|Time)|start|end|issued|authoredOn|time")
_KINDS: Final = {
    **dict.fromkeys(("family", "given", "prefix", "suffix", "name"), "name"),
    **dict.fromkeys(("line", "city", "state", "postalCode", "country", "district"), "address"),
    **dict.fromkeys(("code",), "code"),
    **dict.fromkeys(("display", "text"), "words"),
    **dict.fromkeys(("status", "gender", "use", "type", "intent", "comparator", "system", "rank", "active", "mode"), "status"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    family: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Found:
    """path: where it stands, for the list of misses."""

    fact: Fact
    path: str


def count(found: list[Found]) -> Counter[Fact]:
    return Counter(one.fact for one in found)


def facts_of(bundle: Json, *, folded: bool = False) -> list[Found]:
    """folded: resources that say the same as another are expected once. What the hub makes is not folded: it must not be made twice."""
    resources = [entry["resource"] for entry in bundle.get("entry", ()) if "resource" in entry]
    resources += [inner for resource in resources for inner in resource.get("contained", ())]
    issuers = _named_only(resources, ISSUERS, lambda _by, path: path.endswith(_ISSUED))
    envelope = _named_only(resources, ENVELOPE_ONLY, lambda by, _path: by in ENVELOPE_TYPES)
    found: list[Found] = []
    said: set[tuple[str, frozenset[Fact]]] = set()
    for resource in resources:
        kind, own = resource["resourceType"], _own(resource)
        if kind in ENVELOPE_TYPES or own in envelope:
            continue
        if own in issuers:
            found.extend(_issuer(resource))
            continue
        facts = {one.fact: one for one in reversed(list(_walk(resource, (kind,), _FAMILIES.get(kind, kind))))}
        if folded and kind in _FOLDED and (kind, frozenset(facts)) in said:
            continue
        said.add((kind, frozenset(facts)))
        found.extend(facts.values())
    return _said_once(found)


def _said_once(found: list[Found]) -> list[Found]:
    """Next of kin stand twice, as Patient.contact and as RelatedPerson; who gives out numbers is said once for all of them."""
    seen = {one.fact for one in found if one.path.startswith("RelatedPerson")}
    kept: list[Found] = []
    for one in found:
        again = one.fact.family == "Issuer" or (one.fact.family == "RelatedPerson" and not one.path.startswith("RelatedPerson"))
        if not again or one.fact not in seen:
            kept.append(one)
        seen.add(one.fact)
    return kept


# --- resources that are named for one thing only


def _own(resource: Json) -> str:
    return f"{resource['resourceType']}/{resource.get('id')}"


def _named_only(resources: list[Json], types: frozenset[str], so: Callable[[str, str], bool]) -> set[str]:
    """Of these types, and named only so: by (type, path), or by one another."""
    named: dict[str, list[tuple[str, str]]] = {}
    for resource in resources:
        for reference, path in _references(resource, ""):
            named.setdefault(reference, []).append((_own(resource), path))
    doubtful = {own for own in map(_own, resources) if own.partition("/")[0] in types and own in named}
    while True:
        kept = {one for one in doubtful if all(by in doubtful or so(by.partition("/")[0], path) for by, path in named[one])}
        if kept == doubtful:
            return kept
        doubtful = kept


def _references(node: Json, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"], path
        mark = f"({node['url'].rpartition('/')[2]})" if isinstance(node.get("url"), str) else ""
        for name, value in node.items():
            yield from _references(value, f"{path}.{name}{mark}")
    elif isinstance(node, list):
        for value in node:
            yield from _references(value, path)


# --- who gave out a number


def _issuer(resource: Json) -> Iterator[Found]:
    """By its universal id, else by its name."""
    values = [one["value"] for one in resource.get("identifier", ()) if "value" in one] or [resource.get("name")]
    if values[-1]:
        yield Found(Fact("Issuer", "identifier", _issuer_text(values[-1])), f"{resource['resourceType']} that gave out a number")


def _issuer_of(value: Json, path: tuple[str, ...]) -> Iterator[Found]:
    """Identifier.system, or an assigner that is described and not referred to."""
    if isinstance(value, dict):
        value = value.get("identifier", {}).get("value") or value.get("display")
    if value:
        yield Found(Fact("Issuer", "identifier", _issuer_text(value)), ".".join((*path, "system")))


def _issuer_text(text: str) -> str:
    for prefix in _SPELT:
        text = text.removeprefix(prefix)
    return re.sub(r"[^a-z0-9.]", "", unquote(text).partition(":")[0].casefold())


# --- one resource


def _walk(node: Json, path: tuple[str, ...], family: str) -> Iterator[Found]:
    if isinstance(node, list):
        for value in node:
            if not (isinstance(value, dict) and is_private(value)):
                yield from _walk(value, path, family)
    elif isinstance(node, dict):
        if not is_universal_id_type(path, node):
            yield from _elements(node, path, family)
    else:
        kind = _kind(path, str(node))
        yield Found(Fact(family, kind, _normal(kind, node)), ".".join(path))


def _elements(node: Json, path: tuple[str, ...], family: str) -> Iterator[Found]:
    for name, value in node.items():
        if path[-1].lower().endswith("identifier") and name in {"system", "assigner"}:
            yield from _issuer_of(value, path)
        elif not is_excluded(path, name, node):
            kin = name == "contact" and path in {("Patient",), ("Organization",)}
            yield from _walk(value, (*path, name), "RelatedPerson" if kin else family)


def _kind(path: tuple[str, ...], text: str) -> str:
    name, above = path[-1], path[-2]
    if _DATE.fullmatch(text) or (re.fullmatch(r"\d{4}", text) and _YEAR.fullmatch(name)):
        return "date"
    if name == "value" and above.lower().endswith("identifier"):
        return "identifier"
    if name == "value" and above == "telecom":
        return "telecom"
    if name == "unit" or (name == "code" and above.endswith("Quantity")):
        return "unit"
    return _KINDS.get(name, "value")


def _normal(kind: str, leaf: Json) -> str:
    text = " ".join(str(leaf).split())
    if kind == "date" and "T" in text:
        moment = datetime.fromisoformat(text)
        return text if moment.tzinfo is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")
    if kind == "telecom":
        return re.sub(r"[^\w@.]", "", text).casefold()
    if kind == "value" and not isinstance(leaf, bool):
        try:
            return format(Decimal(text).normalize(), "f")
        except InvalidOperation:
            return text.casefold()
    return text.casefold()
