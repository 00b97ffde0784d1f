"""Synthetic resources, fresh for each test. The NHS number is of the 999 range, which is given to nobody."""

import pytest

from hub.core.json import parse_json

PATIENT = r"""{
  "resourceType": "Patient", "id": "p1",
  "meta": {"versionId": "1", "lastUpdated": "2026-02-01T10:00:00.000Z", "tag": [{"system": "https://example.org/tags", "code": "demo"}],
           "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}],
           "profile": ["https://example.org/fhir/StructureDefinition/person"], "source": "https://example.org/feed"},
  "text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Zoë Example</p></div>"},
  "extension": [{"url": "https://example.org/lives-alone", "valueBoolean": true}],
  "identifier": [{"use": "official", "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
  "active": true,
  "name": [{"use": "official", "family": "Éxample", "given": ["Zoë", "Anne"], "prefix": ["Ms"]}],
  "telecom": [{"system": "phone", "value": "01632 960001"}, {"system": "email", "value": "zoe@example.org"}],
  "gender": "female",
  "birthDate": "1952-05-31",
  "_birthDate": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime", "valueDateTime": "1952-05-31T04:30:00+01:00"}]},
  "address": [{"line": ["1 Example Road"], "city": "Huddersfield", "postalCode": "HD1 1AA"}],
  "contact": [{"relationship": [{"text": "daughter"}], "name": {"family": "Example"}}],
  "generalPractitioner": [{"reference": "Organization/surgery"}],
  "managingOrganization": {"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "X26"}}
}"""

OBSERVATION = r"""{
  "resourceType": "Observation", "id": "o1", "status": "final",
  "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}],
  "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}], "text": "Blood pressure"},
  "subject": {"reference": "Patient/p1"},
  "effectiveDateTime": "2026-02-01T10:00:00+01:00",
  "performer": [{"reference": "Practitioner/nurse"}],
  "valueQuantity": {"value": 36.50, "unit": "mm Hg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
  "component": [{"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
                 "valueQuantity": {"value": 107, "unit": "mm Hg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
                 "referenceRange": [{"high": {"value": 140}}]}]
}"""

CARE_PLAN = r"""{
  "resourceType": "CarePlan", "id": "c1", "status": "active", "intent": "plan", "title": "What matters to me",
  "contained": [{"resourceType": "Practitioner", "id": "doctor", "name": [{"family": "Example"}]}],
  "subject": {"reference": "urn:uuid:8f1f7b1e-7c1e-4f3e-9a52-0d6b6f1f0a01", "type": "Patient"},
  "period": {"start": "2026-01-01"},
  "author": {"reference": "#doctor"},
  "instantiatesCanonical": ["https://example.org/PlanDefinition/urgent|1.0"],
  "activity": [{"detail": {"status": "in-progress", "description": "weekly weight",
                           "scheduledTiming": {"event": ["2026-02-01", "2026-02-08"]}}}]
}"""


@pytest.fixture
def patient():
    return parse_json(PATIENT)


@pytest.fixture
def observation():
    return parse_json(OBSERVATION)


@pytest.fixture
def care_plan():
    return parse_json(CARE_PLAN)


@pytest.fixture
def bundle(patient, observation, care_plan):
    patients_url = "urn:uuid:8f1f7b1e-7c1e-4f3e-9a52-0d6b6f1f0a01"
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": patients_url, "resource": patient, "request": {"method": "POST", "url": "Patient"}},
            {"resource": observation, "request": {"method": "PUT", "url": "Observation/o1"}},
            {"resource": care_plan, "request": {"method": "PUT", "url": "CarePlan/c1"}},
        ],
    }
