"""The reviewed list itself: each example is run, each entry still happens, and the page says what the list says."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.core.json import Json
from tests.property.mapping.round_trip_checks import losses_of_fhir, losses_of_v2
from tests.property.mapping.round_trip_losses import Accepted, accepted_losses, covers, is_accepted, render_page
from tests.property.mapping.round_trip_maps import read, write, write_back

PAGE = Path(__file__).parents[3] / "docs" / "accepted-losses.md"


def there_and_back(accepted: Accepted) -> tuple[Json, list]:
    name = accepted.of or accepted.map
    if accepted.direction == "v2":
        return write_back(name, accepted.example)[0], losses_of_v2(name, accepted.example)
    text, _ = write(name, accepted.example)
    return read(name, text or "")[0], losses_of_fhir(name, accepted.example)


@pytest.mark.parametrize("accepted", accepted_losses(), ids=lambda each: f"{each.map} {each.place} {each.direction}")
def test_the_example_of_each_loss_still_loses_it(accepted: Accepted) -> None:
    again, losses = there_and_back(accepted)
    assert again == accepted.comes_back
    assert any(covers(accepted, loss) for loss in losses), "it no longer happens: take the entry off the list"
    assert [loss for loss in losses if not is_accepted(loss)] == []


def test_no_loss_stands_twice() -> None:
    known = [(each.map, each.place, each.direction, each.before, each.after) for each in accepted_losses()]
    assert len(known) == len(set(known))


def test_the_page_says_what_the_list_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_page()
