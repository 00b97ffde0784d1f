"""`--dev` asks for no credentials, so it listens where nobody else can reach it."""

from dataclasses import replace

import pytest

from hub.engine.configuration import SourceConfig
from hub.sdk.address import parse_address
from hub.settings.development import development_settings, is_loopback
from hub.settings.model import HubSettings, SourceSettings
from hub.settings.values import expand, parse_duration, parse_integer, parse_size

HERE = "127.0.0.1:0"


def development(http: str = HERE, mllp: str = HERE, base: HubSettings | None = None) -> HubSettings:
    return development_settings(store="sqlite:x", http=http, mllp=mllp, base=base)


@pytest.mark.parametrize("address", [HERE, "127.9.9.9:1", "[::1]:8080", "::1:8080", "localhost:8080"])
def test_loopback_is_taken(address: str) -> None:
    assert is_loopback(address)
    assert development(http=address).http == address


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0:8080", "[::]:8080", ":::8080", "10.0.0.1:1", "hub.example:80", "127.0.0.1.example:80", "127.1:80", "8080", ":8080", "127.0.0.1", "localhost:", "localhost:99999", "", "0:80", "[::ffff:10.0.0.1]:80", "user@127.0.0.1:80"],
)  # fmt: skip
def test_everything_else_is_refused_wherever_it_stands(address: str) -> None:
    base = HubSettings(store="x", sources=(SourceSettings(SourceConfig("ward"), "mllp", {"listen": address or "?"}),))
    for given in ({"http": address}, {"mllp": address}, {"base": base}):
        with pytest.raises(ValueError, match="loopback"):
            development(**given)


def test_a_source_of_the_same_name_is_refused() -> None:
    own = SourceSettings(SourceConfig("mllp"), "mllp", {"listen": HERE})
    with pytest.raises(ValueError, match="otherwise"):
        development(base=HubSettings(store="x", sources=(own,)))
    other = replace(own, config=SourceConfig("ward"))
    assert [source.config.name for source in development(base=HubSettings(store="x", sources=(other,))).sources] == [
        "mllp",
        "hl7v2-http",
        "ward",
    ]


@pytest.mark.parametrize("text", ["x", "", "1", "-1s", "1 s", "1.5h", "9999999999s", "999999999y", "9" * 5000 + "s", "١s"])
def test_what_is_no_duration(text: str) -> None:
    assert parse_duration(text) is None


@pytest.mark.parametrize("text", ["x", "", "-1", "1GB", "1.5MB", "9" * 5000, "١"])
def test_what_is_no_size_and_no_number(text: str) -> None:
    assert parse_size(text) is None
    assert parse_integer(text) is None


@pytest.mark.parametrize("text", ["host:" + "9" * 5000, "ho st:1", "a/b:1", "[::1:1", "::1]:1", "host:-1", "host:١"])
def test_what_is_no_address(text: str) -> None:
    assert parse_address(text) is None


def test_a_variable_that_cannot_be_one_is_not_taken_for_its_own_value() -> None:
    assert expand("a${X}b", {"X": "1"}) == "a1b"
    assert expand("${X}", {"X": "${Y}"}) == "${Y}"  # a value is not read again
    for text in ("${Y}", "${DB-PASS}", "${", "${X", "${}"):
        assert expand(text, {"X": "1"}) is None
