"""Answers in FHIR's shapes. HTTP: https://hl7.org/fhir/R4/http.html; outcomes: https://hl7.org/fhir/R4/operationoutcome.html"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime

from starlette.responses import Response

from hub.api.face import FHIR_JSON
from hub.core.diagnostics import Diagnostic
from hub.core.json import Resource, render_json
from hub.fhir.outcome import operation_outcome


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
        return {
            "resourceType": "OperationOutcome",
            "issue": [{"severity": "error", "code": self.issue, "diagnostics": self.text}],
        }

    def response(self) -> Response:
        return reply(self.outcome(), status=self.status, headers=self.headers)


def reply(resource: Resource, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(render_json(resource), status_code=status, media_type=FHIR_JSON, headers=dict(headers or {}))


def serve(body: bytes, *, version: int, updated: datetime, status: int = 200, location: str | None = None) -> Response:
    """A stored resource: the bytes as stored, with ETag and Last-Modified."""
    headers = {"etag": etag(version), "last-modified": http_date(updated)}
    if location is not None:
        headers["location"] = location
    return Response(body, status_code=status, media_type=FHIR_JSON, headers=headers)


def etag(version: int) -> str:
    return f'W/"{version}"'


def parse_etag(text: str) -> int:
    """`W/"3"`, `"3"` and bare `3` are all sent by real clients. Raises Refusal for anything else."""
    digits = text.strip().removeprefix("W/").strip('"')
    if not digits.isdecimal():
        raise Refusal(400, "value", 'the version in If-Match or If-None-Match is written W/"3"')
    return int(digits)


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def instant(moment: datetime) -> str:
    """A FHIR instant, in UTC to the millisecond."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
