"""The packaged facts are those of R4 4.0.1, whole and quick to load."""

from importlib import resources

from hub.fhir.elements import elements_of, resource_types
from hub.fhir.facts import find_binding, find_compartment, find_parameters, find_structure, structure_names
from hub.fhir.search.parameters import parameters_of
from hub.fhir.search.places import routes_of


def test_the_source_and_its_licence_stand_in_the_file():
    first = resources.files("hub.fhir").joinpath("r4_facts.jsonl").read_text().splitlines()[0]
    assert '"version":"4.0.1"' in first
    assert '"licence":"CC0-1.0"' in first
    assert '"source":"hl7.fhir.r4.examples"' in first


def test_all_types_of_r4_are_there():
    kinds = [find_structure(name).kind for name in structure_names()]
    assert kinds.count("resource") == 148  # with Resource and DomainResource
    assert kinds.count("primitive-type") == 20
    assert len(resource_types()) == 146


def test_search_parameters_are_the_official_ones():
    declared = {facts.id for name in (*resource_types(), "Resource", "DomainResource") for facts in find_parameters(name)}
    assert len(declared) == 1375
    assert "patient-extensions-Patient-age" not in declared  # one of the 25 that are examples


def test_every_expression_can_be_compiled():
    for name in resource_types():
        for parameter in parameters_of(name).values():
            if parameter.is_supported and (name, parameter.code) != ("Patient", "deceased"):
                assert routes_of(name, parameter), (name, parameter.code)


def test_every_required_binding_has_its_codes_or_a_format():
    open_to_others = set()
    for name in structure_names():
        for child in find_structure(name).elements:
            if child.binding and child.binding[0] == "required":
                facts = find_binding(child.binding[1])
                assert facts is not None, child
                assert facts.codes or facts.format is not None
                if facts.codes is None:
                    open_to_others.add(facts.binding.rpartition("/")[2])
    assert open_to_others == {"mimetypes", "currencies", "ucum-units", "LL379-9"}


def test_every_element_leads_to_something_known():
    for name in resource_types():
        for element in elements_of(name).values():
            assert element.content.partition(".")[0] in structure_names(), element.path


def test_patient_compartment():
    members = find_compartment("Patient").members
    assert members["Observation"] == ("subject", "performer")
    assert "Medication" not in members
