"""Running a map: it always ends, never raises, says no value of the message; and what goes to FHIR and back is the same."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from importlib import resources as packaged

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.codec.hl7v2 import Message, escape, parse_message
from hub.core.json import parse_json, render_json
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import MapSet, load
from hub.mapping.registry import Function
from hub.mapping.run.parts import run_part_backward, run_part_forward
from hub.mapping.values.primitives import Misread, reader_of, writer_of

STUB = Function("plan_html", "a stand-in", ("Bundle",), "base64Binary", lambda _bundle: "aGk=", None, ())
VERSIONS = ["2.3", "2.4", "2.5.1", "2.6", "2.8", "9.9", ""]
EVENTS = ["ORU^R01", "ADT^A01", "ADT^A03", "ADT^A08", "ADT^A31", "ADT^A28^ADT_A05"]
SEGMENTS = ["PID", "PD1", "PV1", "OBR", "OBX", "OBX", "OBX", "NTE", "AL1", "ORC", "NK1", "ZPI", "EVN"]
PROFILE = "IHE_PCD_ORU_R01^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO"
PIECES = [
    "",
    '""',
    "1",
    "NM",
    "ST",
    "CWE",
    "149530",
    "150020",
    "1.0.1",
    "20260714203000",
    "2026",
    "x\\T\\y",
    "\\",
    "<15",
    "F",
    "R",
    "Y",
    "999",
    "é",
]


def _texts(folder: str, suffix: str) -> dict[str, str]:
    found = {}
    root = packaged.files("mappings")
    pending = [root.joinpath(folder)] if folder else [root]
    while pending:
        for entry in pending.pop().iterdir():
            if entry.is_dir():
                pending.append(entry)
            elif entry.name.endswith(suffix):
                found[entry.name] = entry.read_text(encoding="utf-8")
    return found


@cache
def maps() -> MapSet:
    return load(_texts("", ".map"), _texts("tables", ".csv"), {**REGISTRY, "plan_html": STUB})


pieces = st.one_of(st.sampled_from(PIECES), st.text("ab1.~^&\\|", max_size=4).map(lambda text: text.replace("|", "")))
fields = st.lists(pieces, max_size=5).map("^".join)
segments = st.builds(lambda name, texts: "|".join([name, *texts]), st.sampled_from(SEGMENTS), st.lists(fields, max_size=24))


@st.composite
def messages(draw: st.DrawFn, marked: str = "") -> Message:
    head = f"MSH|^~\\&|A|B|C|D|20260101||{draw(st.sampled_from(EVENTS))}|1|P|{draw(st.sampled_from(VERSIONS))}|||NE|AL|||||{draw(st.sampled_from(['', PROFILE]))}"
    lines = draw(st.lists(segments, max_size=12))
    if marked:
        lines = ["|".join([line.split("|")[0], *(_mark(text, marked) for text in line.split("|")[1:])]) for line in lines]
    found = parse_message("\r".join([head, *lines, ""]).encode())
    assert isinstance(found, Message)
    return found


def _mark(text: str, marked: str) -> str:
    return "^".join(part + marked if part and part != '""' else part for part in text.split("^"))


@given(received=messages())
@settings(max_examples=150, deadline=None)
def test_a_conversion_always_ends_and_is_legal_json(received: Message) -> None:
    found = maps().find_message_map(received)
    if found is None:
        return
    conversion = found.forward(received, params={})
    for each in conversion.produced:
        assert parse_json(render_json(each.resource)) == each.resource
        assert '\\"\\"' not in render_json(each.resource).decode()
        assert not each.cleared & each.resource.keys()
        assert _has_no_hollow(each.resource)


def _has_no_hollow(value: object) -> bool:
    """FHIR knows no empty objects, lists or texts."""
    if isinstance(value, dict):
        return bool(value) and all(_has_no_hollow(part) for part in value.values())
    if isinstance(value, list):
        return bool(value) and all(_has_no_hollow(part) for part in value)
    return value is not None and value != ""


@given(received=messages(marked="QZQ"))
@settings(max_examples=80, deadline=None)
def test_no_diagnostic_says_what_stood_in_the_message(received: Message) -> None:
    found = maps().find_message_map(received)
    if found is not None:
        assert "QZQ" not in repr(found.forward(received, params={}).diagnostics)


@given(received=messages())
@settings(max_examples=50, deadline=None)
def test_tracing_changes_nothing(received: Message) -> None:
    found = maps().find_message_map(received)
    if found is not None:
        plain, traced = (found.forward(received, params={}, trace=trace) for trace in (False, True))
        assert plain.produced == traced.produced
        assert plain.diagnostics == traced.diagnostics


words = st.text("abcXYZ 019|^~\\&é", min_size=1, max_size=8).filter(lambda text: text.strip() == text)
days = st.dates().map(lambda day: day.strftime("%4Y%m%d") if day.year > 999 else "20260101")


@given(
    parts=st.lists(st.one_of(st.just(""), words), min_size=1, max_size=3),
    use=st.sampled_from(["", "L", "M"]),
    prefix=st.one_of(st.just(""), words),
)
@settings(max_examples=100, deadline=None)
def test_names_there_and_back(parts: list[str], use: str, prefix: str) -> None:
    family, given_, middle = ([escape(part) for part in parts] + ["", ""])[:3]
    if middle and not given_:
        given_, middle = middle, ""
    _there_and_back("xpn", "^".join([family, given_, middle, "", escape(prefix), "", use]).rstrip("^"))


@given(value=words, authority=words, kind=st.sampled_from(["", "MR", "PI"]))
@settings(max_examples=100, deadline=None)
def test_numbers_there_and_back(value: str, authority: str, kind: str) -> None:
    _there_and_back("cx", f"{escape(value)}^^^{escape(authority)}^{kind}".rstrip("^"))


@given(code=words, display=words, system=st.sampled_from(["", "LN", "SCT", "WinPath", "99X Y"]))
@settings(max_examples=100, deadline=None)
def test_codes_there_and_back(code: str, display: str, system: str) -> None:
    _there_and_back("cwe", f"{escape(' '.join(code.split()))}^{escape(display)}^{system}".rstrip("^"))


def _there_and_back(name: str, text: str) -> None:
    value, found = run_part_forward(maps(), name, text, params={}, givens={})
    assert [each.code.name for each in found if each.is_error] == []
    if value is None:
        assert not text.strip("^")
        return
    again, found = run_part_backward(maps(), name, value, params={}, givens={})
    assert [each.code.name for each in found if each.is_error] == []
    assert again == text


@pytest.mark.parametrize(
    ("fhir", "v2"), [("decimal", "NM"), ("date", "DT"), ("dateTime", "DTM"), ("time", "TM"), ("integer", "NM"), ("boolean", "ID")]
)
@given(
    text=st.one_of(
        st.text(max_size=20), st.from_regex(r"\A\d{4,14}(\.\d{1,4})?([+-]\d{4})?\Z"), st.from_regex(r"\A[+-]?\d{0,6}\.?\d{0,4}\Z")
    )
)
@settings(max_examples=100, deadline=None)
def test_a_text_is_read_or_refused_and_reads_the_same_again(fhir: str, v2: str, text: str) -> None:
    try:
        value, _ = reader_of(fhir)(text, "Europe/London")
    except Misread:
        return
    written, _ = writer_of(fhir, v2)(value)
    assert reader_of(fhir)(written, "Europe/London")[0] == value


@given(
    value=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.decimals(allow_nan=False, allow_infinity=False)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["coding", "code", "value", "system", "name", "family", "given", "identifier", "period", "start", "text"]),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=12,
    )
)
@settings(max_examples=150, deadline=None)
def test_writing_whatever_json_never_raises(value: object) -> None:
    for name in ("cwe", "cx", "xpn", "pid", "obx"):
        run_part_backward(maps(), name, value, params={}, givens={})


def test_decimals_keep_their_digits() -> None:
    value, _ = run_part_forward(maps(), "obx", "OBX||NM|a^b^L||98.00|%", params={}, givens={})
    assert value["valueQuantity"]["value"] == Decimal("98.00")
    assert b"98.00" in render_json(value)
