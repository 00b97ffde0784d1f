"""Page links: signed, bound to their search, and no way to make the hub fail."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.api.paging import parse_token, render_token, scope_of
from hub.api.replies import Refusal
from hub.fhir.search.query import Query
from tests.unit.api.conftest import observation

KEY, SCOPE = b"k" * 32, b"scope"
PLACES = st.lists(
    st.none() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False) | st.text(), min_size=1, max_size=4
)


@given(PLACES)
def test_a_place_comes_back_as_it_went(place: list) -> None:
    back = parse_token(render_token(tuple(place), SCOPE, KEY), SCOPE, KEY)
    assert back == tuple(place)
    assert all(isinstance(value, int | float | str | None) for value in back)  # what a database can be given


@given(PLACES, st.data())
def test_a_token_that_was_touched_is_refused(place: list, data: st.DataObject) -> None:
    token = render_token(tuple(place), SCOPE, KEY)
    at = data.draw(st.integers(0, len(token) - 1))
    spoilt = data.draw(st.sampled_from([token[:at], token[:at] + "é" + token[at + 1 :], token[:at] + "\x00" + token[at:], token + "A"]))
    with pytest.raises(Refusal) as refused:
        parse_token(spoilt, SCOPE, KEY)
    assert refused.value.status == 400


@given(st.text())
def test_made_up_tokens_are_refused(token: str) -> None:
    with pytest.raises(Refusal):
        parse_token(token, SCOPE, KEY)


def test_another_key_or_another_search_is_refused() -> None:
    token = render_token((1,), SCOPE, KEY)
    for scope, key in ((SCOPE, b"other"), (b"other", KEY)):
        with pytest.raises(Refusal):
            parse_token(token, scope, key)
    assert scope_of(Query("Patient")) != scope_of(Query("Observation"))
    assert scope_of(Query("Patient", count=1)) == scope_of(Query("Patient", count=5))


def next_url(page: dict) -> str | None:
    return next((link["url"] for link in page["link"] if link["relation"] == "next"), None)


@pytest.mark.parametrize("sort", ["-date", "date", "value-quantity", "-value-quantity", "_id", "code", "-_lastUpdated"])
def test_each_match_stands_once_whatever_the_order(api, sort: str) -> None:
    for number in range(5):
        api.make(observation(value=f"{number}.50" if number < 0 else number + 0.5, when=f"2026-01-0{number + 1}"))
    seen, url = [], f"/Observation?_sort={sort}&_count=2"
    while url and len(seen) < 20:
        answer = api.get(url)
        assert answer.status_code == 200, answer.text
        seen += [entry["resource"]["id"] for entry in answer.json()["entry"]]
        url = next_url(answer.json())
    assert sorted(seen) == [f"new-{number}" for number in range(1, 6)]


def test_the_link_after_a_search_by_post_is_one_to_get(api) -> None:
    for _ in range(3):
        api.make(observation())
    page = api.post("/Observation/_search", headers={}, data={"status": "final", "_count": "2"}).json()
    assert [entry["resource"]["id"] for entry in api.get(next_url(page)).json()["entry"]] == ["new-1"]


def test_a_link_taken_to_another_search_is_refused_and_not_a_fault(api) -> None:
    for _ in range(3):
        api.make(observation())
    token = parse_qs(urlsplit(next_url(api.get("/Observation?_count=1").json())).query)["_page"][0]
    assert api.get("/Observation?" + urlencode({"_count": 1, "_page": token})).status_code == 200
    for elsewhere in ("Patient?", "Observation?_sort=date&", "Observation?status=final&"):
        answer = api.get(f"/{elsewhere}" + urlencode({"_page": token}))
        assert answer.status_code == 400
