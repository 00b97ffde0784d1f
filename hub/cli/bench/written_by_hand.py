"""Laboratory results from FHIR to ORU^R01, written by hand: what the map `hl7v2/messages/oru_r01`, backward, is measured against.

As somebody would write it who has this one message to do: dicts are read, codes are literals, fields are joined. It writes the same bytes
and no more: no diagnostics, no other profile. Never used by the hub. tests/unit/cli/test_bench_by_hand.py compares the bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.core.json import Resource

__all__ = ["write_by_hand"]

_AUTHORITY = "urn:x-calder:authority:"
_CODESYSTEM = "urn:x-calder:codesystem:"
_NHS = "https://fhir.nhs.uk/Id/nhs-number"
_TABLE_0078 = "http://terminology.hl7.org/CodeSystem/v2-0078"
_GENDERS = {"female": "F", "male": "M", "other": "O", "unknown": "U"}
_NAME_USES = {"official": "L", "usual": "D", "maiden": "M"}
_STATUSES = {"final": "F", "preliminary": "P", "corrected": "C"}
_ESCAPES = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"})


def write_by_hand(resources: Sequence[Resource], *, control_id: str, written_at: str) -> bytes:
    """The report's message, its results in the order of the report."""
    by_id = {f"{each['resourceType']}/{each['id']}": each for each in resources}
    report = next(each for each in resources if each["resourceType"] == "DiagnosticReport")
    results = [by_id[each["reference"]] for each in report["result"]]
    segments = [
        ["MSH", "^~\\&", "", "", "", "", written_at, "", "ORU^R01^ORU_R01", control_id, "P", "2.5.1"],
        _patient(by_id[report["subject"]["reference"]]),
        _report(report),
        *(_result(number, each) for number, each in enumerate(results, 1)),
    ]
    return "".join(f"{'|'.join(fields).rstrip('|')}\r" for fields in segments).encode()


def _patient(patient: Resource) -> list[str]:
    numbers = "~".join(f"{_text(each['value'])}^^^{_authority(each['system'])}^{_code(each['type'])}" for each in patient["identifier"])
    name = patient["name"][0]
    parts = [name["family"], *name["given"][:2], *([""] * (2 - len(name["given"][:2]))), "", name.get("prefix", [""])[0]]
    written = "^".join([*map(_text, parts), "", _NAME_USES[name["use"]]]) if "use" in name else "^".join(map(_text, parts)).rstrip("^")
    return ["PID", "1", "", numbers, "", written, "", patient["birthDate"].replace("-", ""), _GENDERS[patient["gender"]]]


def _report(report: Resource) -> list[str]:
    by_kind = {_code(each["type"]): f"{_text(each['value'])}^{_authority(each['system'])}" for each in report["identifier"]}
    fields = [
        "OBR",
        "1",
        by_kind.get("PLAC", ""),
        by_kind.get("FILL", ""),
        _coded(report["code"]),
        "",
        "",
        _time(report["effectiveDateTime"]),
    ]
    return [*fields, *([""] * 14), _time(report["issued"]), "", "", _STATUSES[report["status"]]]


def _result(number: int, result: Resource) -> list[str]:
    kind, value, unit = "ST", _text(result.get("valueString", "")), ""
    quantity = result.get("valueQuantity")
    if quantity is not None:
        kind, value = "NM", f"{quantity.get('comparator', '')}{quantity['value']}"
        unit = f"{_text(quantity['code'])}^{_text(quantity['unit'])}^UCUM"
    flags = "~".join(_flag(each) for each in result.get("interpretation", ()))
    ranges = result.get("referenceRange")
    fields = ["OBX", str(number), kind, _coded(result["code"]), "", value, unit, _text(ranges[0]["text"]) if ranges else "", flags, "", ""]
    return [*fields, _STATUSES[result["status"]], "", "", _time(result["effectiveDateTime"])]


def _coded(concept: dict[str, Any]) -> str:
    coding = concept["coding"][0]
    return f"{_text(coding['code'])}^{_text(coding['display'])}^{_text(coding['system'].removeprefix(_CODESYSTEM))}"


def _flag(concept: dict[str, Any]) -> str:
    code: str = next(each["code"] for each in concept["coding"] if each["system"] == _TABLE_0078)
    return code


def _code(concept: dict[str, Any]) -> str:
    code: str = concept["coding"][0]["code"]
    return code


def _authority(system: str) -> str:
    return "NHS" if system == _NHS else _text(system.removeprefix(_AUTHORITY))


def _time(text: str) -> str:
    return text[:19].replace("-", "").replace("T", "").replace(":", "") + text[19:].replace(":", "")


def _text(text: str) -> str:
    return text.translate(_ESCAPES)
