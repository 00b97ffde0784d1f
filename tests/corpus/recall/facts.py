"""What a bundle says, as facts that can be compared whoever wrote it: (family, kind, value).

family: the resource type; Patient.contact counts as RelatedPerson, a role as the Practitioner who has it. kind: identifier, name, date,
code, value, unit, telecom, address, status, words. The same said twice in one resource is one fact. What is not counted is said in `excluded`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation

from hub.core.json import Json
from urllib.parse import unquote

from tests.corpus.recall.excluded import ENVELOPE_ONLY, ENVELOPE_TYPES, ISSUERS, is_artefact, is_bookkeeping

_ISSUED = lambda _by, path: path.endswith((".assigner", "assigning-authority)", "assigning-facility)", "identifier-location)"))
_ENVELOPE = lambda by, _path: by in ENVELOPE_TYPES
# Mappers make one for each time it is named: two that say the same are one.
_THINGS = frozenset({"Practitioner", "PractitionerRole", "Organization", "Location", "Device"})
_FAMILIES = {"PractitionerRole": "Practitioner", "EpisodeOfCare": "Encounter"}
_DATE = re.compile(r"\d{4}-\d\d(-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?)?")
_NAMES = frozenset({"family", "given", "prefix", "suffix"})
_ADDRESS = frozenset({"line", "city", "state", "postalCode", "country", "district"})
_STATUS = frozenset(
    {
        "status",
        "gender",
        "use",
        "type",
        "intent",
        "priority",
        "comparator",
        "system",
        "rank",
        "active",
        "mode",
        "criticality",
        "category",
        "severity",
    }
)
_YEAR = re.compile(r"(birthDate|.*(Date|DateTime|Period|Time)|start|end|issued|authoredOn|time|onset.*)$")


@dataclass(frozen=True, slots=True)
class Fact:
    family: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Found:
    """path: where it stands first, for the list of misses."""

    fact: Fact
    path: str


def facts_of(bundle: Json, *, folded: bool = False) -> list[Found]:
    resources = [entry["resource"] for entry in bundle.get("entry", ()) if "resource" in entry]
    resources += [inner for resource in resources for inner in resource.get("contained", ())]
    issuers = _named_only_by(resources, _ISSUED, ISSUERS)
    envelope = _named_only_by(resources, _ENVELOPE, ENVELOPE_ONLY)
    found: list[Found] = []
    said: set[tuple[str, frozenset[Fact]]] = set()
    for resource in resources:
        kind, own = resource["resourceType"], _own(resource)
        if kind in ENVELOPE_TYPES or own in envelope:
            continue
        if own in issuers:
            found.extend(_issuer(resource))
            continue
        once: dict[Fact, str] = {}
        for fact, path in _walk(resource, (kind,), _FAMILIES.get(kind, kind)):
            once.setdefault(fact, path)
        if folded and kind in _THINGS and (kind, frozenset(once)) in said:
            continue
        said.add((kind, frozenset(once)))
        found.extend(Found(fact, path) for fact, path in once.items())
    return _said_once(found)


def _said_once(found: list[Found]) -> list[Found]:
    """Next of kin stand twice, as Patient.contact and as RelatedPerson; who gave out a number is said once for all numbers."""
    kept: list[Found] = []
    seen: set[Fact] = {one.fact for one in found if one.path.startswith("RelatedPerson")}
    for one in found:
        again = one.fact.family == "Issuer" or (one.fact.family == "RelatedPerson" and not one.path.startswith("RelatedPerson"))
        if again and one.fact in seen:
            continue
        seen.add(one.fact)
        kept.append(one)
    return kept


def _issuer(resource: Json) -> Iterator[Found]:
    """An authority or a facility named for a number of its: its universal id, else its name."""
    values = [one["value"] for one in resource.get("identifier", ()) if "value" in one]
    if values or resource.get("name"):
        yield Found(Fact("Issuer", "identifier", _issuer_text(values[-1] if values else resource["name"])), f"{resource['resourceType']} of a number")


def _issuer_text(text: str) -> str:
    for prefix in ("urn:oid:", "urn:uuid:", "urn:x-calder:authority:"):
        text = text.removeprefix(prefix)
    return unquote(text).split(":")[0].casefold()


# --- who is named only for what


def _own(resource: Json) -> str:
    return f"{resource['resourceType']}/{resource.get('id')}"


def _named_only_by(resources: list[Json], ways: Callable[[str, str], bool], types: frozenset[str]) -> set[str]:
    """Resources of these types that are named, and only in these ways or by one another."""
    named: dict[str, list[tuple[str, str]]] = {}
    for resource in resources:
        for reference, path in _references(resource, ""):
            named.setdefault(reference, []).append((_own(resource), path))
    doubtful = {_own(resource) for resource in resources if resource["resourceType"] in types and named.get(_own(resource))}
    while True:
        kept = {one for one in doubtful if all(by in doubtful or ways(by.partition("/")[0], path) for by, path in named[one])}
        if kept == doubtful:
            return kept
        doubtful = kept


def _references(node: Json, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"], path
        for name, value in node.items():
            yield from _references(value, f"{path}.{name}" + (f"({node['url'].rpartition('/')[2]})" if "url" in node else ""))
    elif isinstance(node, list):
        for value in node:
            yield from _references(value, path)


def _walk(node: Json, path: tuple[str, ...], family: str) -> Iterator[tuple[Fact, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            if is_bookkeeping(path, name, node) or name in {"contained", "resourceType"}:
                continue
            inner = "RelatedPerson" if path in (("Patient",), ("Organization",)) and name == "contact" else family
            if name == "assigner" or (name == "system" and path[-1].lower().endswith("identifier")):
                yield from _assigner(value, path)
                continue
            yield from _walk(value, (*path, _label(name, value)), inner)
    elif isinstance(node, list):
        for value in node:
            if not (isinstance(value, dict) and is_artefact(value)):
                yield from _walk(value, path, family)
    elif (kind := _kind(path, node)) is not None:
        yield Fact(family, kind, _normal(kind, node)), ".".join(path)


def _assigner(value: Json, path: tuple[str, ...]) -> Iterator[tuple[Fact, str]]:
    if isinstance(value, dict):
        value = value.get("identifier", {}).get("value") or value.get("display")
    if value:
        yield Fact("Issuer", "identifier", _issuer_text(value)), ".".join((*path, "system"))


def _label(name: str, value: Json) -> str:
    return name


def _kind(path: tuple[str, ...], leaf: Json) -> str | None:  # noqa: C901 - a list of cases, each one line
    name, above = path[-1].removeprefix("_"), path[-2] if len(path) > 1 else ""
    text = str(leaf)
    if isinstance(leaf, str) and _DATE.fullmatch(text):
        return "date"
    if name == "value" and above.endswith(("dentifier",)):
        return "identifier"
    if name in _NAMES or (name == "name" and isinstance(leaf, str)):
        return "name"
    if name == "value" and above == "telecom":
        return "telecom"
    if name in _ADDRESS:
        return "address"
    if name in {"unit"} or (name == "code" and above.endswith("Quantity")):
        return "unit"
    if name in {"code", "valueCode"}:
        return "code"
    if name in {"display", "text"} and above not in {"note"}:
        return "words"
    if name in _STATUS:
        return "status"
    if _YEAR.match(name) and re.fullmatch(r"\d{4}", text):
        return "date"
    return "value"


def _normal(kind: str, leaf: Json) -> str:
    text = " ".join(str(leaf).split())
    if isinstance(leaf, bool):
        return text.lower()
    if kind == "date" and "T" in text:
        return _instant(text)
    if kind == "value":
        try:
            return format(Decimal(text).normalize(), "f")
        except InvalidOperation:
            return text
    if kind == "telecom":
        return re.sub(r"[^\w@.]", "", text).casefold()
    return text.casefold()


def _instant(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        return moment.isoformat()
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")


def counted(found: list[Found]) -> Counter[Fact]:
    return Counter(one.fact for one in found)
