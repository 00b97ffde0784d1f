"""Diagnostics as FHIR says them: https://hl7.org/fhir/R4/operationoutcome.html"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hub.core.diagnostics import Diagnostic, Severity
from hub.core.json import Resource
from hub.fhir.elements import is_resource_type

__all__ = ["issue", "operation_outcome"]


def issue(severity: Severity, code: str, text: str, *, title: str | None = None, expression: Sequence[str] = ()) -> dict[str, Any]:
    """One OperationOutcome.issue. code: FHIR issue-type. text: for the person who mends it. expression: FHIRPath places."""
    found: dict[str, Any] = {"severity": severity.value, "code": code}
    if title is not None:
        found["details"] = {"text": title}
    found["diagnostics"] = text
    if expression:
        found["expression"] = list(expression)
    return found


def operation_outcome(diagnostics: Iterable[Diagnostic]) -> Resource:
    """Every diagnostic as an issue; one that says so when there is none (an OperationOutcome is never empty)."""
    issues = [_issue(diagnostic) for diagnostic in diagnostics]
    return {
        "resourceType": "OperationOutcome",
        "issue": issues or [issue(Severity.INFORMATION, "informational", "nothing to report")],
    }


def _issue(diagnostic: Diagnostic) -> dict[str, Any]:
    """`details.text` starts with the number that `calder explain` knows."""
    code, place = diagnostic.code, diagnostic.place
    is_fhirpath = place is not None and is_resource_type(place.partition(".")[0])
    before = "" if place is None or is_fhirpath else f"{place}: "
    after = f" ({diagnostic.fix})" if diagnostic.fix else ""
    return issue(
        code.severity,
        code.issue,
        f"{before}{diagnostic.detail}{after}",
        title=f"{code.name} {code.title}",
        expression=(place,) if place is not None and is_fhirpath else (),
    )
