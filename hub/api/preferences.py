"""The Prefer header. https://hl7.org/fhir/R4/http.html#ops, RFC 7240: what is not understood is ignored."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Returning(StrEnum):
    """What a write answers with."""

    MINIMAL = "minimal"
    REPRESENTATION = "representation"
    OUTCOME = "OperationOutcome"


def parse_preferences(headers: Iterable[str]) -> dict[str, str]:
    """By name, in lower case; of two with one name the first counts (RFC 7240, section 2)."""
    found: dict[str, str] = {}
    for header in headers:
        for preference in header.split(","):
            name, _, value = preference.partition(";")[0].partition("=")
            found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


def returning(headers: Iterable[str]) -> Returning | None:
    """None: the client did not say, or said something else."""
    wanted = parse_preferences(headers).get("return")
    return next((one for one in Returning if one.value == wanted), None)


def is_lenient(headers: Iterable[str]) -> bool:
    """`handling=lenient`: unknown search parameters are left out instead of refused."""
    return parse_preferences(headers).get("handling") == "lenient"
