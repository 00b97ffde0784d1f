"""Where the index entries of a search parameter are kept. Many parameters say again what others say: it is kept once.

    Observation.combo-code   is   code or component-code               (https://hl7.org/fhir/R4/observation.html#search)
    Observation.patient      is   subject, of those that lead to a Patient

Both are read off R4's own expressions, so nothing is listed here. A reference that is not literal (an absolute URI, or the identifier
of a logical one) does not always tell its type, so those are kept under each parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from hub.fhir.elements import is_resource_type
from hub.fhir.search.parameters import SearchParameter, parameters_of
from hub.fhir.search.query import ParamType
from hub.fhir.search.routes import LeadsTo, Route, compile_expression

__all__ = ["OF_THE_ROW", "Place", "places_of", "routes_of"]

OF_THE_ROW: Final = frozenset({"_id", "_lastUpdated"})  # the store's own columns


@dataclass(frozen=True, slots=True)
class Place:
    """param: under which parameter of the same type. target: of those, only literal references to this type."""

    param: str
    target: str | None = None


def places_of(type_name: str, code: str) -> tuple[Place, ...]:
    """All of them, together. Its own alone for what R4 does not know."""
    if not is_resource_type(type_name):
        return (Place(code),)
    return _shared(type_name).get(code, (Place(code),))


def routes_of(type_name: str, parameter: SearchParameter) -> tuple[Route, ...]:
    """Patient.deceased is no path: `extract` answers it by hand."""
    if (type_name, parameter.code) == ("Patient", "deceased"):
        return ()
    return compile_expression(type_name, parameter.expression)


_Routes = frozenset[Route]
_Like = Mapping[str, _Routes]  # the parameters of one kind


@cache
def _shared(type_name: str) -> Mapping[str, tuple[Place, ...]]:
    """Only of those whose entries are kept elsewhere."""
    known: dict[ParamType, dict[str, _Routes]] = {}
    for code, parameter in parameters_of(type_name).items():
        routes = frozenset(routes_of(type_name, parameter) if parameter.is_supported and code not in OF_THE_ROW else ())
        if routes and not any(route.end.types[0] == "Resource" for route in routes):  # the first of a Bundle: which, the parameter says
            known.setdefault(parameter.type, {})[code] = routes
    places = ((code, _places(code, like)) for like in known.values() for code in like)
    return {code: found for code, found in places if found != (Place(code),)}


def _places(code: str, like: _Like) -> tuple[Place, ...]:
    routes = like[code]
    parts = [other for other, theirs in like.items() if theirs < routes or (theirs == routes and other < code)]
    if parts and frozenset().union(*(like[part] for part in parts)) == routes:
        needed = (part for part in parts if not any(_covers(other, part, like) for other in parts))
        return tuple(dict.fromkeys(place for part in needed for place in _places(part, like)))
    target = _target(routes)
    whole = frozenset(map(_without_target, routes))
    wider = next((other for other, theirs in like.items() if theirs == whole), None) if target is not None else None
    if wider is None:
        return (Place(code),)
    return (*(Place(place.param, target) for place in _places(wider, like)), Place(code))


def _covers(other: str, part: str, like: _Like) -> bool:
    return like[part] < like[other] or (like[part] == like[other] and other < part)


def _target(routes: _Routes) -> str | None:
    """The type to which all of them must lead."""
    kept = {route.steps[-1].keep for route in routes}
    match [*kept]:
        case [(LeadsTo(type_name),)]:
            return type_name
        case _:
            return None


def _without_target(route: Route) -> Route:
    *before, last = route.steps
    return replace(route, steps=(*before, replace(last, keep=())))
