"""Laws of hub.fhir over values nobody thought of: nothing raises, everything ends, nothing is changed."""

import copy
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.fhir.elements import elements_of, is_primitive, resource_types
from hub.fhir.narrative import is_safe_narrative
from hub.fhir.primitives import primitive_check
from hub.fhir.references import iter_links
from hub.fhir.search.compartment import iter_patients
from hub.fhir.search.extract import extract
from hub.fhir.search.parse import Parsed, Refused, parse_search
from hub.fhir.search.ranges import date_range
from hub.fhir.validate import validate

TYPES = ("Patient", "Observation", "CarePlan", "Bundle", "Questionnaire", "Condition", "Location", "Appointment", "ValueSet", "Parameters")
NAMES = sorted(
    {
        name
        for type_name in (*TYPES, "Extension", "Reference", "Quantity", "HumanName", "Timing", "Period", "Identifier")
        for name in elements_of(type_name)
    }
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.text(max_size=8)
    | st.sampled_from(["Patient/p1", "#a", "urn:uuid:1", "2026-02-30", "2026", *TYPES])
)
keys = (
    st.sampled_from(["resourceType", "reference", "url", *NAMES])
    | st.sampled_from(NAMES).map(lambda name: f"_{name}")
    | st.text(max_size=5)
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=25)
resources = st.dictionaries(keys, values, max_size=8).flatmap(
    lambda members: st.sampled_from(TYPES).map(lambda type_name: members | {"resourceType": type_name})
)


@given(values | resources)
@settings(max_examples=400, deadline=None)
def test_validation_never_raises_and_changes_nothing(value):
    before = copy.deepcopy(value)
    diagnostics = validate(value)
    assert len(diagnostics) <= 50
    assert repr(value) == repr(before)
    if not isinstance(value, dict):
        assert diagnostics


@given(resources)
@settings(max_examples=400, deadline=None)
def test_extraction_and_links_never_raise(resource):
    extract(resource)
    list(iter_patients(resource))
    list(iter_links(resource))


# --- valid resources, made from the definitions themselves

PRIMITIVES = {
    "boolean": st.booleans(),
    "integer": st.integers(-100, 100),
    "unsignedInt": st.integers(0, 100),
    "positiveInt": st.integers(1, 100),
    "decimal": st.decimals(-1000, 1000, places=2),
    "date": st.dates().map(str),
    "dateTime": st.dates().map(lambda day: f"{day}T10:00:00Z") | st.integers(1000, 9999).map(str),
    "instant": st.dates().map(lambda day: f"{day}T10:00:00.000+01:00"),
    "time": st.just("10:00:00"),
    "base64Binary": st.just("aGVsbG8="),
    "uuid": st.just("urn:uuid:c757873d-ec9a-4326-a141-556f43239520"),
    "oid": st.just("urn:oid:1.2.3"),
    "xhtml": st.just('<div xmlns="http://www.w3.org/1999/xhtml">x</div>'),
    "code": st.sampled_from(["a", "b-c"]),
    "id": st.sampled_from(["a", "b.c"]),
}
TEXTS = st.sampled_from(["https://example.org/a", "Zoë", "x"])


@st.composite
def valid_content(draw, shape, depth):
    """An object of a shape: what is required, and sometimes something more."""
    found = {}
    chosen = set()
    for name, element in elements_of(shape).items():
        wanted = element.min > 0 or (depth > 0 and draw(st.integers(0, 9)) == 0)
        if (
            not wanted
            or element.path in chosen
            or name in {"contained", "extension", "modifierExtension"}
            or element.types[0] == "Resource"
        ):
            continue
        binding = element.binding
        is_drawn = binding is None or binding.strength != "required" or (binding.codes and element.types[0] == "code")
        if element.min == 0 and not is_drawn:
            continue
        chosen.add(element.path)
        value = draw(valid_value(element, depth))
        if value != {}:
            found[name] = [value] if element.is_list else value
    return found or (
        {"extension": [{"url": "https://example.org/e", "valueCode": "a"}]}
        if shape[0].isupper() and shape not in resource_types()
        else found
    )


@st.composite
def valid_value(draw, element, depth):
    kind = element.types[0]
    if element.binding and element.binding.codes and kind == "code":
        return draw(st.sampled_from(sorted(element.binding.codes)))
    if is_primitive(kind):
        return draw(PRIMITIVES.get(kind, TEXTS))
    if kind == "Reference":
        targets = element.targets or ("Patient",)
        return {"reference": f"{draw(st.sampled_from(targets))}/a"}
    if kind == "Extension":
        return {"url": "https://example.org/e", "valueCode": "a"}
    return draw(valid_content(element.content, depth - 1))


@given(
    st.sampled_from(["Patient", "Observation", "CarePlan", "Condition", "Encounter", "Location", "RelatedPerson", "Organization"]).flatmap(
        lambda name: valid_content(name, 3).map(lambda members: {"resourceType": name, **members})
    )
)
@settings(max_examples=150, deadline=None)
def test_what_is_made_from_the_definitions_is_valid_and_can_be_indexed(resource):
    assert validate(resource) == []
    assert all(entry.param for entry in extract(resource))


@given(
    st.lists(
        st.tuples(
            st.text(max_size=12) | st.sampled_from(["code", "date", "subject", "_sort", "_include", "_count", "value-quantity", "_id"]),
            st.text(max_size=20),
        ),
        max_size=4,
    ),
    st.booleans(),
)
@settings(max_examples=400, deadline=None)
def test_parsing_a_search_never_raises(params, strict):
    assert isinstance(parse_search("Observation", params, strict=strict), Parsed | Refused)


@given(st.text(max_size=30) | st.from_regex(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9:.]{0,12}Z?)?)?)?", fullmatch=True))
def test_a_date_range_is_never_empty(text):
    covered = date_range(text)
    assert covered is None or covered[0] < covered[1]


@given(st.sampled_from(["date", "dateTime", "instant"]), st.dates())
def test_every_day_of_the_calendar_is_a_date(kind, day):
    text = str(day) if kind == "date" else f"{day}T23:59:59Z"
    assert primitive_check(kind)(text) is None
    low, high = date_range(text)
    assert low < high


@given(st.text())
def test_narrative_never_raises(text):
    assert is_safe_narrative(text) in {True, False}


@given(st.decimals(allow_nan=True, allow_infinity=True) | st.integers())
def test_any_number_can_be_indexed(number):
    extract({"resourceType": "Observation", "valueQuantity": {"value": number}})
    extract({"resourceType": "Observation", "valueQuantity": {"value": Decimal("1E+9999")}})
