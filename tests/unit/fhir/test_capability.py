"""The CapabilityStatement: from what is registered, valid, and readable by the models of others."""

from fhir.resources.R4B.capabilitystatement import CapabilityStatement

from hub.fhir.capability import OAuthAddresses, Operation, capability_statement
from hub.fhir.search.parse import Parsed, parse_search
from hub.fhir.validate import validate

ABOUT = {"url": "https://hub.example.org/fhir", "name": "Calder", "version": "0.1.0", "released": "2026-02-01"}


def statement(**more):
    interactions = {
        "": ["transaction", "batch"],
        "Patient": ["read", "vread", "search-type", "create", "update"],
        "Observation": ["search-type"],
        "Binary": ["read"],
    }
    return capability_statement(**ABOUT, interactions=interactions, **more)


def resource(made, name):
    return next(found for found in made["rest"][0]["resource"] if found["type"] == name)


def test_it_is_valid():
    made = statement(
        oauth=OAuthAddresses("https://hub.example.org/token"),
        operations=[Operation("everything", "https://example.org/o", ("Patient",)), Operation("export", "https://example.org/x")],
    )
    assert validate(made) == []
    CapabilityStatement.model_validate(made)
    assert made["rest"][0]["interaction"] == [{"code": "transaction"}, {"code": "batch"}]
    assert [operation["name"] for operation in made["rest"][0]["operation"]] == ["export"]
    assert [operation["name"] for operation in resource(made, "Patient")["operation"]] == ["everything"]
    assert "operation" not in resource(made, "Binary")


def test_it_promises_only_what_is_registered():
    made = statement()
    assert [found["type"] for found in made["rest"][0]["resource"]] == ["Patient", "Observation", "Binary"]
    assert "security" not in made["rest"][0]
    binary = resource(made, "Binary")
    assert (binary["updateCreate"], binary["conditionalCreate"], binary["readHistory"]) == (False, False, False)
    assert "searchParam" not in binary


def test_every_parameter_it_names_is_understood():
    for name in ("Patient", "Observation"):
        for parameter in resource(statement(), name)["searchParam"]:
            assert isinstance(parse_search(name, [(f"{parameter['name']}:missing", "true")]), Parsed)


def test_oauth_addresses_stand_where_clients_look():
    made = statement(oauth=OAuthAddresses("https://hub.example.org/token", authorize="https://hub.example.org/authorize"))
    (extension,) = made["rest"][0]["security"]["extension"]
    assert extension["url"].endswith("oauth-uris")
    assert {found["url"]: found["valueUri"] for found in extension["extension"]}["token"] == "https://hub.example.org/token"
