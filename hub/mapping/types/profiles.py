"""Profiles: what a StructureDefinition asks beyond R4. https://hl7.org/fhir/R4/profiling.html

    read_profiles({"profiles/patient.json": text})   by url, and what cannot be read
    profile.at(path of `identifier:nhs.system`)      what it says of that element, and of any `identifier.system`

The snapshot is read, or the differential where there is none. What is kept: how often, which types of a choice, fixed and pattern
values, required bindings whose codes are known (in `contained`, or R4's own), mustSupport, and slices by name or extension url.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from hub.core.diagnostics import Diagnostic, Span
from hub.core.json import Json, JsonError, parse_json
from hub.fhir.elements import Binding
from hub.fhir.facts import find_binding
from hub.mapping.codes.profiles import M330, M335
from hub.mapping.shortening import shorten
from hub.mapping.syntax import FhirStep

__all__ = ["Profile", "ProfileElement", "Step", "read_profiles", "step_matches"]

MOST_CHARACTERS: Final = 5_000_000
MOST_ELEMENTS: Final = 5_000
_DEEPEST: Final = 16
_CHOICE: Final = "[x]"


@dataclass(frozen=True, slots=True)
class Step:
    """`identifier`, `identifier:nhs` (a slice), `value[x]`."""

    name: str
    slice: str | None = None


Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ProfileElement:
    """min, max, types, codes: None where the profile says nothing. max: -1 is `*`. values: the fixed or pattern value as JSON.

    urls: of an extension slice, the extensions that may stand there.
    """

    steps: Steps
    min: int = 0
    max: int | None = None
    types: frozenset[str] = frozenset()
    value: Json = None
    binding: Binding | None = None
    must_support: bool = False
    urls: frozenset[str] = frozenset()

    @property
    def spelling(self) -> str:
        return ".".join(step.name if step.slice is None else f"{step.name}:{step.slice}" for step in self.steps)


@dataclass(frozen=True, slots=True)
class Profile:
    url: str
    type: str
    file: str
    elements: Mapping[Steps, ProfileElement] = field(repr=False)

    @property
    def name(self) -> str:
        """UKCore-Patient, for https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient."""
        return self.url.rpartition("/")[2] or self.url

    def at(self, path: tuple[FhirStep, ...]) -> tuple[ProfileElement, ...]:
        """What it says of the element at a path of a map: of any of its name, of the slice, of the choice."""
        return tuple(one for one in self.elements.values() if len(one.steps) == len(path) and self.leads_to(one, path))

    def leads_to(self, element: ProfileElement, path: tuple[FhirStep, ...]) -> bool:
        """Does the path begin with this element?"""
        return len(path) >= len(element.steps) and all(
            step_matches(step, written, self.urls_of(element.steps[: depth + 1]))
            for depth, (step, written) in enumerate(zip(element.steps, path, strict=False))
        )

    def urls_of(self, steps: Steps) -> frozenset[str]:
        found = self.elements.get(steps)
        return found.urls if found is not None else frozenset()


def step_matches(step: Step, written: FhirStep, urls: frozenset[str]) -> bool:
    """An item that names no slice may be any of them."""
    stem = step.name.removesuffix(_CHOICE)
    rest = written.name.removeprefix(stem)
    same = written.name == step.name or (step.name.endswith(_CHOICE) and written.name.startswith(stem) and rest[:1].isupper())
    if not same or step.slice is None:
        return same
    return written.url in urls if written.url is not None else written.slice in (None, step.slice)


def read_profiles(texts: Mapping[str, str]) -> tuple[dict[str, Profile], tuple[Diagnostic, ...]]:
    """Never raises. texts: by the names of their files."""
    profiles: dict[str, Profile] = {}
    problems: list[Diagnostic] = []
    for path, text in sorted(texts.items()):
        try:
            profile, odd = _read(path, text)
        except _Unreadable as unreadable:
            problems.append(_problem(path, str(unreadable)))
            continue
        problems += shorten(_problem(path, one) for one in odd)
        if profile.url in profiles:
            detail = f"{profiles[profile.url].file} has it too"
            problems.append(Diagnostic(M335, detail, Span(path, 1, 1)))
        profiles.setdefault(profile.url, profile)
    return profiles, tuple(problems)


class _Unreadable(Exception):
    """The whole file: its text says why."""


def _problem(path: str, detail: str) -> Diagnostic:
    return Diagnostic(M330, detail, Span(path, 1, 1))


def _read(path: str, text: str) -> tuple[Profile, list[str]]:
    document = _document(text)
    url, kind = document.get("url"), document.get("type")
    if not isinstance(url, str) or not isinstance(kind, str) or not url or not kind:
        raise _Unreadable("it has no `url` or no `type`")
    written = _elements(document)
    if len(written) > MOST_ELEMENTS:
        raise _Unreadable(f"{len(written):,} elements")
    odd: list[str] = []
    value_sets = _contained(document)
    elements: dict[Steps, ProfileElement] = {}
    for number, one in enumerate(written, 1):
        found = _element(one, kind, value_sets)
        if isinstance(found, str):
            odd.append(f"element {number}: {found}")
        elif found.steps:
            elements[found.steps] = found
    return Profile(url, kind, path, _with_urls(elements)), odd


def _document(text: str) -> dict[str, Json]:
    if len(text) > MOST_CHARACTERS:
        raise _Unreadable(f"{len(text):,} characters")
    try:
        document = parse_json(text.removeprefix("\ufeff"))
    except JsonError as error:
        raise _Unreadable(f"it is no JSON: {error}") from None
    if not isinstance(document, dict) or document.get("resourceType") != "StructureDefinition":
        raise _Unreadable("it is no StructureDefinition")
    version = document.get("fhirVersion")
    if isinstance(version, str) and not version.startswith("4.0"):
        raise _Unreadable("it is of another FHIR than R4 (4.0.1), which maps write")
    return document


def _elements(document: dict[str, Json]) -> list[Json]:
    for part in ("snapshot", "differential"):
        inner = document.get(part)
        elements = inner.get("element") if isinstance(inner, dict) else None
        if isinstance(elements, list) and elements:
            return elements
    raise _Unreadable("it has neither a snapshot nor a differential")


def _element(written: Json, kind: str, value_sets: Mapping[str, Binding]) -> ProfileElement | str:
    if not isinstance(written, dict):
        return "it is no object"
    steps = _steps(written, kind)
    low, high = written.get("min", 0), written.get("max")
    if isinstance(steps, str):
        return steps
    if not isinstance(low, int) or isinstance(low, bool) or low < 0:
        return "`min` is no number"
    if high is not None and high != "*" and not (isinstance(high, str) and high.isascii() and high.isdigit() and len(high) < 9):
        return "`max` is neither a number nor `*`"
    types = [one for one in _listed(written.get("type")) if isinstance(one.get("code"), str)]
    return ProfileElement(
        steps,
        low,
        None if high is None else -1 if high == "*" else int(high),
        frozenset(one["code"] for one in types),
        next((value for name, value in written.items() if name.startswith(("fixed", "pattern"))), None),
        _binding(written.get("binding"), value_sets),
        written.get("mustSupport") is True,
        frozenset(url for one in types if one["code"] == "Extension" for url in _texts(one.get("profile"))),
    )


def _steps(written: dict[str, Json], kind: str) -> Steps | str:
    """`Patient.identifier:nhs.system`. `value[x]:valueQuantity` is the element `valueQuantity`."""
    name = written.get("id") if isinstance(written.get("id"), str) else written.get("path")
    if not isinstance(name, str) or name.partition(".")[0].partition(":")[0] != kind:
        return f"its path does not begin with {kind}"
    parts = name.split(".")[1:]
    if len(parts) > _DEEPEST or not all(parts):
        return "its path cannot be read"
    return tuple(_step(part) for part in parts)


def _step(part: str) -> Step:
    name, _, piece = part.partition(":")
    stem = name.removesuffix(_CHOICE)
    if name.endswith(_CHOICE) and piece.startswith(stem):
        return Step(piece)
    return Step(name, piece or None)


def _with_urls(elements: dict[Steps, ProfileElement]) -> dict[Steps, ProfileElement]:
    """An extension slice is known by the profile of its type, or by the fixed `url` below it."""
    found: dict[Steps, ProfileElement] = {}
    for steps, element in elements.items():
        below = elements.get((*steps, Step("url")))
        urls = element.urls | ({below.value} if below is not None and isinstance(below.value, str) else frozenset())
        found[steps] = ProfileElement(
            steps, element.min, element.max, element.types, element.value, element.binding, element.must_support, urls
        )
    return found


# --- bindings


def _binding(written: Json, value_sets: Mapping[str, Binding]) -> Binding | None:
    """A required one whose codes are known; of others nothing can be said."""
    if not isinstance(written, dict) or written.get("strength") != "required" or not isinstance(written.get("valueSet"), str):
        return None
    url: str = written["valueSet"].partition("|")[0]
    if url in value_sets:
        return value_sets[url]
    facts = find_binding(written["valueSet"]) or find_binding(url)
    if facts is None or facts.codes is None:
        return None
    return _closed(url, ((system, code) for system, codes in facts.codes.items() for code in codes))


def _contained(document: dict[str, Json]) -> dict[str, Binding]:
    found: dict[str, Binding] = {}
    for one in _listed(document.get("contained")):
        codes = list(_codes(one)) if one.get("resourceType") == "ValueSet" else [None]
        if codes and None not in codes:
            binding = _closed("#" + str(one.get("id")), (pair for pair in codes if pair is not None))
            found[binding.valueset] = binding
            if isinstance(one.get("url"), str):
                found[one["url"]] = binding
    return found


def _codes(value_set: dict[str, Json]) -> Iterator[tuple[str, str] | None]:
    """The pairs that are listed; None for a part that is not a list of codes."""
    compose = value_set.get("compose")
    if not isinstance(compose, dict) or compose.get("exclude"):
        yield None
        return
    for include in _listed(compose.get("include")):
        concepts = _listed(include.get("concept"))
        if not concepts or include.get("filter") or include.get("valueSet"):
            yield None
        for concept in concepts:
            code = concept.get("code")
            yield (str(include.get("system", "")), code) if isinstance(code, str) else None


def _closed(name: str, pairs: Iterable[tuple[str, str]]) -> Binding:
    known = frozenset(pairs)
    return Binding("required", name, codes=frozenset(code for _, code in known), pairs=known)


def _listed(value: Json) -> list[dict[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(value: Json) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
