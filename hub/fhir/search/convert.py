"""From a value in a resource to rows of the search index, by kind of parameter and datatype.

https://hl7.org/fhir/R4/search.html (the tables of #token, #string, #date, #reference, #quantity)

Numbers are points in the index (low = high); only Ranges and comparators give them an extent. The written precision widens what
is searched for, not what is found: `36.5` finds 36.50, and `gt36.5` does not find 36.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import partial
from math import inf, isfinite
from typing import Final

from hub.core.json import Json
from hub.fhir.elements import Binding, Element
from hub.fhir.references import parse_reference
from hub.fhir.search.entries import DateEntry, Entry, NumberEntry, QuantityEntry, ReferenceEntry, StringEntry, TokenEntry, UriEntry
from hub.fhir.search.folding import fold
from hub.fhir.search.query import ParamType
from hub.fhir.search.ranges import GREATEST, LEAST, date_range

__all__ = ["Converter", "find_converter"]

Converter = Callable[[str, Json], Iterable[Entry]]

_CURRENCIES: Final = "urn:iso:std:iso:4217"


def find_converter(kind: ParamType, element: Element) -> Converter | None:
    """None when this kind of parameter has nothing to say about the element's type."""
    type_name = element.types[0]
    if kind is ParamType.TOKEN and type_name == "code":
        return partial(_code, _system_of(element.binding))
    return _CONVERTERS.get((kind, type_name))


def _text(value: Json, key: str) -> str:
    text = value.get(key) if type(value) is dict else None
    return text if type(text) is str else ""


def _items(value: Json, key: str) -> list[Json]:
    items = value.get(key) if type(value) is dict else None
    return items if type(items) is list else []


# --- token


def _system_of(binding: Binding | None) -> dict[str, str]:
    """The system that the binding of a `code` implies, where its code list leaves no doubt."""
    pairs = (binding.pairs if binding else None) or frozenset()
    systems: dict[str, set[str]] = {}
    for system, code in pairs:
        systems.setdefault(code, set()).add(system)
    return {code: next(iter(known)) for code, known in systems.items() if len(known) == 1}


def _code(systems: dict[str, str], param: str, value: Json) -> Iterator[Entry]:
    if type(value) is str:
        yield TokenEntry(param, systems.get(value, ""), value)


def _coding(param: str, value: Json) -> Iterator[Entry]:
    if code := _text(value, "code"):
        yield TokenEntry(param, _text(value, "system"), code)


def _codeable_concept(param: str, value: Json) -> Iterator[Entry]:
    for coding in _items(value, "coding"):
        yield from _coding(param, coding)


def _identifier(param: str, value: Json) -> Iterator[Entry]:
    if code := _text(value, "value"):
        yield TokenEntry(param, _text(value, "system"), code)


def _contact_point(param: str, value: Json) -> Iterator[Entry]:
    if code := _text(value, "value"):
        yield TokenEntry(param, "", code)


def _plain_token(param: str, value: Json) -> Iterator[Entry]:
    if type(value) is bool:
        yield TokenEntry(param, "", "true" if value else "false")
    elif type(value) is str:
        yield TokenEntry(param, "", value)


# --- string

_NAME_PARTS: Final = ("text", "family", "given", "prefix", "suffix")
_ADDRESS_PARTS: Final = ("text", "line", "city", "district", "state", "postalCode", "country")


def _string(param: str, value: Json) -> Iterator[Entry]:
    if type(value) is str:
        yield StringEntry(param, value, fold(value))


def _parts(names: tuple[str, ...], param: str, value: Json) -> Iterator[Entry]:
    for name in names:
        part = value.get(name) if type(value) is dict else None
        for text in part if type(part) is list else (part,):
            yield from _string(param, text)


# --- date


def _date(param: str, value: Json) -> Iterator[Entry]:
    covered = date_range(value) if type(value) is str else None
    if covered is not None:
        yield DateEntry(param, *covered)


def _period(param: str, value: Json) -> Iterator[Entry]:
    start, end = date_range(_text(value, "start")), date_range(_text(value, "end"))
    if start or end:
        yield DateEntry(param, start[0] if start else LEAST, end[1] if end else GREATEST)


def _timing(param: str, value: Json) -> Iterator[Entry]:
    """The outer limits: from the first event to the last, or the bounds of what repeats."""
    ranges = [found for event in _items(value, "event") if type(event) is str and (found := date_range(event))]
    if ranges:
        yield DateEntry(param, min(low for low, _ in ranges), max(high for _, high in ranges))
    repeat = value.get("repeat") if type(value) is dict else None
    if type(repeat) is dict:
        yield from _period(param, repeat.get("boundsPeriod"))


# --- reference and uri


def _reference(param: str, value: Json) -> Iterator[Entry]:
    if text := _text(value, "reference"):
        literal = parse_reference(text)
        if literal is not None:
            yield ReferenceEntry(param, type=literal.type, id=literal.id)
        elif not text.startswith("#"):
            yield ReferenceEntry(param, uri=text)
    identifier = value.get("identifier") if type(value) is dict else None
    if code := _text(identifier, "value"):
        yield ReferenceEntry(param, system=_text(identifier, "system"), value=code)


def _canonical(param: str, value: Json) -> Iterator[Entry]:
    """With its version and without: a search may name either."""
    if type(value) is str:
        yield ReferenceEntry(param, uri=value)
        if "|" in value:
            yield ReferenceEntry(param, uri=value.partition("|")[0])


def _resource(param: str, value: Json) -> Iterator[Entry]:
    """The first entry of a document or a message, which stands in the Bundle itself."""
    kind, logical_id = _text(value, "resourceType"), _text(value, "id")
    if kind.lower().startswith(param) and logical_id:
        yield ReferenceEntry(param, type=kind, id=logical_id)


def _uri(param: str, value: Json) -> Iterator[Entry]:
    if type(value) is str:
        yield UriEntry(param, value)


# --- number and quantity


def _point(value: Json) -> float | None:
    if type(value) is int or (type(value) is Decimal and value.is_finite()):
        try:
            point = float(value)
        except OverflowError:
            return None
        return point if isfinite(point) else None
    return None


def _number(param: str, value: Json) -> Iterator[Entry]:
    point = _point(value)
    if point is not None:
        yield NumberEntry(param, point, point)


def _bounds(value: Json) -> tuple[float, float] | None:
    low = _point(value["low"].get("value")) if type(value) is dict and type(value.get("low")) is dict else None
    high = _point(value["high"].get("value")) if type(value) is dict and type(value.get("high")) is dict else None
    if low is None and high is None:
        return None
    return -inf if low is None else low, inf if high is None else high


def _number_range(param: str, value: Json) -> Iterator[Entry]:
    bounds = _bounds(value)
    if bounds is not None:
        yield NumberEntry(param, *bounds)


def _quantity(param: str, value: Json) -> Iterator[Entry]:
    point = _point(value.get("value")) if type(value) is dict else None
    if point is not None:
        comparator = _text(value, "comparator")
        low = -inf if comparator.startswith("<") else point
        high = inf if comparator.startswith(">") else point
        yield QuantityEntry(param, low, high, _text(value, "system"), _text(value, "code"), _text(value, "unit"))


def _quantity_range(param: str, value: Json) -> Iterator[Entry]:
    bounds = _bounds(value)
    if bounds is not None:
        unit = value.get("low") or value.get("high")
        yield QuantityEntry(param, *bounds, _text(unit, "system"), _text(unit, "code"), _text(unit, "unit"))


def _money(param: str, value: Json) -> Iterator[Entry]:
    point = _point(value.get("value")) if type(value) is dict else None
    if point is not None:
        currency = _text(value, "currency")
        yield QuantityEntry(param, point, point, _CURRENCIES, currency, currency)


_CONVERTERS: Final[dict[tuple[ParamType, str], Converter]] = {
    (ParamType.TOKEN, "Coding"): _coding,
    (ParamType.TOKEN, "CodeableConcept"): _codeable_concept,
    (ParamType.TOKEN, "Identifier"): _identifier,
    (ParamType.TOKEN, "ContactPoint"): _contact_point,
    **{(ParamType.TOKEN, name): _plain_token for name in ("boolean", "string", "id", "uri", "canonical", "oid", "uuid", "url")},
    **{(ParamType.STRING, name): _string for name in ("string", "markdown", "code", "id", "uri")},
    (ParamType.STRING, "HumanName"): partial(_parts, _NAME_PARTS),
    (ParamType.STRING, "Address"): partial(_parts, _ADDRESS_PARTS),
    **{(ParamType.DATE, name): _date for name in ("date", "dateTime", "instant")},
    (ParamType.DATE, "Period"): _period,
    (ParamType.DATE, "Timing"): _timing,
    (ParamType.REFERENCE, "Reference"): _reference,
    (ParamType.REFERENCE, "canonical"): _canonical,
    (ParamType.REFERENCE, "uri"): _canonical,
    (ParamType.REFERENCE, "Resource"): _resource,
    **{(ParamType.URI, name): _uri for name in ("uri", "canonical", "url", "oid", "uuid")},
    **{(ParamType.NUMBER, name): _number for name in ("decimal", "integer", "positiveInt", "unsignedInt")},
    (ParamType.NUMBER, "Range"): _number_range,
    **{(ParamType.QUANTITY, name): _quantity for name in ("Quantity", "Age", "Duration", "Count", "Distance")},
    (ParamType.QUANTITY, "Range"): _quantity_range,
    (ParamType.QUANTITY, "Money"): _money,
}
