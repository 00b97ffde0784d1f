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
    ParamType,
    Prefix,
    ReferenceValue,
    TokenValue,
    UriValue,
    Value,
)
from hub.store.relational.search.alternatives import KNOWN_MODIFIERS, POSTING, TABLES, TERMS, Alternative, param_number, type_named
from hub.store.relational.search.assembly import Assembly, Sql
from hub.store.relational.search.terms import term_alternative
from hub.store.relational.search.values import value_alternative

__all__ = ["Condition", "compile_clause", "rows_of", "terms_of"]

_INSTANT_PREFIX: Final = {Prefix.SA: Prefix.GT, Prefix.EB: Prefix.LT, Prefix.AP: Prefix.EQ}  # the same for what has no extent


@dataclass(frozen=True, slots=True)
class Condition:
    """test: as a condition on r. With `table`, the selections also give the matching keys themselves (a driver).

    narrow: every one finds its rows by the index. ordered: there is one, whose rows stand in key order.
    """

    test: Sql
    table: Sql | None = None
    selections: tuple[Sql, ...] = ()
    narrow: bool = False
    ordered: bool = False


def compile_clause(assembly: Assembly, type_: str, clause: Clause) -> Condition:
    if clause.param == "_id":
        return _of_row(assembly, clause, [assembly.say("id_is", id=_code(value)) for value in clause.values])
    if clause.param == "_lastUpdated":
        return _of_row(assembly, clause, [_updated(assembly, value) for value in clause.values])
    if clause.type not in TERMS and clause.type not in TABLES:
        raise StoreError(f"the store keeps no index for parameters of the type {clause.type}")
    if all(isinstance(value, MissingValue) for value in clause.values):
        return Condition(_missing(assembly, type_, clause))
    return _of_index(assembly, type_, clause)


def rows_of(assembly: Assembly, type_: str, param: str) -> Sql:
    """The values of a parameter, wherever they are kept, as a condition on i."""
    return assembly.any_of(
        assembly.say("any_of_param", param=param_number(assembly, type_, place.param)) for place in places_of(type_, param)
    )


def terms_of(assembly: Assembly, type_: str, param: str) -> Sql:
    """The terms of a parameter, wherever they are kept, as a condition on t."""
    return assembly.any_of(_terms_at(assembly, type_, place) for place in places_of(type_, param))


def _terms_at(assembly: Assembly, type_: str, place: Place) -> Sql:
    number = param_number(assembly, type_, place.param)
    if place.target is None:
        return assembly.say("any_term", param=number)
    return assembly.say("any_target", param=number, type=place.target)


def _of_row(assembly: Assembly, clause: Clause, alternatives: Iterable[Sql]) -> Condition:
    test = assembly.any_of(alternatives)
    return Condition(_negated(test) if clause.modifier == "not" else test)


def _of_index(assembly: Assembly, type_: str, clause: Clause) -> Condition:
    places = places_of(type_, clause.param)
    if clause.modifier == "identifier":  # a logical reference: its identifier is a token of its own parameter
        places = _logical(places)
    elif clause.type is not ParamType.REFERENCE and clause.modifier not in KNOWN_MODIFIERS:
        raise StoreError("the search has a modifier that the store does not know")
    found = [
        _alternative(assembly, param_number(assembly, type_, place.param), clause.modifier, value)
        for value in clause.values
        for place, value in _asked_at(places, clause.modifier, value)
    ]
    test = assembly.any_of(each.test for each in found)
    if clause.modifier == "not" or not all(each.selections for each in found):
        return Condition(_negated(test) if clause.modifier == "not" else test)
    selections = tuple(selection for each in found for selection in each.selections)
    ordered = len(found) == 1 and found[0].ordered
    return Condition(test, TABLES.get(clause.type, POSTING), selections, narrow=bool(found), ordered=ordered)


def _missing(assembly: Assembly, type_: str, clause: Clause) -> Sql:
    if clause.type in TABLES:
        here = assembly.say("has", table=TABLES[clause.type], selection=rows_of(assembly, type_, clause.param))
    else:
        places = places_of(type_, clause.param)
        both = (*places, *(_logical(places) if clause.type is ParamType.REFERENCE else ()))
        here = assembly.say("has_own", terms=assembly.any_of(_terms_at(assembly, type_, place) for place in both))
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
        elif place.target is not None and (value.type or type_named(modifier)) in (None, place.target):
            yield place, replace(value, type=place.target)


def _alternative(assembly: Assembly, param: Sql, modifier: str | None, value: Value) -> Alternative:
    match value:
        case TokenValue() | ReferenceValue() | UriValue():
            return term_alternative(assembly, param, modifier, value)
        case MissingValue():
            raise StoreError("missing cannot stand beside other values")
        case _:
            return value_alternative(assembly, param, modifier, value)


def _negated(test: Sql) -> Sql:
    return Sql(f"NOT {test}")


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
