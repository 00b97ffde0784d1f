"""FHIR datatypes as a person would say them. Every function takes a plain JSON value and tolerates what is missing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hub.core.json import Resource
from hub.documents.resuscitation import decision_words

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


# Whose displays are written for people, best first; a nomenclature's reference id (MDC_…) is the last resort.
_READABLE = ("http://snomed.info/sct", "http://loinc.org")


def concept(value: dict[str, Any] | None) -> str:
    """The text of a CodeableConcept, else the display a person reads best, else its first code.

    A CPR decision is said by its code, before any words of the sender's.
    """
    if not value:
        return ""
    decided = " and ".join(decision_words(value))
    if decided:
        return f"{decided} ({value['text']})" if value.get("text") else decided
    codings = value.get("coding") or []
    ordered = sorted(codings, key=lambda coding: _READABLE.index(coding["system"]) if coding.get("system") in _READABLE else len(_READABLE))
    displays = [coding["display"] for coding in ordered if coding.get("display")]
    codes = [coding["code"] for coding in codings if coding.get("code")]
    return str(value.get("text") or (displays or codes or [""])[0])


def concepts(values: list[dict[str, Any]] | None) -> str:
    return "; ".join(filter(None, (concept(value) for value in values or ())))


def person_name(names: list[dict[str, Any]] | None) -> str:
    """`Mrs Ada Brook`, from the official or usual name, else the first that is in use."""
    usable = [name for name in names or () if name.get("use") not in ("old", "maiden")] or list(names or ())
    if not usable:
        return ""
    name = min(usable, key=lambda each: each.get("use") not in ("official", "usual"))
    if name.get("text"):
        return str(name["text"])
    parts = [*name.get("prefix", ()), *name.get("given", ()), name.get("family", ""), *name.get("suffix", ())]
    return " ".join(str(part) for part in parts if part)


def nhs_number(patient: Resource) -> str:
    """Spaced 3-3-4, as the NHS number is written for people."""
    for identifier in patient.get("identifier") or ():
        value = str(identifier.get("value") or "")
        if identifier.get("system") == NHS_NUMBER and value:
            return f"{value[:3]} {value[3:6]} {value[6:]}"
    return ""


def day(text: str | None) -> str:
    """`2026-11-02T09:30:00Z` as `2 Nov 2026 09:30`; a year stays a year; what cannot be read stays as it is."""
    if not text:
        return ""
    head, _, clock = text.partition("T")
    parts = head.split("-")
    if len(parts) == 1 or not all(part.isdigit() for part in parts):
        return head
    month = _MONTHS[int(parts[1]) - 1] if 1 <= int(parts[1]) <= len(_MONTHS) else parts[1]
    words = [str(int(parts[2])), month, parts[0]] if len(parts) > 2 else [month, parts[0]]
    zone = _zone(clock)
    return " ".join([*words, clock[:5], zone]).strip() if clock else " ".join(words)


def _zone(clock: str) -> str:
    """The offset as written: a reading is never shown in a zone it was not taken in."""
    if clock.endswith("Z"):
        return "UTC"
    return clock[-6:] if clock[-6:-5] in ("+", "-") else ""


def quantity(value: dict[str, Any] | None) -> str:
    """`98 mmHg`, `<15 mL/min`: the digits as they were sent."""
    if not value:
        return ""
    number = value.get("value")
    digits = str(number) if isinstance(number, int | Decimal) else ""
    unit = str(value.get("unit") or value.get("code") or "")
    if unit.startswith("MDC_DIM_"):  # a device's name for the unit: its UCUM code reads better
        unit = str(value.get("code") or unit)
    return f"{value.get('comparator', '')}{digits} {unit}".strip()


def reading(observation: Resource) -> str:
    """The value of an Observation, its components included: `128/76 mmHg` for a blood pressure."""
    own = _value(observation)
    parts = [(concept(part.get("code")), _value(part)) for part in observation.get("component") or ()]
    named = ", ".join(f"{name}: {value}" for name, value in parts if value)
    missing = concept(observation.get("dataAbsentReason"))
    return "; ".join(filter(None, (own, named))) or (f"no value ({missing})" if missing else "")


def _value(holder: dict[str, Any]) -> str:
    """A value of a kind that has no words here is said to be there: a blank would read as none."""
    name = next((key for key in holder if key.startswith("value")), None)
    if name is None:
        return ""
    return _VALUES[name](holder[name]) if name in _VALUES else "a value of another kind: see the record"


def _range(value: dict[str, Any]) -> str:
    return f"{quantity(value.get('low')) or 'unknown'} to {quantity(value.get('high')) or 'unknown'}"


def _ratio(value: dict[str, Any]) -> str:
    return f"{quantity(value.get('numerator'))} : {quantity(value.get('denominator'))}"


_VALUES: dict[str, Callable[[Any], str]] = {
    "valueQuantity": quantity,
    "valueCodeableConcept": concept,
    "valueBoolean": lambda value: "yes" if value else "no",
    "valueDateTime": day,
    "valueRange": _range,
    "valueRatio": _ratio,
    "valueString": str,
    "valueInteger": str,
    "valueTime": str,
}


def telephone(points: list[dict[str, Any]] | None) -> str:
    """Phone numbers first, then the rest; not what is no longer in use."""
    current = (point for point in points or () if point.get("use") != "old" and point.get("value"))
    return ", ".join(str(point["value"]) for point in sorted(current, key=lambda point: point.get("system") != "phone"))


def address(addresses: list[dict[str, Any]] | None) -> str:
    """The first that is in use."""
    for place in addresses or ():
        if place.get("use") == "old":
            continue
        if place.get("text"):
            return str(place["text"])
        parts = [*place.get("line", ()), place.get("city"), place.get("district"), place.get("postalCode")]
        return ", ".join(str(part) for part in parts if part)
    return ""
