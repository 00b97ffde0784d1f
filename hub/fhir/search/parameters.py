"""The search parameters of a resource type: HL7's official ones, and those of every resource.

https://hl7.org/fhir/R4/searchparameter-registry.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from hub.fhir.elements import is_resource_type
from hub.fhir.facts import ParameterFacts, find_parameters
from hub.fhir.search.query import ParamType

__all__ = ["SearchParameter", "parameters_of"]

_RESOLVES_TO: Final = re.compile(r"\.where\(resolve\(\) is (\w+)\)$")

# Declared for every resource, and not answered here: full-text search, named queries.
_WITHOUT_EXPRESSION: Final = frozenset({"_text", "_content", "_query"})


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """targets: the resource types a reference parameter may lead to."""

    code: str
    type: ParamType
    definition: str  # canonical URL
    expression: str
    targets: tuple[str, ...] = ()

    @property
    def is_supported(self) -> bool:
        """Composite and special parameters are not searched yet."""
        return self.type not in {ParamType.COMPOSITE, ParamType.SPECIAL}


@cache
def _declared(type_name: str) -> tuple[SearchParameter, ...]:
    return tuple(_parameter(facts) for facts in find_parameters(type_name) if facts.code not in _WITHOUT_EXPRESSION)


def _parameter(facts: ParameterFacts) -> SearchParameter:
    definition = f"http://hl7.org/fhir/SearchParameter/{facts.id}"
    expression = facts.expression or ""
    return SearchParameter(facts.code, ParamType(facts.type), definition, expression, _targets(expression, facts.targets))


def _targets(expression: str, declared: tuple[str, ...]) -> tuple[str, ...]:
    """`patient` is declared with all targets of `subject`; its expression keeps only Patient."""
    kept = [_RESOLVES_TO.search(part) for part in expression.split(" | ")]
    narrowed = dict.fromkeys(found[1] for found in kept if found)
    return tuple(narrowed) if narrowed and all(kept) else declared


@cache
def _parameters_of(type_name: str) -> Mapping[str, SearchParameter]:
    several = (*_declared("Resource"), *_declared(type_name))
    return MappingProxyType({parameter.code: parameter for parameter in several})


def parameters_of(type_name: str) -> Mapping[str, SearchParameter]:
    """By code, those of every resource (`_id`, `_lastUpdated`, `_tag`, ...) first. Raises KeyError when R4 has no such type."""
    if not is_resource_type(type_name):
        raise KeyError("R4 has no such resource type")
    return _parameters_of(type_name)
