"""The common beginning of every interaction: who asks, what they may see, the bounded body; and its end, the audit row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import Request

from hub.api.face import Face
from hub.api.replies import Refusal
from hub.core.caller import Caller
from hub.core.json import Json, JsonError, parse_json
from hub.core.visibility import Visibility
from hub.store.contract import Transaction
from hub.store.rows import AuditRow

_JSON_TYPES = ("application/fhir+json", "application/json", "text/json", "")
_ACCEPTABLE = ("application/fhir+json", "application/json", "application/*", "text/json", "*/*")


@dataclass(frozen=True, slots=True)
class Asking:
    """One request, admitted."""

    face: Face
    caller: Caller
    visibility: Visibility

    async def looked(self, interaction: str, people: Iterable[str | None], *, resource: str | None = None, action: str = "R") -> None:
        """Write who was looked at, durably, before the answer goes out: one row for each person, one when there is nobody."""
        await self._write(interaction, people, resource, action, "0")

    async def refused(self, interaction: str, *, resource: str | None = None, action: str = "R") -> None:
        """The look that found nothing or was refused leaves its trace too."""
        await self._write(interaction, (None,), resource, action, "4")

    async def _write(self, interaction: str, people: Iterable[str | None], resource: str | None, action: str, outcome: str) -> None:
        now = self.face.clock.now()
        rows = [
            AuditRow(
                at=now,
                client=self.caller.client,
                organisation=self.caller.organisation,
                user=self.caller.user,
                purpose=self.caller.purpose,
                action=action,
                interaction=interaction,
                outcome=outcome,
                person=person,
                resource=resource,
                basis=self.visibility.basis,
            )
            for person in dict.fromkeys(people) or (None,)
        ]

        def work(transaction: Transaction) -> None:
            for row in rows:
                transaction.audit(row)

        await self.face.store.submit(work)


def admit(request: Request) -> Asking:
    """Raises Refusal 401 for strangers, 406 when JSON is not acceptable to the client."""
    face: Face = request.app.state.face
    caller = face.door.admit(request.headers, request.client.host if request.client else None)
    if caller is None:
        raise Refusal(401, "login", "this hub does not know who is calling")
    _check_acceptable(request)
    return Asking(face, caller, face.permit(caller))


async def read_body(request: Request, face: Face) -> bytes:
    """The body, never more than the limit in memory."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > face.limits.body:
            raise Refusal(413, "too-long", f"the body is over {face.limits.body} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


async def read_resource(request: Request, face: Face) -> tuple[bytes, Json]:
    """The body as sent, and as a value. Raises Refusal 415, 413 or 400."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _JSON_TYPES:
        raise Refusal(415, "not-supported", "send FHIR as application/fhir+json")
    body = await read_body(request, face)
    return body, parse_body(body)


def parse_body(body: bytes) -> Json:
    try:
        return parse_json(body)
    except JsonError as error:
        raise Refusal(400, "structure", f"the body is not JSON: {error}") from None


def _check_acceptable(request: Request) -> None:
    wanted = request.query_params.get("_format") or request.headers.get("accept") or "*/*"
    names = [part.partition(";")[0].strip().lower() for part in wanted.replace(" ", "+").split(",")]
    if not any(name in _ACCEPTABLE or name in ("json", "") for name in names):
        raise Refusal(406, "not-supported", "this hub answers in application/fhir+json")
