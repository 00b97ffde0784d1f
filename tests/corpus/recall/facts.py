"""What a bundle says, as facts that can be compared whoever wrote it: (family, kind, value).

family: the resource type; Patient.contact counts as RelatedPerson, a role as the Practitioner who has it. kind: identifier, name, date,
code, value, unit, telecom, address, status, words. The same said twice in one resource is one fact. What is not counted is said in `excluded`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation

from hub.core.json import Json
from tests.corpus.recall.excluded import ENVELOPE_ONLY, ENVELOPE_TYPES, is_artefact, is_bookkeeping

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


def facts_of(bundle: Json) -> list[Found]:
    resources = [entry["resource"] for entry in bundle.get("entry", ()) if "resource" in entry]
    resources += [inner for resource in resources for inner in resource.get("contained", ())]
    outside = _only_of_the_envelope(resources)
    found: list[Found] = []
    for resource in resources:
        kind = resource["resourceType"]
        if kind in ENVELOPE_TYPES or f"{kind}/{resource.get('id')}" in outside:
            continue
        once: dict[Fact, str] = {}
        for fact, path in _walk(resource, (kind,), _FAMILIES.get(kind, kind)):
            once.setdefault(fact, path)
        found.extend(Found(fact, path) for fact, path in once.items())
    return found


def _only_of_the_envelope(resources: list[Json]) -> set[str]:
    """Organisations and devices that only the header, the provenance or one another name."""
    named: dict[str, set[str]] = {}
    for resource in resources:
        own = f"{resource['resourceType']}/{resource.get('id')}"
        for reference in _references(resource):
            named.setdefault(reference, set()).add(own)
    doubtful = {f"{r['resourceType']}/{r.get('id')}" for r in resources if r["resourceType"] in ENVELOPE_ONLY}
    envelope = {f"{r['resourceType']}/{r.get('id')}" for r in resources if r["resourceType"] in ENVELOPE_TYPES}
    while True:
        kept = {one for one in doubtful if named.get(one) and named[one] <= envelope | doubtful}
        if kept == doubtful:
            return kept
        doubtful = kept


def _references(node: Json) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _walk(node: Json, path: tuple[str, ...], family: str) -> Iterator[tuple[Fact, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            if is_bookkeeping(path, name, node) or name in {"contained", "resourceType"}:
                continue
            inner = "RelatedPerson" if path == ("Patient",) and name == "contact" else family
            yield from _walk(value, (*path, _label(name, value)), inner)
    elif isinstance(node, list):
        for value in node:
            if not (isinstance(value, dict) and is_artefact(value)):
                yield from _walk(value, path, family)
    elif (kind := _kind(path, node)) is not None:
        yield Fact(family, kind, _normal(kind, node)), ".".join(path)


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
