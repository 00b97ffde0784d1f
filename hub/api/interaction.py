"""What all interactions have in common: the caller is known, the address makes sense, and the audit has its row, whatever happens.

An interaction itself is a function of the request and the Asking. It accounts for what it showed (`Asking.looked`), or leaves that
to the engine when it writes; what ends in a refusal or a fault is accounted here.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from hub.api.asking import STRANGER, Asking
from hub.api.face import Face
from hub.api.media_types import require_acceptable
from hub.api.replies import Refusal
from hub.core.visibility import Visibility
from hub.fhir.elements import resource_types

Answer = Callable[[Request, Asking], Awaitable[Response]]
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_VERSION = re.compile(r"[1-9][0-9]{0,17}")
_NOT_KEPT = frozenset({"Bundle", "Parameters"})  # ways to carry other things; to keep one would only look like processing it


@cache
def kept_types() -> tuple[str, ...]:
    """The resource types that the record keeps."""
    return tuple(type_ for type_ in resource_types() if type_ not in _NOT_KEPT)


@dataclass(frozen=True, slots=True)
class Interaction:
    """name: the interaction's code ("read") or the operation's name. action: AuditEvent.action, one of C R U D E."""

    name: str
    action: str
    answer: Answer

    async def respond(self, request: Request) -> Response:
        request.state.interaction = self.name
        asking = _begin(request, self.name, self.action)
        try:
            _require_known(asking)
            require_acceptable(request.query_params.get("_format"), request.headers.get("accept"))
            asking.resource = address_of(request)
            return await self.answer(request, asking)
        except Refusal as refusal:
            await _account(asking, by_hub=refusal.status >= 500)
            raise
        except Exception:
            await _account(asking, by_hub=True)
            raise


async def _account(asking: Asking, *, by_hub: bool) -> None:
    """A refusal that cannot be accounted is not told (503). Where the hub itself failed, the audit may be what fails: told all the same."""
    if asking.is_accounted:
        return
    if not by_hub:
        await asking.refused()
        return
    with suppress(Exception):
        await asking.failed()


def _begin(request: Request, name: str, action: str) -> Asking:
    face: Face = request.app.state.face
    caller = face.door.admit(request.headers, request.client.host if request.client else None)
    if caller is None:
        return Asking(face, STRANGER, Visibility(STRANGER, "nobody", people=frozenset(), types=frozenset()), name, action)
    return Asking(face, caller, face.permit(caller), name, action)


def _require_known(asking: Asking) -> None:
    if asking.caller is STRANGER:
        raise Refusal(401, "login", "this hub does not know who is calling")


def address_of(request: Request) -> str | None:
    """The resource that the address names, for the audit. Raises Refusal 404 for an address that no resource of ours can have."""
    type_, id_, version = (request.path_params.get(name) for name in ("type", "id", "version"))
    if type_ is None:
        return None
    if type_ not in kept_types():
        raise Refusal(404, "not-supported", "this hub keeps no such resource type")
    if id_ is None:
        return str(type_)
    if id_.startswith("$"):
        raise Refusal(404, "not-supported", "this hub has no such operation")
    if _ID.fullmatch(id_) is None or (version is not None and _VERSION.fullmatch(version) is None):
        raise Refusal(404, "not-found", "no resource can have this address")
    return f"{type_}/{id_}" if version is None else f"{type_}/{id_}/_history/{version}"
