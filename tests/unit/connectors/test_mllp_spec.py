"""What the MLLP connector declares about itself."""

from dataclasses import fields
from datetime import timedelta

import pytest

from connectors.mllp import SPEC, MllpDestination, MllpSource
from connectors.mllp.limits import SETTINGS, Limits, parse_address
from hub.settings.values import parse_duration, parse_size


def test_it_can_be_a_source_a_destination_and_a_client():
    assert SPEC.source is not None
    assert isinstance(SPEC.source({"listen": "127.0.0.1:0"}), MllpSource)
    assert SPEC.destination is not None
    assert isinstance(SPEC.destination({"connect": ("127.0.0.1", 2576)}), MllpDestination)
    assert SPEC.client is not None


def test_the_defaults_that_are_declared_are_the_defaults_that_hold():
    declared = {setting.name: setting for setting in SETTINGS}
    read = {"duration": parse_duration, "size": parse_size}
    given = {name: read.get(setting.type, lambda text: text)(setting.default) for name, setting in declared.items() if setting.default}
    assert set(given) == {field.name for field in fields(Limits)}
    assert Limits.of(given) == Limits()


def test_what_hub_yaml_says_is_what_holds():
    limits = Limits.of({"listen": "x:1", "idle": timedelta(minutes=1), "largest_message": 1024, "connections": None})
    assert limits == Limits(idle=60.0, largest_message=1024)


@pytest.mark.parametrize(
    ("text", "address"),
    [("127.0.0.1:2575", ("127.0.0.1", 2575)), ("[::1]:0", ("::1", 0)), (("hub", 1), ("hub", 1))],
)
def test_addresses(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["2575", ":2575", "hub:", "hub:port"])
def test_not_an_address(text):
    with pytest.raises(ValueError, match="HOST:PORT"):
        parse_address(text)
