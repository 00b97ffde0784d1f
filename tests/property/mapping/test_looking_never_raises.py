"""Coverage, differences and origins of damaged messages: they always end, raise nothing, and give no value away."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from hub.codec.hl7v2 import Message, parse_message
from hub.mapping.difference.comparison import Comparison
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from hub.mapping.origin import convert_with_trace, find_origin
from hub.mapping.survey.survey import Survey
from tests.unit.mapping.survey_kit import MAP, OBR, body

WHOLE = body(
    "PID|1||5&6^7~8^^^&1.2.3||Ramsbottom&van^Elsie~Shaw|||F", OBR, "OBX|1|CWE|T^Text||A^Alpha~B||||||F|||20260101", "NTE|1||x", "ZZZ|1"
)
OTHER = MAP.replace("  sex    PID-8        <-> gender\n", "").replace("XPN.1.1 <-> family", "XPN.1.1 <-> text")
PATHS = (
    "Patient.name",
    "Patient.name.family",
    "Observation[2].status",
    "Observation.valueCodeableConcept.coding",
    "",
    "Patient",
    "x[",
    "a.b",
)


@cache
def maps(text):
    return load({"oru.map": text}, {}, REGISTRY)


@st.composite
def damaged(draw):
    """Pieces of it twice, left out, or replaced by separators and letters."""
    data = bytearray(WHOLE)
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 12)))
        data[start:end] = draw(
            st.sampled_from([b"", b"|", b"^", b"~", b"&", b"\\", b"\r", b'""', b"\rOBX|", b"Q", bytes(data[start:end]) * 2])
        )
    return bytes(data)


@given(damaged())
def test_coverage_counts_whatever_comes(data):
    survey = Survey(maps(MAP))
    survey.take(data)
    assert survey.messages == 1
    assert 0 <= survey.explained <= survey.populated
    assert survey.converted + sum(count.messages for _, count in (*survey.refused, *survey.unsupported)) == 1
    list(survey.elements.unfilled())
    survey.never_fired()


@given(damaged())
def test_the_same_maps_never_differ_and_others_differ_by_rules_that_do(data):
    same = Comparison(maps(MAP), maps(MAP))
    same.take(data, "m")
    assert same.groups == []
    other = Comparison(maps(MAP), maps(OTHER))
    other.take(data, "m")
    assert {group.subject.rule.name for group in other.groups if group.subject.rule} <= {"pid.sex", "pid.name", "xpn.family"}
    other.take(data, "m")
    assert other.changed in {0, 2}


@given(damaged(), st.sampled_from(PATHS))
def test_an_origin_is_found_or_not(data, path):
    message = parse_message(data)
    conversion = convert_with_trace(maps(MAP), message) if isinstance(message, Message) else None
    if conversion is not None:
        origin = find_origin(maps(MAP), conversion, path)
        for step in origin.steps:
            assert step.start is None or 0 <= step.start <= step.end <= len(data)
