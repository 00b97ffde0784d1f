"""history of one resource, newest first. https://hl7.org/fhir/R4/http.html#history"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from hub.api.asking import admit
from hub.api.masking import shown
from hub.api.replies import Refusal, etag, instant, reply
from hub.core.json import Resource, parse_json
from hub.core.visibility import Visibility
from hub.store.rows import Version

_METHODS = {"create": "POST", "update": "PUT", "delete": "DELETE"}


async def history(request: Request) -> Response:
    asking = admit(request)
    type_, id_ = request.path_params["type"], request.path_params["id"]
    versions = await asking.face.store.history(asking.visibility, type_, id_, limit=asking.face.limits.page)
    if not versions:
        await asking.refused("history-instance", resource=f"{type_}/{id_}")
        raise Refusal(404, "not-found", "no such resource")
    await asking.looked("history-instance", [version.person for version in versions], resource=f"{type_}/{id_}")
    base = asking.face.base
    bundle: Resource = {
        "resourceType": "Bundle",
        "type": "history",
        "total": len(versions),
        "link": [{"relation": "self", "url": f"{base}/{type_}/{id_}/_history"}],
        "entry": [_entry(version, asking.visibility, base) for version in versions],
    }
    return reply(bundle)


def _entry(version: Version, visibility: Visibility, base: str) -> Resource:
    url = f"{version.type}/{version.id}"
    entry: Resource = {"fullUrl": f"{base}/{url}"}
    if not version.deleted:
        entry["resource"] = parse_json(shown(version, visibility))
    entry["request"] = {"method": _METHODS[version.interaction], "url": version.type if version.interaction == "create" else url}
    status = {"create": "201", "update": "200", "delete": "204"}[version.interaction]
    entry["response"] = {"status": status, "etag": etag(version.version), "lastModified": instant(version.updated)}
    return entry
