"""A second opinion: what the models of fhir.resources (R4B, written by others) refuse for its structure, we refuse too.

Known differences of R4B from R4 (valueMeta, valueRatioRange) and what its models let pass (codes, targets) are not asked.
"""

import copy
import json
from decimal import Decimal

import pytest
from fhir.resources.R4B import get_fhir_model_class

from hub.core.json import render_json
from hub.fhir.validate import validate

REMOVE = object()

CHANGES = [
    ("Observation", ("status",), REMOVE),
    ("Observation", ("code",), REMOVE),
    ("Observation", ("component", 0, "code"), REMOVE),
    ("Observation", ("category",), {"text": "x"}),
    ("Observation", ("status",), ["final"]),
    ("Observation", ("nothing",), 1),
    ("Observation", ("component", 0, "nothing"), 1),
    ("Observation", ("effectivePeriod",), {"start": "2026"}),
    ("Observation", ("valueMoney",), {"value": 1}),
    ("Observation", ("effectiveDateTime",), "2026-02-30"),
    ("Observation", ("effectiveDateTime",), "yesterday"),
    ("Observation", ("subject",), "Patient/p1"),
    ("Observation", ("valueQuantity", "value"), "much"),
    ("Patient", ("birthDate",), "31/05/1952"),
    ("Patient", ("birthDate",), "1952-02-30"),
    ("Patient", ("name", 0, "given"), "Zoë"),
    ("Patient", ("name", 0, "given"), [""]),
    ("Patient", ("name", 0, "family"), ""),
    ("Patient", ("name", 0, "famly"), "x"),
    ("Patient", ("extension", 0, "url"), REMOVE),
    ("Patient", ("id",), "a b"),
    ("Patient", ("multipleBirthInteger",), "one"),
    ("Patient", ("active",), "perhaps"),
    ("Patient", ("meta", "lastUpdated"), "2026-02-01T10:00:00"),
    ("CarePlan", ("intent",), REMOVE),
    ("CarePlan", ("subject",), REMOVE),
    ("CarePlan", ("activity", 0, "detail", "status"), REMOVE),
    ("CarePlan", ("period",), "2026"),
    ("CarePlan", ("contained", 0, "birthDate"), "never"),
    ("CarePlan", ("contained", 0, "resourceType"), "Nobody"),
]


def changed(resource, path, value):
    result = copy.deepcopy(resource)
    node = result
    for step in path[:-1]:
        node = node[step]
    if value is REMOVE:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return result


def refused_by_models(resource):
    plain = json.loads(render_json(resource))
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(plain)
    except (ValueError, LookupError, TypeError):
        return True
    return False


@pytest.fixture
def samples(patient, observation, care_plan):
    return {"Patient": patient, "Observation": observation, "CarePlan": care_plan}


def test_both_accept_the_samples(samples):
    for resource in samples.values():
        assert not refused_by_models(resource)
        assert validate(resource) == []


@pytest.mark.parametrize(("type_name", "path", "value"), CHANGES)
def test_what_the_models_refuse_we_refuse(samples, type_name, path, value):
    resource = changed(samples[type_name], path, value)
    assert refused_by_models(resource), "this change is no question for the oracle"
    assert validate(resource)


def test_decimals_are_left_alone(observation):
    """The reason why bodies never pass through those models."""
    validate(observation)
    assert observation["valueQuantity"]["value"] == Decimal("36.50")
    assert b'"value":36.50' in render_json(observation)
