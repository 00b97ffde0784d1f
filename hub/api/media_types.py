"""What is sent and what is wanted: Content-Type, Content-Encoding, Accept and `_format`.

https://hl7.org/fhir/R4/http.html#mime-type, RFC 9110 sections 8.3 and 12.5.1. The hub speaks JSON, in UTF-8, FHIR 4.0.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.api.replies import Refusal

FORM = "application/x-www-form-urlencoded"
_JSON = frozenset({"application/fhir+json", "application/json", "text/json"})
_WANTED = _JSON | {"application/*", "*/*", "json"}
_UTF_8 = frozenset({"", "utf-8", "utf8", "us-ascii"})
_VERSIONS = frozenset({"", "4.0", "4.0.1"})


def parse_media_type(text: str) -> tuple[str, dict[str, str]]:
    """`application/fhir+json; charset="UTF-8"` to the type and its parameters, names in lower case, values without quotes."""
    name, *parameters = text.split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    return name.strip().lower(), {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}


def require_json(headers: Mapping[str, str]) -> None:
    """Raises Refusal 415 for a body that is not FHIR JSON. A body without a type is taken for JSON."""
    _require(headers, _JSON, "send FHIR as application/fhir+json, in UTF-8, not compressed")


def require_form(headers: Mapping[str, str]) -> None:
    _require(headers, frozenset({FORM}), f"send a search as {FORM}, in UTF-8, not compressed")


def _require(headers: Mapping[str, str], names: frozenset[str], text: str) -> None:
    name, parameters = parse_media_type(headers.get("content-type", ""))
    plain = headers.get("content-encoding", "identity").strip().lower() in ("identity", "")
    readable = parameters.get("charset", "").lower() in _UTF_8 and parameters.get("fhirversion", "") in _VERSIONS
    if (name and name not in names) or not plain or not readable:
        raise Refusal(415, "not-supported", text)


def require_acceptable(format_: str | None, accept: str | None) -> None:
    """Raises Refusal 406 when JSON is not among what the client takes. `_format` goes before Accept."""
    if format_:
        wanted = [format_.replace(" ", "+")]  # a plus sign in an address that was not written %2B
    else:
        wanted = (accept or "*/*").split(",")
    if not any(_is_wanted(one) for one in wanted):
        raise Refusal(406, "not-supported", "this hub answers in application/fhir+json")


def _is_wanted(text: str) -> bool:
    name, parameters = parse_media_type(text)
    return (not name or name in _WANTED) and not _is_zero(parameters.get("q", "1")) and parameters.get("fhirversion", "") in _VERSIONS


def _is_zero(weight: str) -> bool:
    """`;q=0` means: anything but this."""
    return weight.rstrip("0").rstrip(".") in ("", "0")
