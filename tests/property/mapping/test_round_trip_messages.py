"""Whole messages, there and back with their residue: every field that was sent comes back, up to another form of the same value."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hub.codec.hl7v2 import Message, parse_message
from hub.mapping.conversion import Conversion
from hub.mapping.residue import residue_of_resources
from hub.mapping.transaction_bundle import render_bundle, resources_of
from tests.property.mapping.round_trip_checks import Loss, is_coded, place_in
from tests.property.mapping.round_trip_losses import is_accepted
from tests.property.mapping.round_trip_maps import maps
from tests.property.mapping.round_trip_values import part_texts

_PROFILE = settings(max_examples=30, deadline=None, derandomize=True, database=None, phases=(Phase.generate,))
_OF = {"PID": "pid", "PD1": "pd1", "PV1": "pv1", "NK1": "nk1", "AL1": "al1", "OBR": "obr", "OBX": "obx", "NTE": "nte", "SPM": "spm"}
_PROFILE_OID = "IHE_PCD_ORU_R01^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO"
_PEOPLE = st.sampled_from(["9990000018^^^NHS^NH", "RH4471902^^^ST JAMES^MR~9990000018^^^NHS^NH^&kept"])
_ANYTHING = st.sampled_from(["", "x", "a^b&c~d", '""'])


def _segment(name: str) -> st.SearchStrategy[str]:
    """With a set id, and something in a field that no row knows."""
    return st.tuples(part_texts(_OF[name]), _ANYTHING).map(lambda both: _filled(both[0], both[1]))


def _filled(text: str, last: str) -> str:
    fields = text.split("|") + [""] * (60 - text.count("|"))
    fields[1] = fields[1] or "1"
    fields[59] = last
    return "|".join(fields).rstrip("|")


@st.composite
def _person(draw: st.DrawFn) -> str:
    fields = draw(_segment("PID")).split("|") + [""] * 4
    fields[3] = draw(_PEOPLE)
    return "|".join(fields)


@st.composite
def admissions(draw: st.DrawFn) -> bytes:
    event = draw(st.sampled_from(["A01", "A03", "A08", "A31"]))
    lines = [f"MSH|^~\\&|PAS|RWY|CALDER|RWY|20260114063100||ADT^{event}|A1|P|2.5.1", f"EVN|{event}|20260114063100", draw(_person())]
    lines += [draw(_segment(name)) for name in ("PD1", "NK1", "PV1") if draw(st.booleans())]
    lines += [draw(_segment("AL1")) for _ in range(draw(st.integers(0, 2)))]
    return "\r".join([*lines, "ZPI|1|care plan", ""]).encode()


@st.composite
def results(draw: st.DrawFn) -> bytes:
    lines = ["MSH|^~\\&|LAB|RWY|CALDER|RWY|20260114063100||ORU^R01^ORU_R01|L1|P|2.5.1", draw(_person())]
    for number in range(draw(st.integers(1, 2))):
        lines += [f"ORC|RE|P{number}", _keyed(draw(_segment("OBR")), 3, f"F{number}^LAB")]
        for at in range(draw(st.integers(0, 3))):
            status = draw(st.sampled_from(["F", "F", "P", "X"]))
            lines.append(_keyed(_keyed(draw(_segment("OBX")), 3, f"c{number}{at}^one^L"), 11, status))
            lines += [f"NTE|{n}|L|remark {n}" for n in range(draw(st.integers(0, 2)))]
    return "\r".join([*lines, ""]).encode()


@st.composite
def readings(draw: st.DrawFn) -> bytes:
    head = f"MSH|^~\\&|HUB||||20260114063100||ORU^R01^ORU_R01|P1|P|2.6|||NE|AL|||||{_PROFILE_OID}"
    lines = [head, draw(_person()), "OBR|1|A^HUB|B^HUB|182777000^Monitoring^SCT|||20260813095715+0000"]
    lines.append("OBX|1||528391^MDC_DEV_SPEC_PROFILE_BP^MDC|1|||||||X|||||||0123456789ABCDEF^EUI-64")
    for at in range(draw(st.integers(1, 3))):
        value = draw(st.sampled_from(["64", "98.00", "<15"]))
        lines.append(
            f"OBX|{at + 2}|NM|14954{at}^MDC_X^MDC|1.0.0.{at + 1}|{value}|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R|||20260813095720+0000"
        )
    return "\r".join([*lines, ""]).encode()


def losses(raw: bytes) -> list[Loss]:
    received = parse_message(raw)
    assert isinstance(received, Message)
    chosen = maps().find_message_map(received)
    assert chosen is not None
    conversion: Conversion = chosen.forward(received, params={})
    if conversion.refused:
        return []
    resources = resources_of(render_bundle(conversion.produced)) or []
    residue = residue_of_resources(received, conversion.produced, resources)
    written = chosen.backward(resources, params={}, version=received.version, residue=residue)
    assert written.body is not None, [(each.code.name, each.place) for each in written.diagnostics]
    again = parse_message(written.body)
    assert isinstance(again, Message)
    assert [segment.name for segment in again.segments] == [segment.name for segment in received.segments]
    return [loss for one, other in zip(received.segments, again.segments, strict=True) for loss in _of_segment(one.fields, other.fields)]


def _of_segment(sent: list[str], came: list[str]) -> Iterator[Loss]:
    name = _OF.get(sent[0])
    for number, (one, other) in enumerate(zip_longest(sent, came, fillvalue="")):
        for at, before, after in _differences(one, other, "~^&", ()):
            place = place_in(name, (number, *at)) if name is not None else (sent[0], f"{sent[0]}-{number}")
            yield Loss(*place, before, after, is_coded=name is not None and is_coded(*place))


def _differences(sent: str, came: str, separators: str, at: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], str, str]]:
    if not separators:
        if sent != came:
            yield at, sent, came
        return
    for number, (one, other) in enumerate(zip_longest(sent.split(separators[0]), came.split(separators[0]), fillvalue=""), 1):
        yield from _differences(one, other, separators[1:], (*at, number))


@pytest.mark.parametrize("messages", [admissions(), results(), readings()], ids=["adt", "oru_r01", "pcd_01"])
@given(data=st.data())
@_PROFILE
def test_a_message_comes_back_as_it_came(messages: st.SearchStrategy[bytes], data: st.DataObject) -> None:
    raw = data.draw(messages)
    assert [loss for loss in losses(raw) if not is_accepted(loss)] == [], raw.decode()


def _keyed(text: str, number: int, value: str) -> str:
    fields = text.split("|") + [""] * (number + 1)
    fields[number] = value
    return "|".join(fields).rstrip("|")
