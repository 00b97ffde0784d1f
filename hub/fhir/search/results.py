"""The parameters that shape the answer, not the selection: `_count`, `_sort`, `_include` and the like.

https://hl7.org/fhir/R4/search.html#return. Each gives what it changes in the Query, or a Diagnostic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from hub.core.diagnostics import Diagnostic
from hub.fhir.codes import NOT_SORTABLE, NOT_YET, RESULT_PARAMETER
from hub.fhir.elements import elements_of, is_resource_type
from hub.fhir.search.parameters import parameters_of
from hub.fhir.search.query import Include, ParamType, Query, Sort

__all__ = ["IGNORED", "LARGEST_COUNT", "RESULT_PARAMETERS"]

LARGEST_COUNT: Final = 1000
_MOST_SORTS: Final = 8

# Known to clients and without meaning here: the format is settled by the HTTP side.
IGNORED: Final = frozenset({"_format", "_pretty", "_totalMethod"})

ResultParameter = Callable[[Query, str], Query | Diagnostic]


def _refuse(name: str, detail: str) -> Diagnostic:
    return Diagnostic(RESULT_PARAMETER, f"{name}: {detail}", place=name)


def _count(query: Query, text: str) -> Query | Diagnostic:
    """More than the largest page is answered with the largest page; 0 asks for the total only."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return _refuse("_count", "a whole number from 0 is needed")
    count = min(int(text), LARGEST_COUNT)
    return replace(query, count=count, total=query.total or count == 0)


def _sort(query: Query, text: str) -> Query | Diagnostic:
    known = parameters_of(query.type)
    wanted: list[Sort] = []
    for part in text.split(",", _MOST_SORTS):
        code = part.removeprefix("-")
        parameter = known.get(code)
        if parameter is None or not parameter.is_supported:
            sortable = ", ".join(sorted(name for name, found in known.items() if found.is_supported))
            return Diagnostic(NOT_SORTABLE, f"{query.type} can be sorted by {sortable}", place="_sort")
        wanted.append(Sort(code, parameter.type, descending=part.startswith("-")))
    return replace(query, sort=tuple(wanted))


def _total(query: Query, text: str) -> Query | Diagnostic:
    """An estimate is given exactly."""
    if text not in {"none", "estimate", "accurate"}:
        return _refuse("_total", "one of none, estimate, accurate is needed")
    return replace(query, total=query.total or text != "none")


def _summary(query: Query, text: str) -> Query | Diagnostic:
    if text not in {"true", "text", "data", "count", "false"}:
        return _refuse("_summary", "one of true, text, data, count, false is needed")
    return replace(query, summary=None if text == "false" else text, total=query.total or text == "count")


def _elements(query: Query, text: str) -> Query | Diagnostic:
    """Names of elements of the type; `value` for value[x]."""
    names = tuple(text.split(","))
    known = {"resourceType"}
    for name, element in elements_of(query.type).items():
        known |= {name, element.path.rpartition(".")[2].removesuffix("[x]")}
    if not known.issuperset(names):
        return _refuse("_elements", f"names of elements of {query.type} are needed")
    return replace(query, elements=(*query.elements, *names))


def _include(query: Query, text: str) -> Query | Diagnostic:
    include = _parse_include("_include", text, reverse=False)
    if isinstance(include, Include) and include.source != query.type:
        return _refuse("_include", f"what is included is named by {query.type}: {query.type}:parameter")
    return include if isinstance(include, Diagnostic) else replace(query, includes=(*query.includes, include))


def _revinclude(query: Query, text: str) -> Query | Diagnostic:
    include = _parse_include("_revinclude", text, reverse=True)
    if isinstance(include, Include) and query.type not in parameters_of(include.source)[include.param].targets:
        return _refuse("_revinclude", f"{include.source}:{include.param} does not lead to {query.type}")
    return include if isinstance(include, Diagnostic) else replace(query, includes=(*query.includes, include))


def _parse_include(name: str, text: str, *, reverse: bool) -> Include | Diagnostic:
    source, _, rest = text.partition(":")
    param, _, target = rest.partition(":")
    if text == "*" or param == "*":
        return Diagnostic(NOT_YET, f"{name}: name the parameters to include one by one", place=name)
    if not is_resource_type(source) or (target and not is_resource_type(target)):
        return _refuse(name, "Type:parameter or Type:parameter:Target is needed")
    links = {code: found for code, found in parameters_of(source).items() if found.type is ParamType.REFERENCE}
    if param not in links:
        return _refuse(name, f"the references of {source} are {', '.join(sorted(links)) or 'none'}")
    if target and target not in links[param].targets:
        return _refuse(name, f"{source}:{param} leads to {', '.join(sorted(links[param].targets))}")
    return Include(source, param, target or None, reverse)


RESULT_PARAMETERS: Final[dict[str, ResultParameter]] = {
    "_count": _count,
    "_sort": _sort,
    "_total": _total,
    "_summary": _summary,
    "_elements": _elements,
    "_include": _include,
    "_revinclude": _revinclude,
}
