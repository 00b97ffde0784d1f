"""capabilities: what this server does, made from what is registered. https://hl7.org/fhir/R4/http.html#capabilities"""

from __future__ import annotations

from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from hub.api.asking import admit
from hub.api.replies import reply
from hub.core.json import Resource
from hub.fhir.capability import Operation, capability_statement
from hub.fhir.elements import resource_types

OF_A_TYPE = ("read", "vread", "update", "create", "history-instance", "search-type")
OF_THE_SYSTEM = ("transaction", "batch")
EMERGENCY_CARE = Operation("emergency-care", "urn:x-calder:OperationDefinition/emergency-care", ("Patient",))
RELEASED = "2026-11-23"


async def capabilities(request: Request) -> Response:
    face = admit(request).face
    return reply(_statement(face.base, face.software_version))


@lru_cache(maxsize=8)
def _statement(base: str, version: str) -> Resource:
    return capability_statement(
        url=base,
        name="Calder",
        version=version,
        released=RELEASED,
        interactions={"": OF_THE_SYSTEM} | {type_: OF_A_TYPE for type_ in resource_types() if type_ not in ("Bundle", "Parameters")},
        operations=(EMERGENCY_CARE,),
        conditional=True,
    )
