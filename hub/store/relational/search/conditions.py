"""Each clause of a search as a condition. FHIR R4 3.1.1.4, https://hl7.org/fhir/R4/search.html#ptypes

A resource that has several values for a parameter matches when one of them does, with every prefix; `:not` and `:missing` speak
of all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.core.errors import StoreError
from hub.fhir.search.places import Place, places_of
from hub.fhir.search.query import (
    Clause,
    DateValue,
    MissingValue,
    NumberValue,
    ParamType,
    Prefix,
    QuantityValue,
    ReferenceValue,
    StringValue,
    TokenValue,
    UriValue,
    Value,
)
from hub.store.relational.search.assembly import Assembly, Sql

__all__ = ["TABLES", "Condition", "compile_clause", "rows_of"]

TABLES: Final = {
    ParamType.TOKEN: Sql("token_index"),
    ParamType.STRING: Sql("string_index"),
    ParamType.DATE: Sql("date_index"),
    ParamType.REFERENCE: Sql("reference_index"),
    ParamType.NUMBER: Sql("number_index"),
    ParamType.QUANTITY: Sql("quantity_index"),
    ParamType.URI: Sql("uri_index"),
}

_LAST_LETTER: Final = "\U0010ffff"
_INSTANT_PREFIX: Final = {Prefix.SA: Prefix.GT, Prefix.EB: Prefix.LT, Prefix.AP: Prefix.EQ}  # the same for what has no extent
_KNOWN_MODIFIERS: Final = frozenset({None, "not", "missing", "exact", "contains", "identifier"})
# Fragments that find their rows by the index; the others read all rows of their parameter.
_NARROW: Final = frozenset(
    {"token_code", "token_both", "string_prefix", "string_exact", "reference_typed", "reference_id", "reference_uri", "uri_is", "ranged"}
)
_ORDERED: Final = frozenset({"token_both", "reference_typed", "reference_uri", "uri_is"})

_Fragment = tuple[str, dict[str, object]]  # its name and its parts


@dataclass(frozen=True, slots=True)
class Condition:
    """test: as a condition on r. With `table`, the alternatives also give the matching keys themselves (a driver).

    narrow: every alternative finds its rows by the index. ordered: one alternative, whose rows stand in key order.
    """

    test: Sql
    table: Sql | None = None
    alternatives: tuple[Sql, ...] = ()
    narrow: bool = False
    ordered: bool = False


def compile_clause(assembly: Assembly, type_: str, clause: Clause) -> Condition:
    if clause.param == "_id":
        return _of_row(assembly, clause, [assembly.say("id_is", id=_code(value)) for value in clause.values])
    if clause.param == "_lastUpdated":
        return _of_row(assembly, clause, [_updated(assembly, value) for value in clause.values])
    table = TABLES.get(clause.type)
    if table is None:
        raise StoreError(f"the store keeps no index for parameters of the type {clause.type}")
    if all(isinstance(value, MissingValue) for value in clause.values):
        return Condition(_missing(assembly, type_, clause, table))
    return _of_index(assembly, type_, clause, table)


def rows_of(assembly: Assembly, type_: str, param: str) -> Sql:
    """The index rows of a parameter, wherever they are kept, as a condition on i."""
    return assembly.any_of(_rows_at(assembly, type_, place) for place in places_of(type_, param))


def _rows_at(assembly: Assembly, type_: str, place: Place) -> Sql:
    number = _param_number(assembly, type_, place.param)
    if place.target is None:
        return assembly.say("any_of_param", param=number)
    return assembly.say("any_of_target", param=number, type=place.target)


def _param_number(assembly: Assembly, type_: str, param: str) -> Sql:
    return assembly.say("param", name=f"{type_}.{param}")


def _of_row(assembly: Assembly, clause: Clause, alternatives: Iterable[Sql]) -> Condition:
    test = assembly.any_of(alternatives)
    return Condition(_negated(test) if clause.modifier == "not" else test)


def _of_index(assembly: Assembly, type_: str, clause: Clause, table: Sql) -> Condition:
    places = places_of(type_, clause.param)
    if clause.modifier == "identifier":  # a logical reference: its identifier is a token of its own parameter
        table, places = TABLES[ParamType.TOKEN], _logical(places)
    elif clause.type is not ParamType.REFERENCE and clause.modifier not in _KNOWN_MODIFIERS:
        raise StoreError("the search has a modifier that the store does not know")
    said = [
        _alternative(assembly, _param_number(assembly, type_, place.param), clause.modifier, value)
        for value in clause.values
        for place, value in _asked_at(places, clause.modifier, value)
    ]
    alternatives = tuple(sql for _, sql in said)
    test = assembly.say("has", table=table, alternative=assembly.any_of(alternatives))
    if clause.modifier == "not" or not said:
        return Condition(_negated(test) if clause.modifier == "not" else test)
    names = {fragment for fragment, _ in said}
    return Condition(test, table, alternatives, narrow=names <= _NARROW, ordered=len(said) == 1 and names <= _ORDERED)


def _missing(assembly: Assembly, type_: str, clause: Clause, table: Sql) -> Sql:
    present = [assembly.say("has", table=table, alternative=rows_of(assembly, type_, clause.param))]
    if clause.type is ParamType.REFERENCE:
        logical = assembly.any_of(_rows_at(assembly, type_, place) for place in _logical(places_of(type_, clause.param)))
        present.append(assembly.say("has", table=TABLES[ParamType.TOKEN], alternative=logical))
    here = assembly.any_of(present)
    asked = (value for value in clause.values if isinstance(value, MissingValue))
    return assembly.any_of(_negated(here) if value.missing else here for value in asked)


def _logical(places: Iterable[Place]) -> tuple[Place, ...]:
    """Where the identifiers of logical references are kept."""
    return tuple(Place(f"{place.param}:identifier") for place in places if place.target is None)


def _asked_at(places: Sequence[Place], modifier: str | None, value: Value) -> Iterator[tuple[Place, Value]]:
    """What to ask for at each place. A place with a target keeps the literal references to it, and those beside it keep no literal ones."""
    targeted = any(place.target is not None for place in places)
    for place in places:
        if not targeted or not isinstance(value, ReferenceValue):
            yield place, value
        elif value.uri is not None:
            if place.target is None:
                yield place, value
        elif place.target is not None and (value.type or _type_named(modifier)) in (None, place.target):
            yield place, replace(value, type=place.target)


def _type_named(modifier: str | None) -> str | None:
    """subject:Patient=7"""
    return modifier if modifier not in _KNOWN_MODIFIERS else None


def _negated(test: Sql) -> Sql:
    return Sql(f"NOT {test}")


def _alternative(assembly: Assembly, param: Sql, modifier: str | None, value: Value) -> tuple[str, Sql]:
    """One value of a clause, with the name of the fragment that says it."""
    name, parts = _fragment(assembly, modifier, value)
    return name, assembly.say(name, param=param, **parts)


def _fragment(assembly: Assembly, modifier: str | None, value: Value) -> _Fragment:
    match value:
        case TokenValue():
            return _token(value)
        case StringValue():
            return _string(modifier, value)
        case ReferenceValue():
            return _reference(modifier, value)
        case UriValue():
            return "uri_is", {"uri": value.uri}
        case DateValue() | NumberValue():
            return "ranged", {"comparison": _comparison(assembly, value)}
        case QuantityValue():
            return "ranged", {"comparison": _quantity(assembly, value)}
        case MissingValue():
            raise StoreError("missing cannot stand beside other values")


def _token(value: TokenValue) -> _Fragment:
    match value:
        case TokenValue(system=None, code=None):
            return "any_of_param", {}
        case TokenValue(system=None):
            return "token_code", {"code": value.code}
        case TokenValue(code=None):
            return "token_system", {"system": value.system}
        case _:
            return "token_both", {"code": value.code, "system": value.system}


def _string(modifier: str | None, value: StringValue) -> _Fragment:
    match modifier:
        case "exact":
            return "string_exact", {"folded": value.folded, "text": value.text}
        case "contains":
            return "string_contains", {"folded": value.folded}
        case _:
            return "string_prefix", {"low": value.folded, "high": value.folded + _LAST_LETTER}


def _reference(modifier: str | None, value: ReferenceValue) -> _Fragment:
    if value.uri is not None:
        return "reference_uri", {"target": value.uri}
    type_ = value.type or _type_named(modifier)
    if type_ is None:
        return "reference_id", {"target": value.id}
    return "reference_typed", {"target": value.id, "type": type_}


def _comparison(assembly: Assembly, value: DateValue | NumberValue) -> Sql:
    return assembly.say(f"range_{value.prefix}", low=value.low, high=value.high)


def _quantity(assembly: Assembly, value: QuantityValue) -> Sql:
    comparison = _comparison(assembly, value.number)
    if value.system and value.code is not None:
        return assembly.say("quantity_code", comparison=comparison, code=value.code, system=value.system)
    if value.system:
        return assembly.say("quantity_system", comparison=comparison, system=value.system)
    if value.code is not None:
        return assembly.say("quantity_unit", comparison=comparison, code=value.code)
    return comparison


def _code(value: Value) -> str | None:
    if not isinstance(value, TokenValue):
        raise StoreError("_id takes tokens")
    return value.code


def _updated(assembly: Assembly, value: Value) -> Sql:
    if not isinstance(value, DateValue):
        raise StoreError("_lastUpdated takes dates")
    prefix = _INSTANT_PREFIX.get(value.prefix, value.prefix)
    parts = {"low": value.low, "high": value.high}
    wanted = {Prefix.GT: ("high",), Prefix.LT: ("low",), Prefix.GE: ("low",), Prefix.LE: ("high",)}.get(prefix, ("low", "high"))
    return assembly.say(f"updated_{prefix}", **{name: parts[name] for name in wanted})
