"""What the benchmarks send: people and messages made up by number, so that the same number gives the same bytes.

NHS numbers are of the 999 range, which is given to nobody. IHE PCD TF-2 (PCD-01); HL7 v2 chapter 3 (ADT^A28).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count, islice

from hub.core.json import Resource

__all__ = ["LOCAL", "NHS", "nhs_numbers", "plan", "reading", "registration", "report"]

NHS = "https://fhir.nhs.uk/Id/nhs-number"
LOCAL = "https://bench.example/plans"
_TABLES = "http://terminology.hl7.org/CodeSystem/"
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_PROFILE = "IHE_PCD_ORU_R01^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO"
_HOME = "12 Weir Lane^^Slaithwaite^^HD7 5XX^GBR^H"
_GATEWAY = "GATEWAY^ACDE480000000001^EUI-64"


def nhs_numbers(number: int) -> list[str]:
    """The first so many of the 999 range whose check digit exists."""
    checked = (
        (base, 11 - sum(int(digit) * weight for digit, weight in zip(base, range(10, 1, -1), strict=True)) % 11) for base in _bases()
    )
    return list(islice((f"{base}{check % 11}" for base, check in checked if check != 10), number))


def _bases() -> map[str]:
    return map(str, count(999_000_001))


def reading(number: int, nhs_number: str) -> bytes:
    """A home gateway's report, PCD-01, 12 segments: a cuff (blood pressure, mean, pulse) and an oximeter (saturation, pulse)."""
    cuff, oximeter = f"ACDE48B{nhs_number[1:]}", f"ACDE48C{nhs_number[1:]}"
    at = (_BEGIN + timedelta(seconds=number)).strftime("%Y%m%d%H%M%S+0000")
    return "\r".join(
        (
            f"MSH|^~\\&|{_GATEWAY}||CALDER|HUB|{at}||ORU^R01^ORU_R01|R{number:09}|P|2.6|||NE|AL|||||{_PROFILE}",
            f"PID|||{nhs_number}^^^NHS^NH||Brook^Ada^^^Mrs^^L||19410307|F",
            f"OBR|1|O{number}^{_GATEWAY}|A{number}^{_GATEWAY}|182777000^monitoring of patient^SNOMED-CT|||{at}",
            f"OBX|1||528391^MDC_DEV_SPEC_PROFILE_BP^MDC|1|||||||X|||||||{cuff}^EUI-64",
            f"OBX|2||150020^MDC_PRESS_BLD_NONINV^MDC|1.0.1|||||||X|||{at}",
            f"OBX|3|NM|150021^MDC_PRESS_BLD_NONINV_SYS^MDC|1.0.1.1|{110 + number % 60}|266016^MDC_DIM_MMHG^MDC|||||F",
            f"OBX|4|NM|150022^MDC_PRESS_BLD_NONINV_DIA^MDC|1.0.1.2|{60 + number % 30}|266016^MDC_DIM_MMHG^MDC|||||F",
            f"OBX|5|NM|150023^MDC_PRESS_BLD_NONINV_MEAN^MDC|1.0.1.3|{80 + number % 40}|266016^MDC_DIM_MMHG^MDC|||||F",
            f"OBX|6|NM|149546^MDC_PULS_RATE_NON_INV^MDC|1.0.0.2|{60 + number % 50}|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||F",
            f"OBX|7||528388^MDC_DEV_SPEC_PROFILE_PULS_OXIM^MDC|2|||||||X|||||||{oximeter}^EUI-64",
            f"OBX|8|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|2.0.0.1|{88 + number % 11}.0|262688^MDC_DIM_PERCENT^MDC|||||F|||{at}",
            f"OBX|9|NM|149530^MDC_PULS_OXIM_PULS_RATE^MDC|2.0.0.2|{60 + number % 50}|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||F|||{at}",
            "",
        )
    ).encode()


def registration(number: int, nhs_number: str) -> bytes:
    """ADT^A28: the person becomes known."""
    return "\r".join(
        (
            f"MSH|^~\\&|PAS|RCF|CALDER|HUB|20260101000000||ADT^A28^ADT_A05|P{number:09}|P|2.4",
            "EVN|A28|20260101000000",
            f"PID|1||B{number:06}^^^RCF^MR~{nhs_number}^^^NHS^NH||Brook^Ada^^^Mrs^^L||19410307|F|||{_HOME}",
            "PV1|1|N",
            "",
        )
    ).encode()


def report(number: int, nhs_number: str) -> list[Resource]:
    """A laboratory report of five results, as it is read from ORU^R01: Patient, DiagnosticReport and Observations."""
    at = (_BEGIN + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    patient = {
        "resourceType": "Patient",
        "id": f"p{number}",
        "identifier": [{"value": nhs_number, "system": NHS, "type": {"coding": [{"system": _TABLES + "v2-0203", "code": "NH"}]}}],
        "name": [{"family": "Brook", "given": ["Ada"], "prefix": ["Mrs"], "use": "official"}],
        "birthDate": "1941-03-07",
        "gender": "female",
    }
    measured = (("na", "Sodium", 139, "mmol/L", "N"), ("k", "Potassium", 5, "mmol/L", "H"), ("ur", "Urea", 6, "mmol/L", "N"))
    results = [
        _result(number, at, code, display)
        | {
            "valueQuantity": {"value": value, "unit": unit, "code": unit, "system": "http://unitsofmeasure.org"},
            "referenceRange": [{"text": "see the handbook"}],
            "interpretation": [{"coding": [{"system": _TABLES + "v2-0078", "code": flag}]}],
        }
        for code, display, value, unit, flag in measured
    ]
    low = {"value": 15, "comparator": "<", "unit": "mL/min", "code": "mL/min", "system": "http://unitsofmeasure.org"}
    results.append(_result(number, at, "egfr", "eGFR") | {"valueQuantity": low})
    results.append(_result(number, at, "cm", "Comment") | {"valueString": "Please repeat & review"})
    header = {
        "resourceType": "DiagnosticReport",
        "id": f"r{number}",
        "identifier": [_order(f"P{number}", "WARD", "PLAC"), _order(f"F{number}", "WinPath", "FILL")],
        "code": {"coding": [{"code": "ue", "display": "Urea and electrolytes", "system": "urn:x-calder:codesystem:WinPath"}]},
        "effectiveDateTime": at,
        "issued": at,
        "status": "final",
        "subject": {"reference": f"Patient/p{number}"},
        "result": [{"reference": f"Observation/{each['id']}"} for each in results],
    }
    return [patient, header, *results]


def _result(number: int, at: str, code: str, display: str) -> Resource:
    return {
        "resourceType": "Observation",
        "id": f"{code}{number}",
        "status": "final",
        "code": {"coding": [{"code": code, "display": display, "system": "urn:x-calder:codesystem:WinPath"}]},
        "effectiveDateTime": at,
        "subject": {"reference": f"Patient/p{number}"},
    }


def _order(value: str, authority: str, kind: str) -> Resource:
    system = f"urn:x-calder:authority:{authority}"
    return {"value": value, "system": system, "type": {"coding": [{"code": kind, "system": _TABLES + "v2-0203"}]}}


def plan(number: int, nhs_number: str) -> Resource:
    """A transaction that gives the person an emergency care plan."""
    patient = {"reference": "urn:uuid:3f1b9a52-0000-4000-8000-000000000001"}
    careplan = {
        "resourceType": "CarePlan",
        "identifier": [{"system": LOCAL, "value": f"ECP-{number}"}],
        "status": "active",
        "intent": "plan",
        "category": [
            {"coding": [{"system": "http://snomed.info/sct", "code": "887701000000100", "display": "Emergency health care plan"}]}
        ],
        "title": "Emergency care plan",
        "description": "COPD. Oxygen saturation of 88 to 92 % is usual.",
        "subject": patient,
        "period": {"start": "2026-01-01"},
        "created": "2026-01-01",
        "activity": [
            {
                "detail": {
                    "status": "scheduled",
                    "reasonCode": [{"text": "More breathless than usual"}],
                    "description": "Nebuliser at home, then ring the community matron",
                }
            }
        ],
    }
    known = {"resourceType": "Patient", "identifier": [{"system": NHS, "value": nhs_number}]}
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": patient["reference"],
                "resource": known,
                "request": {"method": "POST", "url": "Patient", "ifNoneExist": f"identifier={NHS}|{nhs_number}"},
            },
            {
                "fullUrl": "urn:uuid:3f1b9a52-0000-4000-8000-000000000002",
                "resource": careplan,
                "request": {"method": "POST", "url": "CarePlan"},
            },
        ],
    }
