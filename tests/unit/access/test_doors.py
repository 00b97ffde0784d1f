"""Who is let in by the development door: this machine, and nobody who reaches it through a browser."""

import pytest

from hub.access.doors import DevelopmentDoor, is_this_machine

DOOR = DevelopmentDoor()


@pytest.mark.parametrize("peer", [None, "127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "localhost"])
def test_this_machine_is_let_in(peer: str | None) -> None:
    assert DOOR.admit({}, peer) is not None


@pytest.mark.parametrize("peer", ["10.0.0.1", "127.example.org", "::2", "::ffff:10.0.0.1", "localhost.example", "", "0.0.0.0"])
def test_others_are_not(peer: str) -> None:
    assert DOOR.admit({}, peer) is None
    assert not is_this_machine(peer)


@pytest.mark.parametrize(
    ("headers", "admitted"),
    [
        ({"host": "127.0.0.1:8080"}, True),
        ({"host": "[::1]:8080"}, True),
        ({"host": "LOCALHOST"}, True),
        ({"host": "hub.example:8080"}, False),  # a name that leads here by rebinding
        ({"host": "127.0.0.1.example"}, False),
        ({"host": "["}, False),
        ({"host": ""}, False),
        ({"host": "localhost", "origin": "http://localhost:3000"}, True),
        ({"host": "localhost", "origin": "https://elsewhere.example"}, False),
        ({"host": "localhost", "origin": "null"}, False),
    ],
)
def test_a_page_of_elsewhere_does_not_come_in_through_a_browser_here(headers: dict[str, str], admitted: bool) -> None:
    assert (DOOR.admit(headers, "127.0.0.1") is not None) is admitted


@pytest.mark.parametrize(
    ("sent", "known"), [(None, "dev"), ("gp-1", "gp-1"), ("a b\n;DROP", "abDROP"), ("é", "dev"), ("x" * 100, "x" * 64)]
)
def test_the_name_of_a_client_is_plain(sent: str | None, known: str) -> None:
    assert DOOR.admit({} if sent is None else {"x-calder-client": sent}, None).client == known


@pytest.mark.parametrize(("sent", "known"), [(None, "TREAT"), ("ETREAT", "ETREAT"), ("btg", "TREAT"), ("É", "TREAT"), ("A" * 17, "TREAT")])
def test_a_purpose_is_a_code(sent: str | None, known: str) -> None:
    assert DOOR.admit({} if sent is None else {"x-calder-purpose": sent}, None).purpose == known
