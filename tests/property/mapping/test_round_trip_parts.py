"""Every shipped datatype and segment map, there and back: nothing is lost that is not in accepted_losses.yaml."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.property.mapping.round_trip_checks import losses_of_fhir, losses_of_v2
from tests.property.mapping.round_trip_fhir import mutated
from tests.property.mapping.round_trip_losses import is_accepted
from tests.property.mapping.round_trip_maps import part_maps, read
from tests.property.mapping.round_trip_values import part_texts

# Without shrinking: the texts are short, and a failure must not take minutes.
_PROFILE = settings(max_examples=30, deadline=None, derandomize=True, database=None, phases=(Phase.generate,))


@pytest.mark.parametrize("name", part_maps())
@given(data=st.data())
@_PROFILE
def test_from_v2_and_back(name: str, data: st.DataObject) -> None:
    text = data.draw(part_texts(name))
    assert [loss for loss in losses_of_v2(name, text) if not is_accepted(loss)] == [], text


@pytest.mark.parametrize("name", part_maps())
@given(data=st.data())
@_PROFILE
def test_from_fhir_and_back(name: str, data: st.DataObject) -> None:
    value, _ = read(name, data.draw(part_texts(name)))
    other, _ = read(name, data.draw(part_texts(name)))
    if value is not None:
        changed = data.draw(mutated(value, other))
        assert [loss for loss in losses_of_fhir(name, changed) if not is_accepted(loss)] == [], changed
