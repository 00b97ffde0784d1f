"""What the parties of the demo send. Everybody in it is made up."""

from __future__ import annotations

from hub.core.json import Resource

NHS = "https://fhir.nhs.uk/Id/nhs-number"
SNOMED = "http://snomed.info/sct"

ADA = "9990000018"  # has a plan
BEN = "9990000026"  # is known, has none
NOBODY = "9990000034"


def _person(nhs_number: str, *, local: str, name: str, born: str, sex: str, address: str, telephone: str) -> str:
    numbers = f"{local}^^^RCF^MR~{nhs_number}^^^NHS^NH"
    return f"PID|1||{numbers}||{name}||{born}|{sex}|||{address}||{telephone}^PRN^PH"


ADA_PID = _person(
    ADA,
    local="A10001",
    name="Brook^Ada^^^Mrs^^L",
    born="19410307",
    sex="F",
    address="12 Weir Lane^^Slaithwaite^^HD7 5XX^GBR^H",
    telephone="01484 496 0001",
)
BEN_PID = _person(
    BEN,
    local="A10002",
    name="Holme^Ben^^^Mr^^L",
    born="19550921",
    sex="M",
    address="3 Mill Road^^Marsden^^HD7 6XX^GBR^H",
    telephone="01484 496 0002",
)


def admission_feed() -> list[str]:
    """The hospital's ADT feed: two people registered, one of them then comes to the emergency department."""
    return [
        _segments(
            "MSH|^~\\&|PAS|RCF|CALDER|HUB|20261123070500||ADT^A28^ADT_A05|PAS000001|P|2.4",
            "EVN|A28|20261123070500",
            ADA_PID,
            "PD1|||COLNE VALLEY PRACTICE^^B85001|G9990001^Sutcliffe^Jane^^^Dr",
            "PV1|1|N",
        ),
        _segments(
            "MSH|^~\\&|PAS|RCF|CALDER|HUB|20261123070600||ADT^A28^ADT_A05|PAS000002|P|2.4",
            "EVN|A28|20261123070600",
            BEN_PID,
            "PV1|1|N",
        ),
        _segments(
            "MSH|^~\\&|PAS|RCF|CALDER|HUB|20261123071500||ADT^A04^ADT_A01|PAS000003|P|2.4",
            "EVN|A04|20261123071500",
            BEN_PID,
            "PV1|1|E|ED^^^RCF||||C9990002^Ahmed^Samira^^^Dr|||180|||||||||V20001^^^RCF^VN|||||||||||||||||||||||||20261123071200",
        ),
    ]


def gateway_reading() -> str:
    """A home gateway's PCD-01 report: a cuff and an oximeter, as the devices number their parts (OBX-4)."""
    device = "GATEWAY^ACDE480000000001^EUI-64"
    return _segments(
        f"MSH|^~\\&|{device}||CALDER|HUB|20261123081002+0000||ORU^R01^ORU_R01|GW000001|P|2.6|||NE|AL|||||"
        "IHE_PCD_ORU_R01^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO",
        f"PID|||{ADA}^^^NHS^NH||Brook^Ada",
        f"OBR|1|ORD1^{device}|RPT1^{device}|182777000^monitoring of patient^SNOMED-CT|||20261123081000+0000",
        "OBX|1||528391^MDC_DEV_SPEC_PROFILE_BP^MDC|1|||||||X|||||||ACDE480000000B01^EUI-64",
        "OBX|2||150020^MDC_PRESS_BLD_NONINV^MDC|1.0.1|||||||F|||20261123080900+0000",
        "OBX|3|NM|150021^MDC_PRESS_BLD_NONINV_SYS^MDC|1.0.1.1|152|266016^MDC_DIM_MMHG^MDC|||||F",
        "OBX|4|NM|150022^MDC_PRESS_BLD_NONINV_DIA^MDC|1.0.1.2|84|266016^MDC_DIM_MMHG^MDC|||||F",
        "OBX|5|NM|150023^MDC_PRESS_BLD_NONINV_MEAN^MDC|1.0.1.3|107|266016^MDC_DIM_MMHG^MDC|||||F",
        "OBX|6||528388^MDC_DEV_SPEC_PROFILE_PULS_OXIM^MDC|2|||||||X|||||||ACDE480000000501^EUI-64",
        "OBX|7|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|2.0.0.1|88.0|262688^MDC_DIM_PERCENT^MDC|||||F|||20261123081000+0000",
        "OBX|8|NM|149530^MDC_PULS_OXIM_PULS_RATE^MDC|2.0.0.2|96|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||F|||20261123081000+0000",
    )


def emergency_plan() -> Resource:
    """The GP system's transaction: the plan, its author, who to ring, and the CPR decision."""
    patient = {"reference": "urn:uuid:3f1b9a52-0000-4000-8000-000000000001", "display": "Ada Brook"}
    author = {"reference": "urn:uuid:3f1b9a52-0000-4000-8000-000000000002", "display": "Dr Jane Sutcliffe, Colne Valley Practice"}
    daughter = {"reference": "urn:uuid:3f1b9a52-0000-4000-8000-000000000003", "display": "Ruth Brook (daughter)"}
    plan = {
        "resourceType": "CarePlan",
        "identifier": [{"system": "https://colne-valley.example/plans", "value": "ECP-0001"}],
        "status": "active",
        "intent": "plan",
        "category": [{"coding": [{"system": SNOMED, "code": "887701000000100", "display": "Emergency health care plan"}]}],
        "title": "Emergency care plan for Ada Brook",
        "description": "COPD. Oxygen saturation of 88 to 92 % and a systolic pressure of about 150 are usual for Ada.",
        "subject": patient,
        "period": {"start": "2026-11-23", "end": "2027-05-23"},
        "created": "2026-11-23",
        "author": author,
        "activity": [
            _activity("More breathless than usual, saturation 88 % or more", "Nebuliser at home, then ring the community matron", author),
            _activity("Saturation under 85 %, or drowsy", "Take to hospital; controlled oxygen, target 88 to 92 %", author),
            _activity("Ada asks to stay at home", "Ring her daughter before any decision", daughter),
        ],
        "note": [{"text": "Agreed with Ada and her daughter on 23 November 2026."}],
    }
    flag = {
        "resourceType": "Flag",
        "status": "active",
        "category": [{"text": "Resuscitation"}],
        "code": {"coding": [{"system": SNOMED, "code": "450475007", "display": "For attempted cardiopulmonary resuscitation"}]},
        "subject": patient,
        "period": {"start": "2026-11-23"},
        "author": author,
    }
    practitioner = {
        "resourceType": "Practitioner",
        "identifier": [{"system": "https://fhir.hl7.org.uk/Id/gmc-number", "value": "G9990001"}],
        "name": [{"family": "Sutcliffe", "given": ["Jane"], "prefix": ["Dr"]}],
        "telecom": [{"system": "phone", "value": "01484 496 0100", "use": "work"}],
    }
    relative = {
        "resourceType": "RelatedPerson",
        "patient": patient,
        "relationship": [{"text": "Daughter"}],
        "name": [{"family": "Brook", "given": ["Ruth"]}],
        "telecom": [{"system": "phone", "value": "07700 900 001", "use": "mobile"}],
    }
    known = {
        "resourceType": "Patient",
        "identifier": [{"system": NHS, "value": ADA}],
        "name": [{"family": "Brook", "given": ["Ada"]}],
        "birthDate": "1941-03-07",
    }
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            _entry(patient["reference"], known, f"identifier={NHS}|{ADA}"),
            _entry(author["reference"], practitioner, "identifier=https://fhir.hl7.org.uk/Id/gmc-number|G9990001"),
            _entry(daughter["reference"], relative),
            _entry("urn:uuid:3f1b9a52-0000-4000-8000-000000000004", plan),
            _entry("urn:uuid:3f1b9a52-0000-4000-8000-000000000005", flag),
        ],
    }


def _activity(trigger: str, action: str, who: Resource) -> Resource:
    return {"detail": {"status": "scheduled", "reasonCode": [{"text": trigger}], "description": action, "performer": [who]}}


def _entry(full_url: str, resource: Resource, condition: str | None = None) -> Resource:
    """A POST; with a condition it finds the one that is there instead of making a second."""
    request = {"method": "POST", "url": resource["resourceType"]} | ({"ifNoneExist": condition} if condition else {})
    return {"fullUrl": full_url, "resource": resource, "request": request}


def _segments(*lines: str) -> str:
    return "\r".join(lines) + "\r"
