"""The CapabilityStatement, made from what is registered: it cannot promise what is not there.

https://hl7.org/fhir/R4/capabilitystatement.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hub.core.json import Resource
from hub.fhir.search.parameters import SearchParameter, parameters_of
from hub.fhir.search.query import ParamType

__all__ = ["OAuthAddresses", "Operation", "capability_statement"]

# The interactions that belong to the whole system; all others belong to a type.
_OF_THE_SYSTEM: Final = frozenset({"transaction", "batch", "search-system", "history-system"})
_OAUTH_URIS: Final = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SECURITY_SERVICE: Final = "http://terminology.hl7.org/CodeSystem/restful-security-service"


@dataclass(frozen=True, slots=True)
class Operation:
    """name without the dollar. types: where it is offered; none for the whole system. definition: canonical URL."""

    name: str
    definition: str
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OAuthAddresses:
    """http://hl7.org/fhir/smart-app-launch/1.0.0/conformance (some clients read them only here)."""

    token: str
    authorize: str | None = None


def capability_statement(
    *,
    url: str,
    name: str,
    version: str,
    released: str,
    interactions: Mapping[str, Sequence[str]],
    operations: Sequence[Operation] = (),
    conditional: bool = True,
    oauth: OAuthAddresses | None = None,
) -> Resource:
    """url: the hub's FHIR base. released: the date of this version, as FHIR writes it.

    interactions: resource type -> TypeRestfulInteraction codes ("read", "search-type", ...); those of the whole
    system under "". conditional: whether conditional create and update are answered.
    """
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": released,
        "kind": "instance",
        "software": {"name": name, "version": version},
        "implementation": {"description": name, "url": url},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [_rest(interactions, operations, conditional=conditional, oauth=oauth)],
    }


def _rest(
    interactions: Mapping[str, Sequence[str]], operations: Sequence[Operation], *, conditional: bool, oauth: OAuthAddresses | None
) -> dict[str, Any]:
    rest: dict[str, Any] = {"mode": "server"}
    if oauth is not None:
        rest["security"] = _security(oauth)
    types = [type_name for type_name in interactions if type_name]
    rest["resource"] = [_resource(type_name, interactions[type_name], operations, conditional=conditional) for type_name in types]
    whole = [{"code": code} for code in interactions.get("", ()) if code in _OF_THE_SYSTEM]
    if whole:
        rest["interaction"] = whole
    if offered := [_operation(operation) for operation in operations if not operation.types]:
        rest["operation"] = offered
    return rest


def _resource(type_name: str, codes: Sequence[str], operations: Sequence[Operation], *, conditional: bool) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "type": type_name,
        "interaction": [{"code": code} for code in codes],
        "versioning": "versioned-update",
        "readHistory": "vread" in codes,
        "updateCreate": "update" in codes,
        "conditionalCreate": conditional and "create" in codes,
        "conditionalRead": "not-match",
        "conditionalUpdate": conditional and "update" in codes,
        "conditionalDelete": "not-supported",
        "referencePolicy": ["literal", "logical"],
    }
    if "search-type" in codes:
        resource |= _search(type_name)
    if offered := [_operation(operation) for operation in operations if type_name in operation.types]:
        resource["operation"] = offered
    return resource


def _search(type_name: str) -> dict[str, Any]:
    known = [parameter for parameter in parameters_of(type_name).values() if parameter.is_supported]
    found: dict[str, Any] = {}
    if links := sorted(parameter.code for parameter in known if parameter.type is ParamType.REFERENCE):
        found["searchInclude"] = [f"{type_name}:{code}" for code in links]
    found["searchParam"] = [_parameter(parameter) for parameter in sorted(known, key=lambda parameter: parameter.code)]
    return found


def _parameter(parameter: SearchParameter) -> dict[str, str]:
    return {"name": parameter.code, "definition": parameter.definition, "type": parameter.type.value}


def _operation(operation: Operation) -> dict[str, str]:
    return {"name": operation.name, "definition": operation.definition}


def _security(oauth: OAuthAddresses) -> dict[str, Any]:
    addresses = {"authorize": oauth.authorize, "token": oauth.token}
    return {
        "extension": [
            {
                "url": _OAUTH_URIS,
                "extension": [{"url": kind, "valueUri": address} for kind, address in addresses.items() if address is not None],
            }
        ],
        "service": [{"coding": [{"system": _SECURITY_SERVICE, "code": "SMART-on-FHIR"}]}],
    }
