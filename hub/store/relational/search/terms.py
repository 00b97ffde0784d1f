"""Tokens, references and uris: found whole, by the terms that say them. https://hl7.org/fhir/R4/search.html#token"""

from __future__ import annotations

from hub.fhir.search.query import ReferenceValue, TokenValue, UriValue
from hub.store.relational.search.alternatives import POSTING, Alternative, type_named
from hub.store.relational.search.assembly import Assembly, Sql

__all__ = ["term_alternative"]


def term_alternative(assembly: Assembly, param: Sql, modifier: str | None, value: TokenValue | ReferenceValue | UriValue) -> Alternative:
    match value:
        case TokenValue():
            return _token(assembly, param, value)
        case ReferenceValue(uri=str()):
            return _one(assembly, assembly.say("reference_uri", param=param, target=value.uri))
        case ReferenceValue():
            return _reference(assembly, param, value.id, value.type or type_named(modifier))
        case UriValue():
            return _one(assembly, assembly.say("uri_is", param=param, uri=value.uri))


def _token(assembly: Assembly, param: Sql, value: TokenValue) -> Alternative:
    match value:
        case TokenValue(system=None, code=None):
            return Alternative(assembly.say("has_own", terms=assembly.say("any_term", param=param)))
        case TokenValue(system=None):
            return _some(assembly, assembly.say("token_code", param=param, code=value.code))
        case TokenValue(code=None):
            return Alternative(assembly.say("has_own", terms=assembly.say("token_system", param=param, system=value.system)))
        case _:
            return _one(assembly, assembly.say("token_both", param=param, code=value.code, system=value.system))


def _reference(assembly: Assembly, param: Sql, target: str | None, type_: str | None) -> Alternative:
    if type_ is None:
        return _some(assembly, assembly.say("reference_id", param=param, target=target))
    return _one(assembly, assembly.say("reference_typed", param=param, target=target, type=type_))


def _one(assembly: Assembly, terms: Sql) -> Alternative:
    """Those of one term, if it is there at all."""
    return _of(assembly, assembly.say("of_term", terms=terms), ordered=True)


def _some(assembly: Assembly, terms: Sql) -> Alternative:
    return _of(assembly, assembly.say("of_terms", terms=terms), ordered=False)


def _of(assembly: Assembly, selection: Sql, *, ordered: bool) -> Alternative:
    return Alternative(assembly.say("has", table=POSTING, selection=selection), (selection,), ordered)
