"""PCD-01 to FHIR, written by hand: what the compiled map `device/pcd_01` is measured against.

As somebody would write it who has this one profile to do and wants it quick: the bytes are split, the tables are literals, the
resources are dicts. It does the same job and no more: no diagnostics, no trace, no other profile. Never used by the hub.
tests/unit/cli/test_bench_by_hand.py proves that the two give the same facts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from hub.core.json import Json, Resource

__all__ = ["MadeByHand", "convert_by_hand", "split_fields"]

_MDC = "urn:iso:std:iso:11073:10101"
_LOINC = "http://loinc.org"
_SNOMED = "http://snomed.info/sct"
_UCUM = "http://unitsofmeasure.org"
_EUI = "urn:oid:1.2.840.10004.1.1.1.0.0.1.0.0.1.2680"
_IDENTIFIER_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_NHS = "https://fhir.nhs.uk/Id/nhs-number"

_CODES = {
    ("150020", "MDC_PRESS_BLD_NONINV"): (("85354-9", "Blood pressure panel with all children optional"), ("75367002", "Blood pressure")),
    ("150021", "MDC_PRESS_BLD_NONINV_SYS"): (("8480-6", "Systolic blood pressure"), ("72313002", "Systolic arterial pressure")),
    ("150022", "MDC_PRESS_BLD_NONINV_DIA"): (("8462-4", "Diastolic blood pressure"), ("1091811000000102", "Diastolic arterial pressure")),
    ("150023", "MDC_PRESS_BLD_NONINV_MEAN"): (("8478-0", "Mean blood pressure"), ("6797001", "Mean blood pressure")),
    ("149546", "MDC_PULS_RATE_NON_INV"): (("8867-4", "Heart rate"), ("78564009", "Pulse rate")),
    ("149530", "MDC_PULS_OXIM_PULS_RATE"): (("8867-4", "Heart rate"), ("78564009", "Pulse rate")),
    ("150456", "MDC_PULS_OXIM_SAT_O2"): (("2708-6", "Oxygen saturation in Arterial blood"), ("431314004", "Peripheral oxygen saturation")),
}
_UNITS = {
    ("266016", "MDC_DIM_MMHG"): "mm[Hg]",
    ("264864", "MDC_DIM_BEAT_PER_MIN"): "/min",
    ("262688", "MDC_DIM_PERCENT"): "%",
}
_STATUSES = {"F": "final", "P": "preliminary", "C": "corrected", "A": "amended", "R": "preliminary"}
_GENDERS = {"F": "female", "M": "male", "O": "other", "U": "unknown"}
_NAME_USES = {"L": "official", "D": "usual", "M": "maiden"}
_OF_A_PRESSURE = {"150021", "150022"}
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)([+-]\d\d)(\d\d)")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_ESCAPE = re.compile(r"\\([FSRTE])\\")
_ESCAPED = {"F": "|", "S": "^", "R": "~", "T": "&", "E": "\\"}

_Fields = list[str]


@dataclass(frozen=True, slots=True)
class MadeByHand:
    """A resource, the url by which the others refer to it, and what makes it the same one again."""

    full_url: str
    resource: Resource
    key: tuple[str, ...] = ()


def split_fields(raw: bytes) -> list[list[str]]:
    """Segments and fields: the least that reading a message can cost."""
    return [line.split("|") for line in raw.decode().split("\r") if line]


def convert_by_hand(raw: bytes) -> list[MadeByHand]:
    """Patient, the devices, and an Observation for each reading. ValueError for what cannot be read."""
    report = _Report(raw)
    for fields in split_fields(raw):
        match fields[0]:
            case "PID":
                report.patient = report.make(_patient(fields))
            case "OBR":
                report.number, report.time = fields[3], fields[7]
            case "OBX":
                report.add(fields + [""] * (21 - len(fields)))
            case _:
                pass
    return report.made


class _Report:
    """One message on its way: what OBX-4 refers back to."""

    __slots__ = ("_devices", "_pressures", "_rows", "_seed", "made", "number", "patient", "time")

    def __init__(self, raw: bytes) -> None:
        seed = sha256(raw).hexdigest()
        self._seed = f"urn:uuid:{seed[:8]}-{seed[8:12]}-5{seed[13:16]}-8{seed[17:20]}-"
        self._rows: dict[str, _Fields] = {}
        self._devices: dict[str, str] = {}
        self._pressures: dict[str, Resource] = {}
        self.made: list[MadeByHand] = []
        self.patient = self.number = self.time = ""

    def make(self, resource: Resource, key: tuple[str, ...] = ()) -> str:
        url = f"{self._seed}{len(self.made):012x}"
        self.made.append(MadeByHand(url, resource, key))
        return url

    def add(self, fields: _Fields) -> None:
        """One OBX. Partitions 1 and 8 of the nomenclature are devices and their attributes."""
        place = fields[4]
        self._rows[place] = fields
        code = fields[3].partition("^")[0]
        if int(code) >> 16 in (1, 8):
            if fields[18]:
                self._devices[place] = self.make(_device(fields), (fields[18].partition("^")[0],))
            return
        above = place.rpartition(".")[0]
        if code in _OF_A_PRESSURE and above in self._pressures:
            self._complete(self._pressures[above], fields)
        elif code == "150020" or (fields[11] in _STATUSES and fields[5]):
            self._observe(fields, code, place, self._rows.get(above))

    def _observe(self, fields: _Fields, code: str, place: str, parent: _Fields | None) -> None:
        when = fields[14] or (parent[14] if parent else "") or self.time
        resource: Resource = {"resourceType": "Observation", "code": _code(fields[3]), "effectiveDateTime": _moment(when)}
        if code == "150020":
            self._pressures[place] = resource
        else:
            resource["status"] = _STATUSES[fields[11]]
            resource["valueQuantity"] = _quantity(fields)
        resource["subject"] = {"reference": self.patient}
        top = place.partition(".")[0]
        holder = fields[18] or (self._rows[top][18] if top in self._rows else "") or self.number
        if top in self._devices:
            resource["device"] = {"reference": self._devices[top]}
        self.make(resource, (holder, code, when))

    def _complete(self, pressure: Resource, fields: _Fields) -> None:
        if fields[11] in _STATUSES:
            pressure.setdefault("status", _STATUSES[fields[11]])
            pressure.setdefault("component", []).append({"code": _code(fields[3]), "valueQuantity": _quantity(fields)})


def _patient(fields: _Fields) -> Resource:
    family, given, _, _, prefix, _, use = (fields[5].split("^") + [""] * 7)[:7]
    name: dict[str, Json] = {"family": _text(family), "given": [_text(given)]}
    if prefix:
        name["prefix"] = [_text(prefix)]
    if use in _NAME_USES:
        name["use"] = _NAME_USES[use]
    born = fields[7]
    return {
        "resourceType": "Patient",
        "identifier": [_identifier(repetition) for repetition in fields[3].split("~")],
        "name": [name],
        "birthDate": f"{born[:4]}-{born[4:6]}-{born[6:8]}",
        "gender": _GENDERS[fields[8]],
    }


def _identifier(text: str) -> dict[str, Json]:
    value, _, _, authority, kind = (text.split("^") + [""] * 5)[:5]
    system = _NHS if authority in ("NHS", "NHSNBR") else f"urn:x-calder:authority:{authority}"
    return {"value": _text(value), "system": system, "type": {"coding": [{"system": _IDENTIFIER_TYPES, "code": kind}]}}


def _device(fields: _Fields) -> Resource:
    number = fields[18].partition("^")[0]
    code, name, _ = fields[3].split("^")
    return {
        "resourceType": "Device",
        "identifier": [{"value": "-".join(number[at : at + 2] for at in range(0, 16, 2)), "system": _EUI}],
        "type": {"coding": [{"code": code, "display": name, "system": _MDC}]},
    }


def _code(field: str) -> dict[str, Json]:
    number, name, _ = field.split("^")
    coding = [{"code": number, "display": name, "system": _MDC}]
    known = _CODES.get((number, name))
    if known is not None:
        (loinc, loinc_name), (snomed, snomed_name) = known
        coding.append({"system": _LOINC, "code": loinc, "display": loinc_name})
        coding.append({"system": _SNOMED, "code": snomed, "display": snomed_name})
    return {"coding": coding}


def _quantity(fields: _Fields) -> dict[str, Json]:
    text = fields[5]
    if _NUMBER.fullmatch(text) is None:
        raise ValueError("OBX-5 is not a number")
    number, name, _ = fields[6].split("^")
    quantity: dict[str, Json] = {"value": Decimal(text) if "." in text else int(text), "unit": name}
    ucum = _UNITS.get((number, name))
    if ucum is not None:
        quantity["code"] = ucum
        quantity["system"] = _UCUM
    return quantity


def _moment(text: str) -> str:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("not a time")
    year, month, day, hour, minute, second, zone, zone_minute = found.groups()
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}{zone}:{zone_minute}"


def _text(raw: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPED[found[1]], raw) if "\\" in raw else raw
