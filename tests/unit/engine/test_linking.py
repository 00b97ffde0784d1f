from hub.core.diagnostics import Diagnostic
from hub.engine.linking import link

PLACES = {"urn:uuid:1": "Patient/p1"}


def test_a_reference_by_full_url_becomes_a_place_and_the_original_stays():
    observation = {"resourceType": "Observation", "subject": {"reference": "urn:uuid:1"}, "performer": [{"reference": "urn:uuid:1"}]}
    linked = link(observation, PLACES)
    assert linked["subject"] == {"reference": "Patient/p1"}
    assert linked["performer"] == [{"reference": "Patient/p1"}]
    assert observation["subject"] == {"reference": "urn:uuid:1"}


def test_other_references_are_left():
    observation = {"resourceType": "Observation", "subject": {"reference": "Patient/p2"}, "device": {"reference": "#d"}}
    assert link(observation, PLACES) == observation


def test_a_full_url_that_nobody_has_is_refused_with_its_place():
    refused = link({"resourceType": "Observation", "subject": {"reference": "urn:uuid:9"}}, PLACES)
    assert isinstance(refused, Diagnostic)
    assert refused.code.name == "E204"
    assert refused.place == "Observation.subject.reference"
    assert "urn:uuid:9" not in refused.detail


def test_a_uri_may_name_what_nobody_here_has():
    plan = {"resourceType": "CarePlan", "instantiatesUri": ["urn:uuid:9", "urn:uuid:1"]}
    assert link(plan, PLACES) == {"resourceType": "CarePlan", "instantiatesUri": ["urn:uuid:9", "Patient/p1"]}
