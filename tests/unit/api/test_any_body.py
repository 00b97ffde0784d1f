"""Whatever bytes are sent, the answer is the sender's fault or a success, never the hub's: no 5xx."""

from decimal import Decimal
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hub.core.json import render_json
from tests.unit.api.conftest import FHIR, observation, patient

SPOKEN = "Patient Observation Bundle transaction batch POST PUT DELETE urn:uuid:1 Patient/1 final 1941-03-07 active"
ELEMENTS = """resourceType id meta tag identifier system value name family birthDate _birthDate entry request method url resource fullUrl
status code coding subject reference valueQuantity contained extension type text div ifNoneExist ifMatch"""
SPARE = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = st.sampled_from([*SPOKEN.split(), "\x00", "", "x" * 300])
NAMES = st.sampled_from(ELEMENTS.split())
PARAMETERS = NAMES | st.sampled_from(["_count", "_sort", "_page", "birthdate", "_elements", "_summary", "value-quantity"])
NUMBERS = (
    st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from([Decimal("1E+9999"), Decimal("1E-9999"), 10**400])
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=5),
    max_leaves=12,
)
SOUND = [patient(None), observation(), {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": patient(None), "request": {"method": "POST", "url": "Patient"}}]}]  # fmt: skip


@st.composite
def nearly_fhir(draw: st.DrawFn) -> bytes:
    """A sound resource of which one place is something else."""
    whole = draw(st.sampled_from(SOUND))
    path, node = [], whole
    while isinstance(node, dict | list) and node and (not path or draw(st.booleans())):
        key = draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
        path.append(key)
        node = node[key]
    return render_json(_with(whole, path, draw(VALUES)))


def _with(node: object, path: list, value: object) -> object:
    if not path:
        return value
    changed = _with(node[path[0]], path[1:], value)
    if isinstance(node, dict):
        return {**node, path[0]: changed}
    return [changed if index == path[0] else item for index, item in enumerate(node)]


@pytest.mark.parametrize("path", ["/Patient", "/Observation", "", "/Patient/$emergency-care"])
@SPARE
@given(body=st.binary(max_size=200) | VALUES.map(render_json) | nearly_fhir())
@example(body=b'{"resourceType":"Observation","valueQuantity":{"value":1e99999999999999999999}}')
@example(body=b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1e9999}}')
@example(body=b'{"resourceType":"Patient","name":[{"family":"\\ud800"}]}')
@example(body=b'{"resourceType":"Patient","id":' + b"9" * 5000 + b"}")
@example(body=b'{"resourceType":"Bundle","type":"transaction","entry":' + b'[{"resource":' * 500)
def test_any_body(api, path: str, body: bytes) -> None:
    answer = api.post(path, content=body)
    assert answer.status_code < 500, answer.text
    if answer.headers.get("content-type", "").startswith("application/fhir+json"):
        for entry in answer.json().get("entry", ()):
            assert not entry.get("response", {}).get("status", "2").startswith("5")


QUERIES = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="#"), max_size=60) | st.dictionaries(
    PARAMETERS, st.text(max_size=12) | WORDS, max_size=4
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs.items()))


@SPARE
@given(query=QUERIES)
def test_any_query(api, query: str) -> None:
    for path in ("/Patient?", "/Observation?", "/Patient/1?", "/Patient/1/_history?", "/Patient/$emergency-care?"):
        assert api.get(path + quote(query, safe="=&%")).status_code < 500


@SPARE
@given(
    name=st.sampled_from(["if-match", "if-none-match", "if-none-exist", "prefer", "accept", "content-type", "content-encoding"]),
    value=st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
def test_any_header(api, name: str, value: str) -> None:
    headers = {**FHIR, name: value}
    assert api.request("PUT", "/Patient/p1", json=patient(None, id="p1"), headers=headers).status_code < 500
    assert api.request("POST", "/Patient", json=patient(None), headers=headers).status_code < 500
    assert api.request("GET", "/Patient/p1", headers=headers).status_code < 500
