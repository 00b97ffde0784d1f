"""Bodies as they are kept: smaller, and given back byte for byte."""

import hashlib
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.cli.bench.samples import nhs_numbers, reading, registration
from hub.core.errors import StoreError
from hub.core.json import render_json
from hub.store.relational.packing import PLAIN, keep_dictionary, shipped_dictionary, unpack
from hub.store.sqlite.database import connect_reader, connect_writer

OBSERVATION = {
    "resourceType": "Observation",
    "id": "itbovtqvvwkzshw7cy4zwin7voeyjxng",
    "meta": {"versionId": "1", "lastUpdated": "2026-11-23T09:18:48.769Z"},
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"}]},
    "subject": {"reference": "Patient/yf2afjikyn5xsoiqo7setfmw7ncgozb4"},
    "effectiveDateTime": "2026-01-01T00:00:01+00:00",
    "valueQuantity": {"value": 61, "unit": "/min", "code": "/min", "system": "http://unitsofmeasure.org"},
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    connection = connect_writer(tmp_path_factory.mktemp("packing") / "calder.db", "OFF")
    yield connection, keep_dictionary(connection)
    connection.close()


@given(body=st.binary(max_size=3000) | st.text(max_size=500).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(body=b"")
@example(body=b"\x28\xb5\x2f\xfd" * 30)
@example(body=b"MSH|^~\\&|" * 100_000)
def test_every_body_comes_back_byte_for_byte(kept, body):
    connection, packer = kept
    number, packed = packer.pack(body)
    assert len(packed) <= len(body)
    assert unpack(connection, number, packed) == body


def test_what_the_hub_keeps_is_a_fifth_of_its_size(kept):
    """Bodies that the dictionary was not made from."""
    _, packer = kept
    (person,) = nhs_numbers(1)
    for body, most in ((render_json(OBSERVATION), 0.35), (reading(7, person), 0.2), (registration(7, person), 0.35)):
        assert len(packer.pack(body)[1]) < most * len(body)


def test_the_dictionary_is_the_reviewed_one_and_of_nobody():
    """Made by hub.cli.packing_dictionary from invented messages; whoever makes it anew looks at it, and changes this line."""
    shipped = shipped_dictionary()
    assert hashlib.sha256(shipped).hexdigest() == "2407c2eb0665537ae15e7dccd32e05cf06854e43e0cf8303201fa4b2dffed68b"
    assert b"9990000" in shipped  # of the range that is given to nobody


def test_a_store_keeps_every_dictionary_it_was_packed_with(tmp_path, monkeypatch):
    """A later release packs with another one, and reads what the earlier one wrote; so does one that ships neither."""
    body = render_json(OBSERVATION)
    writer = connect_writer(tmp_path / "calder.db", "OFF")
    first = keep_dictionary(writer).pack(body)
    monkeypatch.setattr("hub.store.relational.packing.shipped_dictionary", lambda: b"another dictionary: Observation Patient " * 9)
    second = keep_dictionary(writer).pack(body)
    monkeypatch.setattr("hub.store.relational.packing.shipped_dictionary", lambda: pytest.fail("only the store's own are read"))
    reader = connect_reader(tmp_path / "calder.db")
    assert first[0] != second[0]
    assert unpack(reader, *first) == unpack(reader, *second) == body
    assert reader.execute("SELECT count(*) FROM packing").fetchone() == (2,)
    reader.close()
    writer.close()


def test_one_that_is_kept_is_not_kept_twice(kept):
    connection, packer = kept
    assert keep_dictionary(connection).pack(b"x" * 200)[0] == packer.pack(b"x" * 200)[0]
    assert connection.execute("SELECT count(*) FROM packing").fetchone() == (1,)


@pytest.mark.parametrize("spoilt", ["cut", "of another dictionary", "no frame", "no zlib"])
def test_what_is_damaged_is_said_and_never_served(kept, spoilt):
    connection, packer = kept
    number, packed = packer.pack(render_json(OBSERVATION))
    case = {
        "cut": (number, packed[:-5]),
        "of another dictionary": (99, packed),
        "no frame": (number, b"\xff" * 40),
        "no zlib": (-1, b"no"),
    }[spoilt]
    with pytest.raises(StoreError, match="damaged"):
        unpack(connection, *case)


def test_what_the_first_stores_packed_is_read(kept):
    connection, _ = kept
    assert unpack(connection, -1, zlib.compress(b"MSH|" * 3000)) == b"MSH|" * 3000
    assert unpack(connection, PLAIN, b"MSH|") == b"MSH|"
