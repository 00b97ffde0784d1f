"""A search, from the parameters of its address to a typed Query. https://hl7.org/fhir/R4/search.html

Strict: whatever is not understood is refused, with the names that are. Lenient (`Prefer: handling=lenient`): unknown parameters are
left out, and `used` shows which were not. What is known and not supported yet (chains, `_has`, composites) is refused both ways:
leaving it out would give a person's record to a question about another.

Chains have their place here: a name with a dot or `_has` becomes a clause of its own kind in `_clause`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.core.diagnostics import Code, Diagnostic
from hub.fhir.codes import MODIFIER, NOT_YET, RESULT_PARAMETER, SEARCH_VALUE, UNKNOWN_PARAMETER
from hub.fhir.elements import is_resource_type
from hub.fhir.search.parameters import SearchParameter, parameters_of
from hub.fhir.search.query import Clause, MissingValue, ParamType, Query, ReferenceValue, Value
from hub.fhir.search.results import IGNORED, RESULT_PARAMETERS
from hub.fhir.search.values import parse_token, parser_of, split

__all__ = ["Parsed", "Refused", "parse_search"]

_MOST_PARAMETERS: Final = 100
_MOST_ALTERNATIVES: Final = 500
_REPEATABLE: Final = frozenset({"_include", "_revinclude", "_elements"})
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]{0,63}")
_MODIFIERS: Final[dict[ParamType, frozenset[str]]] = {
    ParamType.STRING: frozenset({"exact", "contains"}),
    ParamType.TOKEN: frozenset({"not"}),
    ParamType.REFERENCE: frozenset({"identifier"}),
}

Params = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Parsed:
    """used: the parameters that count, as they were given, for the self link."""

    query: Query
    used: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Everything that is wrong with the search."""

    diagnostics: tuple[Diagnostic, ...]


def parse_search(type_name: str, params: Params, *, strict: bool = True, base: str | None = None) -> Parsed | Refused:
    """base: the hub's own address, so that an absolute reference to it is ours. Raises KeyError when R4 has no such type."""
    parameters_of(type_name)
    if len(params) > _MOST_PARAMETERS:
        return Refused((Diagnostic(RESULT_PARAMETER, f"more than {_MOST_PARAMETERS} parameters"),))
    query = Query(type_name)
    used: list[tuple[str, str]] = []
    wrong: list[Diagnostic] = []
    for name, text in params:
        if name in {seen for seen, _ in used} and name in RESULT_PARAMETERS and name not in _REPEATABLE:
            wrong.append(Diagnostic(RESULT_PARAMETER, f"{name} is given twice", place=name))
            continue
        step = _step(query, name, text, base)
        if isinstance(step, Query):
            query = step
            used.append((name, text))
        elif strict or step.code is not UNKNOWN_PARAMETER:
            wrong.append(step)
    return Refused(tuple(wrong)) if wrong else Parsed(query, tuple(used))


def _step(query: Query, name: str, text: str, base: str | None) -> Query | Diagnostic:
    """The query with one parameter more."""
    if name in IGNORED:
        return query
    if name in RESULT_PARAMETERS:
        return RESULT_PARAMETERS[name](query, text)
    clause = _clause(query.type, name, text, base)
    return clause if isinstance(clause, Diagnostic) else replace(query, clauses=(*query.clauses, clause))


def _clause(type_name: str, name: str, text: str, base: str | None) -> Clause | Diagnostic:
    code, _, modifier = name.partition(":")
    if code == "_has" or "." in name:
        return Diagnostic(NOT_YET, "_has and chained parameters: search in two steps")
    if code in RESULT_PARAMETERS:
        return _refuse(NOT_YET, f"{code} with a modifier", "leave the modifier out")
    parameter = parameters_of(type_name).get(code)
    if parameter is None:
        return _unknown(type_name, code)
    if not parameter.is_supported:
        return _refuse(NOT_YET, parameter.code, f"parameters of the type {parameter.type.value} are not searched yet")
    if modifier and not _is_allowed(parameter, modifier):
        return _refuse(MODIFIER, parameter.code, f"after {parameter.code} may stand {', '.join(_allowed(parameter))}")
    return _values(parameter, modifier, text, base)


def _unknown(type_name: str, code: str) -> Diagnostic:
    known = ", ".join(sorted(found.code for found in parameters_of(type_name).values() if found.is_supported))
    place = code if _NAME.fullmatch(code) else None
    return Diagnostic(UNKNOWN_PARAMETER, f"{type_name} can be searched by {known}", place=place)


def _refuse(code: Code, place: str, detail: str) -> Diagnostic:
    return Diagnostic(code, detail, place=place)


def _allowed(parameter: SearchParameter) -> list[str]:
    types = [f":{target}" for target in parameter.targets] if parameter.type is ParamType.REFERENCE else []
    return [":missing", *(f":{modifier}" for modifier in sorted(_MODIFIERS.get(parameter.type, ()))), *types]


def _is_allowed(parameter: SearchParameter, modifier: str) -> bool:
    return f":{modifier}" in _allowed(parameter)


def _values(parameter: SearchParameter, modifier: str, text: str, base: str | None) -> Clause | Diagnostic:
    texts = split(text, ",")
    if len(texts) > _MOST_ALTERNATIVES:
        return _refuse(SEARCH_VALUE, parameter.code, f"more than {_MOST_ALTERNATIVES} alternatives")
    values = [_value(parameter, modifier, part, base) for part in texts]
    known = tuple(value for value in values if value is not None)
    if len(known) < len(values):
        return _refuse(SEARCH_VALUE, parameter.code, f"this is not what {_needed(parameter, modifier)} looks like")
    return Clause(parameter.code, parameter.type, known, modifier or None)


def _needed(parameter: SearchParameter, modifier: str) -> str:
    if modifier == "missing":
        return "true or false"
    return f"a {'token' if modifier == 'identifier' else parameter.type.value}"


def _value(parameter: SearchParameter, modifier: str, text: str, base: str | None) -> Value | None:
    if modifier == "missing":
        return MissingValue(text == "true") if text in {"true", "false"} else None
    if modifier == "identifier":
        return parse_token(text)
    value = parser_of(parameter.type, base=base)(text)
    return _typed(parameter, modifier, value) if isinstance(value, ReferenceValue) else value


def _typed(parameter: SearchParameter, modifier: str, value: ReferenceValue) -> ReferenceValue | None:
    """An id alone is of the type that the modifier says, or the only one that the parameter leads to."""
    if modifier and is_resource_type(modifier):
        return replace(value, type=modifier) if value.id and value.type in {None, modifier} else None
    if value.id and value.type is None and len(parameter.targets) == 1:
        return replace(value, type=parameter.targets[0])
    return value
