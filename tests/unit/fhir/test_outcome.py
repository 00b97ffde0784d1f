"""OperationOutcome and Bundles: what the server says."""

import msgspec
import pytest

from hub.core.diagnostics import Diagnostic, Severity
from hub.core.json import render_json
from hub.fhir.bundle import document, history, history_entry, response_entry, search_entry, searchset, transaction_response
from hub.fhir.codes import REQUIRED, UNKNOWN_PARAMETER
from hub.fhir.outcome import issue, operation_outcome
from hub.fhir.validate import validate


def test_an_issue_for_each_diagnostic():
    outcome = operation_outcome(
        [
            Diagnostic(REQUIRED, "Observation needs it", place="Observation.status", fix="send it"),
            Diagnostic(UNKNOWN_PARAMETER, "known are a, b", place="colour"),
            Diagnostic(UNKNOWN_PARAMETER, "known are a, b"),
        ]
    )
    assert validate(outcome) == []
    assert outcome["issue"] == [
        {
            "severity": "error",
            "code": "required",
            "details": {"text": "F003 required element is missing"},
            "diagnostics": "Observation needs it (send it)",
            "expression": ["Observation.status"],
        },
        {
            "severity": "error",
            "code": "not-supported",
            "details": {"text": "F101 unknown search parameter"},
            "diagnostics": "colour: known are a, b",
        },
        {
            "severity": "error",
            "code": "not-supported",
            "details": {"text": "F101 unknown search parameter"},
            "diagnostics": "known are a, b",
        },
    ]


def test_never_empty():
    outcome = operation_outcome([])
    assert validate(outcome) == []
    assert outcome["issue"][0]["severity"] == "information"


def test_one_issue():
    assert list(issue(Severity.WARNING, "processing", "x", expression=["Patient.name"])) == [
        "severity",
        "code",
        "diagnostics",
        "expression",
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda patient: searchset([search_entry("https://h/Patient/p1", patient)], links={"self": "https://h/Patient"}, total=1),
        lambda _: searchset([], links={"self": "https://h/Patient"}, total=0),
        lambda patient: transaction_response([response_entry("201 Created", location="Patient/p1/_history/1", etag='W/"1"', resource=patient)]),
        lambda _: transaction_response([response_entry("404 Not Found", outcome=operation_outcome([]))], batch=True),
        lambda patient: document(
            [("urn:uuid:8f1f7b1e-7c1e-4f3e-9a52-0d6b6f1f0a01", patient)],
            identifier={"system": "urn:ietf:rfc:3986", "value": "urn:uuid:8f1f7b1e-7c1e-4f3e-9a52-0d6b6f1f0a02"},
            timestamp="2026-02-01T10:00:00Z",
            logical_id="d1",
        ),
        lambda patient: history(
            [
                history_entry("https://h/Patient/p1", None, method="DELETE", url="Patient/p1", status="204 No Content", version=2, updated="2026-02-01T10:00:00Z"),
                history_entry("https://h/Patient/p1", patient, method="PUT", url="Patient/p1", status="201 Created", version=1, updated="2026-02-01T09:00:00Z"),
            ],
            links={"self": "https://h/Patient/p1/_history"},
            total=2,
        ),
    ],
)  # fmt: skip
def test_bundles_are_valid_and_in_order(patient, make):
    bundle = make(patient)
    assert validate(bundle) == []
    assert next(iter(bundle)) == "resourceType"
    standard = ["resourceType", "id", "identifier", "type", "timestamp", "total", "link", "entry"]
    assert list(bundle) == [name for name in standard if name in bundle]


def test_stored_bytes_go_out_as_they_are():
    body = b'{"resourceType":"Observation","valueQuantity":{"value":36.50}}'
    assert body in render_json(searchset([search_entry("x", msgspec.Raw(body))], links={"self": "x"}))
