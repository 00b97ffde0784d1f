"""Whatever JSON calls itself a resource is written or refused; nothing is raised, and no diagnostic says what stood in it."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hub.codec.hl7v2 import Message, parse_message
from hub.core.json import Json
from hub.mapping.residue import Residue, residue_of_resources
from hub.mapping.syntax import Arrow
from hub.mapping.transaction_bundle import render_bundle, resources_of
from tests.property.mapping.round_trip_maps import maps

_PROFILE = settings(max_examples=60, deadline=None, derandomize=True, database=None, phases=(Phase.generate,))
_NAMES = [
    "id",
    "identifier",
    "name",
    "value",
    "system",
    "type",
    "coding",
    "code",
    "subject",
    "result",
    "reference",
    "note",
    "text",
    "status",
]
_TYPES = [
    "Patient",
    "Encounter",
    "Observation",
    "DiagnosticReport",
    "AllergyIntolerance",
    "RelatedPerson",
    "Device",
    "Specimen",
    "CarePlan",
    "Flag",
]
_leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["QZQ1", "Patient/p", "2026", "final", "email"]))
_json = st.recursive(
    _leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4)),
    max_leaves=10,
)
resources = st.builds(
    lambda kind, more: {**more, "resourceType": kind}, st.sampled_from(_TYPES), st.dictionaries(st.sampled_from(_NAMES), _json, max_size=5)
)
WRITING = sorted(name for name, each in maps().maps.items() if each.is_message_map and each.declaration.arrow is not Arrow.FORWARD)

SENT = (
    b"MSH|^~\\&|LAB|RWY|CALDER|RWY|20260114063100||ORU^R01^ORU_R01|L1|P|2.5.1\rPID|1||9990000018^^^NHS^NH||QZQ2\rORC|RE|P1\r"
    b"OBR|1|P1|F1|u^U^L|||20260114\rOBX|1|ST|c^C^L||QZQ3||||||F|||20260114|lab\rNTE|1||QZQ4\rOBX|2|NM|d^D^L||5|%|||||F\r"
)


@pytest.mark.parametrize("name", WRITING)
@given(found=st.lists(resources, max_size=5))
@_PROFILE
def test_whatever_resources_are_written_or_refused(name: str, found: list[dict[str, Json]]) -> None:
    written = maps().get(name).backward(found, params={}, givens={"control_id": "1"})  # type: ignore[union-attr]  # it is one of the maps
    assert (written.body is None) == any(each.is_error for each in written.diagnostics)
    assert "QZQ" not in repr(written.diagnostics)


@given(data=st.data())
@_PROFILE
def test_no_residue_of_whatever_became_of_the_resources_raises(data: st.DataObject) -> None:
    received = parse_message(SENT)
    assert isinstance(received, Message)
    chosen = maps().find_message_map(received)
    assert chosen is not None
    conversion = chosen.forward(received, params={})
    made = resources_of(render_bundle(conversion.produced)) or []
    changed = [
        {**each, **data.draw(st.dictionaries(st.sampled_from(_NAMES), _json, max_size=2))} for each in made if data.draw(st.booleans())
    ]
    found = [*changed, *data.draw(st.lists(resources, max_size=2))]
    residue = residue_of_resources(received, conversion.produced, found)
    if data.draw(st.booleans()):  # an engine that is wrong about what is unchanged
        residue = Residue(received, {**residue.changed, **residue.unchanged})
    written = chosen.backward(found, params={}, version="2.5.1", residue=residue)
    assert "QZQ" not in repr(written.diagnostics)
