"""Answers in FHIR's shapes. HTTP: https://hl7.org/fhir/R4/http.html; outcomes: https://hl7.org/fhir/R4/operationoutcome.html"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from starlette.responses import Response

from hub.api.face import FHIR_JSON
from hub.core.diagnostics import Diagnostic, Severity
from hub.core.json import Resource, render_json
from hub.fhir.outcome import issue, operation_outcome

# Records of people: kept by nobody on the way. A resource may be kept by the client itself, and is asked after each time (ETag).
_NOT_KEPT: Final = {"cache-control": "no-store"}
_ASKED_AFTER: Final = {"cache-control": "private, no-cache"}


class Refusal(Exception):
    """An interaction that ends with an OperationOutcome. Raised by interactions, answered by the server.

    text: for a person, never a value from the request. issue: FHIR issue-type.
    """

    def __init__(
        self,
        status: int,
        issue: str,
        text: str,
        *,
        diagnostics: Sequence[Diagnostic] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.issue = issue
        self.text = text
        self.diagnostics = tuple(diagnostics)
        self.headers = dict(headers or {})

    def outcome(self) -> Resource:
        if self.diagnostics:
            return operation_outcome(self.diagnostics)
        return {"resourceType": "OperationOutcome", "issue": [issue(Severity.ERROR, self.issue, self.text)]}

    def response(self) -> Response:
        return reply(self.outcome(), status=self.status, headers=self.headers)


def busy() -> Refusal:
    """The store could not do it now."""
    return Refusal(503, "transient", "the hub cannot do this now: try again", headers={"retry-after": "1"})


def stale() -> Refusal:
    """If-Match named another version than the current one."""
    return Refusal(412, "conflict", "the resource has changed since it was read: read it again, then write")


def reply(resource: Resource, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(render_json(resource), status_code=status, media_type=FHIR_JSON, headers={**_NOT_KEPT, **(headers or {})})


def serve(body: bytes, *, version: int, updated: datetime, status: int = 200, location: str | None = None) -> Response:
    """A stored resource with ETag and Last-Modified. An empty body has no type."""
    headers = version_headers(version, updated)
    if location is not None:
        headers["location"] = location
    return Response(body, status_code=status, media_type=FHIR_JSON if body else None, headers=headers)


def version_headers(version: int, updated: datetime) -> dict[str, str]:
    return {**_ASKED_AFTER, "etag": etag(version), "last-modified": http_date(updated)}


def etag(version: int) -> str:
    return f'W/"{version}"'


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)
