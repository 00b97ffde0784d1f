"""From a value in a resource to rows of the search index, by kind of parameter and datatype.

https://hl7.org/fhir/R4/search.html (the tables of #token, #string, #date, #reference, #quantity)

Numbers are points in the index (low = high); only Ranges and comparators give them an extent. The written precision widens what
is searched for, not what is found: `36.5` finds 36.50, and `gt36.5` does not find 36.5.
"""

from __future__ import annotations

from collections.abc import Callable
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

__all__ = ["Converter", "Params", "find_converter"]

Params = tuple[str, ...]

Converter = Callable[[Params, Json], list[Entry]]
"""The same value is often there for several parameters: it is looked at once for all of them."""

_CURRENCIES: Final = "urn:iso:std:iso:4217"


def find_converter(kind: ParamType, element: Element, *, literal: bool = True) -> Converter | None:
    """None when this kind of parameter has nothing to say about the element's type. literal: whether it keeps literal references."""
    type_name = element.types[0]
    if not literal and (kind, type_name) == (ParamType.REFERENCE, "Reference"):
        return _reference_elsewhere
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


def _code(systems: dict[str, str], params: Params, value: Json) -> list[Entry]:
    return _tokens(params, systems.get(value, ""), value) if type(value) is str else []


def _coding(params: Params, value: Json) -> list[Entry]:
    code = _text(value, "code")
    return _tokens(params, _text(value, "system"), code) if code else []


def _codeable_concept(params: Params, value: Json) -> list[Entry]:
    return [entry for coding in _items(value, "coding") for entry in _coding(params, coding)]


def _identifier(params: Params, value: Json) -> list[Entry]:
    code = _text(value, "value")
    return _tokens(params, _text(value, "system"), code) if code else []


def _contact_point(params: Params, value: Json) -> list[Entry]:
    code = _text(value, "value")
    return _tokens(params, "", code) if code else []


def _plain_token(params: Params, value: Json) -> list[Entry]:
    if type(value) is bool:
        return _tokens(params, "", "true" if value else "false")
    return _tokens(params, "", value) if type(value) is str else []


def _tokens(params: Params, system: str, code: str) -> list[Entry]:
    return [TokenEntry(param, system, code) for param in params]


# --- string

_NAME_PARTS: Final = ("text", "family", "given", "prefix", "suffix")
_ADDRESS_PARTS: Final = ("text", "line", "city", "district", "state", "postalCode", "country")


def _string(params: Params, value: Json) -> list[Entry]:
    if type(value) is not str:
        return []
    folded = fold(value)
    return [StringEntry(param, value, folded) for param in params]


def _parts(names: tuple[str, ...], params: Params, value: Json) -> list[Entry]:
    parts = [value.get(name) for name in names] if type(value) is dict else []
    texts = [text for part in parts for text in (part if type(part) is list else (part,))]
    return [entry for text in texts for entry in _string(params, text)]


# --- date


def _date(params: Params, value: Json) -> list[Entry]:
    covered = date_range(value) if type(value) is str else None
    return _dates(params, *covered) if covered is not None else []


def _dates(params: Params, low: int, high: int) -> list[Entry]:
    return [DateEntry(param, low, high) for param in params]


def _period(params: Params, value: Json) -> list[Entry]:
    start, end = date_range(_text(value, "start")), date_range(_text(value, "end"))
    return _dates(params, start[0] if start else LEAST, end[1] if end else GREATEST) if start or end else []


def _timing(params: Params, value: Json) -> list[Entry]:
    """The outer limits: from the first event to the last, or the bounds of what repeats."""
    ranges = [found for event in _items(value, "event") if type(event) is str and (found := date_range(event))]
    entries = _dates(params, min(low for low, _ in ranges), max(high for _, high in ranges)) if ranges else []
    repeat = value.get("repeat") if type(value) is dict else None
    return entries + _period(params, repeat.get("boundsPeriod")) if type(repeat) is dict else entries


# --- reference and uri


def _reference(params: Params, value: Json) -> list[Entry]:
    text = _text(value, "reference")
    literal = parse_reference(text) if text else None
    if literal is None:
        return _elsewhere(params, value, text)
    return [*(ReferenceEntry(param, type=literal.type, id=literal.id) for param in params), *_elsewhere(params, value, "")]


def _reference_elsewhere(params: Params, value: Json) -> list[Entry]:
    """For parameters whose literal references are kept under another."""
    text = _text(value, "reference")
    return _elsewhere(params, value, text if text and parse_reference(text) is None else "")


def _elsewhere(params: Params, value: Json, text: str) -> list[Entry]:
    """What is not literal: an absolute URI, and the identifier of a logical one."""
    entries: list[Entry] = [ReferenceEntry(param, uri=text) for param in params] if text and not text.startswith("#") else []
    identifier = value.get("identifier") if type(value) is dict else None
    if code := _text(identifier, "value"):
        entries += [ReferenceEntry(param, system=_text(identifier, "system"), value=code) for param in params]
    return entries


def _canonical(params: Params, value: Json) -> list[Entry]:
    """With its version and without: a search may name either."""
    if type(value) is not str:
        return []
    names = (value, value.partition("|")[0]) if "|" in value else (value,)
    return [ReferenceEntry(param, uri=name) for param in params for name in names]


def _resource(params: Params, value: Json) -> list[Entry]:
    """The first entry of a document or a message, which stands in the Bundle itself."""
    kind, logical_id = _text(value, "resourceType"), _text(value, "id")
    return [ReferenceEntry(param, type=kind, id=logical_id) for param in params if kind.lower().startswith(param) and logical_id]


def _uri(params: Params, value: Json) -> list[Entry]:
    return [UriEntry(param, value) for param in params] if type(value) is str else []


# --- number and quantity


def _point(value: Json) -> float | None:
    if type(value) is int or (type(value) is Decimal and value.is_finite()):
        try:
            point = float(value)
        except OverflowError:
            return None
        return point if isfinite(point) else None
    return None


def _number(params: Params, value: Json) -> list[Entry]:
    point = _point(value)
    return [NumberEntry(param, point, point) for param in params] if point is not None else []


def _bounds(value: Json) -> tuple[float, float] | None:
    low = _point(value["low"].get("value")) if type(value) is dict and type(value.get("low")) is dict else None
    high = _point(value["high"].get("value")) if type(value) is dict and type(value.get("high")) is dict else None
    if low is None and high is None:
        return None
    return -inf if low is None else low, inf if high is None else high


def _number_range(params: Params, value: Json) -> list[Entry]:
    bounds = _bounds(value)
    return [NumberEntry(param, *bounds) for param in params] if bounds is not None else []


def _quantity(params: Params, value: Json) -> list[Entry]:
    point = _point(value.get("value")) if type(value) is dict else None
    if point is None:
        return []
    comparator = _text(value, "comparator")
    low = -inf if comparator.startswith("<") else point
    high = inf if comparator.startswith(">") else point
    return _quantities(params, low, high, value)


def _quantities(params: Params, low: float, high: float, unit: Json) -> list[Entry]:
    system, code, written = _text(unit, "system"), _text(unit, "code"), _text(unit, "unit")
    return [QuantityEntry(param, low, high, system, code, written) for param in params]


def _quantity_range(params: Params, value: Json) -> list[Entry]:
    bounds = _bounds(value)
    return _quantities(params, *bounds, value.get("low") or value.get("high")) if bounds is not None else []


def _money(params: Params, value: Json) -> list[Entry]:
    point = _point(value.get("value")) if type(value) is dict else None
    currency = _text(value, "currency")
    return [QuantityEntry(param, point, point, _CURRENCIES, currency, currency) for param in params] if point is not None else []


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
