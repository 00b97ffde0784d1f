"""capabilities: what this server does, made from what is registered. https://hl7.org/fhir/R4/http.html#capabilities

Answered to everybody: a client reads it to learn how to identify itself.
"""

from __future__ import annotations

from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from hub.api.face import FHIR_JSON, Face
from hub.api.interaction import kept_types
from hub.api.media_types import require_acceptable
from hub.core.json import render_json
from hub.fhir.capability import Operation, capability_statement

OF_A_TYPE = ("read", "vread", "update", "create", "history-instance", "search-type")
OF_THE_SYSTEM = ("transaction", "batch")
EMERGENCY_CARE = Operation("emergency-care", "urn:x-calder:OperationDefinition/emergency-care", ("Patient",))
RELEASED = "2026-11-23"


async def capabilities(request: Request) -> Response:
    require_acceptable(request.query_params.get("_format"), request.headers.get("accept"))
    face: Face = request.app.state.face
    return Response(_statement(face.base, face.software_version), media_type=FHIR_JSON)


@lru_cache(maxsize=8)
def _statement(base: str, version: str) -> bytes:
    statement = capability_statement(
        url=base,
        name="Calder",
        version=version,
        released=RELEASED,
        interactions={"": OF_THE_SYSTEM} | dict.fromkeys(kept_types(), OF_A_TYPE),
        operations=(EMERGENCY_CARE,),
        conditional=True,
    )
    for resource in statement["rest"][0]["resource"]:
        resource["conditionalUpdate"] = False  # `conditional` speaks of create and update in one; only create is answered
    return render_json(statement)
