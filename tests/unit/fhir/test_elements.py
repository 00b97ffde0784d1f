"""resolve and children: what the map checker asks."""

import pytest

from hub.fhir.elements import children, is_primitive, resolve, resource_types


@pytest.mark.parametrize(
    ("type_name", "path", "types", "declared", "is_list"),
    [
        ("Patient", "birthDate", ("date",), "Patient.birthDate", False),
        ("Patient", "name", ("HumanName",), "Patient.name", True),
        ("Patient", "name.given", ("string",), "HumanName.given", True),
        ("Patient", "contact", ("BackboneElement",), "Patient.contact", True),
        ("Patient", "contact.name.family", ("string",), "HumanName.family", False),
        ("Patient", "contact.modifierExtension.url", ("uri",), "Extension.url", False),
        ("Patient", "id", ("id",), "Resource.id", False),
        ("Patient", "meta.tag.code", ("code",), "Coding.code", False),
        ("Patient", "text.div", ("xhtml",), "Narrative.div", False),
        ("Patient", "extension.valueQuantity.value", ("decimal",), "Quantity.value", False),
        ("Observation", "valueQuantity", ("Quantity",), "Observation.value[x]", False),
        ("Observation", "valueQuantity.value", ("decimal",), "Quantity.value", False),
        ("Observation", "component.valueString", ("string",), "Observation.component.value[x]", False),
        ("Observation", "component.referenceRange", ("BackboneElement",), "Observation.component.referenceRange", True),
        ("Observation", "component.referenceRange.low.value", ("decimal",), "Quantity.value", False),
        ("Questionnaire", "item.item.item.linkId", ("string",), "Questionnaire.item.linkId", False),
        ("Identifier", "system", ("uri",), "Identifier.system", False),
        ("HumanName", "given", ("string",), "HumanName.given", True),
        ("Age", "value", ("decimal",), "Quantity.value", False),
        ("Bundle", "entry.resource.id", ("id",), "Resource.id", False),
        ("Patient", "_birthDate", ("Element",), "Patient.birthDate", False),
        ("Patient", "_birthDate.extension.valueDateTime", ("dateTime",), "Extension.value[x]", False),
        ("Patient", "name._given", ("Element",), "HumanName.given", True),
    ],
)
def test_resolve(type_name, path, types, declared, is_list):
    element = resolve(type_name, path)
    assert element is not None
    assert (element.types, element.path, element.is_list) == (types, declared, is_list)


@pytest.mark.parametrize(
    ("type_name", "path"),
    [
        ("Patient", "birthdate"),  # capital letters matter
        ("Patient", "name.family.text"),  # a primitive has no children
        ("Patient", "birthDate.extension"),  # its extensions stand in _birthDate
        ("Patient", "_name"),  # not a primitive
        ("Patient", "nothing"),
        ("Patient", ""),
        ("Observation", "value"),  # JSON never spells it so
        ("Observation", "valueMoney"),
        ("Observation", "value[x].value"),
        ("Nothing", "id"),
    ],
)
def test_what_is_not_there(type_name, path):
    assert resolve(type_name, path) is None


def test_choice_itself():
    element = resolve("Observation", "value[x]")
    assert element is not None
    assert element.choice
    assert len(element.types) == 11


def test_cardinality_modifier_and_summary():
    status = resolve("Observation", "status")
    assert status is not None
    assert (status.min, status.max, status.modifier, status.summary) == (1, 1, True, True)
    assert resolve("Observation", "component").max is None


def test_bindings():
    gender = resolve("Patient", "gender").binding
    assert gender.strength == "required"
    assert gender.codes == {"male", "female", "other", "unknown"}
    assert ("http://hl7.org/fhir/administrative-gender", "male") in gender.pairs
    marital = resolve("Patient", "maritalStatus").binding
    assert (marital.strength, marital.codes) == ("extensible", None)
    assert resolve("Attachment", "contentType").binding.pattern.fullmatch("text/plain; charset=utf-8")


def test_reference_targets():
    assert set(resolve("Observation", "subject").targets) == {"Patient", "Group", "Device", "Location"}
    assert resolve("Observation", "focus").targets == ()  # any
    assert resolve("MedicationRequest", "medicationReference").targets == ("Medication",)
    assert resolve("MedicationRequest", "medicationCodeableConcept").targets == ()


def test_children_for_did_you_mean():
    assert "birthDate" in children("Patient")
    assert "deceasedBoolean" in children("Patient")
    assert "deceased" not in children("Patient")
    assert children("Patient.contact.name") == children("HumanName")
    assert children("Patient.contact")[:3] == ("id", "extension", "modifierExtension")
    assert children("Nothing") == children("Patient.nothing") == children("string") == ()


def test_types():
    assert {"Patient", "Observation", "Bundle"} < set(resource_types())
    assert {"Resource", "DomainResource", "HumanName"}.isdisjoint(resource_types())
    assert is_primitive("dateTime")
    assert not is_primitive("Quantity")
