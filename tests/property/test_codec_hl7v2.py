"""Byte-exact round trip; refusals have a code and a place; nothing raises; nothing is lost by grouping."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from hub.codec.hl7v2 import (
    AckCode,
    EncodingCharacters,
    Message,
    MessageBuilder,
    Path,
    acknowledge,
    dictionary,
    escape,
    group,
    parse_acknowledgement,
    parse_header,
    parse_message,
    raw_at,
    render,
    span_of,
    split_batch,
    unescape,
)
from hub.core.diagnostics import Diagnostic
from tests.property.hl7_strategies import Written, encodings, messages, near_messages, texts


@given(messages())
def test_a_message_comes_back_byte_for_byte_with_the_fields_it_was_made_of(written: Written) -> None:
    message = parse_message(written.raw)
    assert isinstance(message, Message)
    assert message.encoding == written.encoding
    assert [segment.fields for segment in message.segments[1:] if segment.name not in {"FHS", "BHS"}] == [
        fields for fields in written.fields if fields[0] not in {"FHS", "BHS"}
    ]
    assert render(message) == written.raw


@given(near_messages)
def test_any_bytes_are_read_back_or_refused_with_a_place(data: bytes) -> None:
    message = parse_message(data)
    if isinstance(message, Diagnostic):
        assert message.place
        assert message.is_error
    else:
        assert render(message) == data
        assert message.text.encode(message.charset) == data


@given(near_messages)
def test_any_bytes_can_be_answered(data: bytes) -> None:
    parse_header(data)
    answer = acknowledge(data, AckCode.AR, control_id="1", at=datetime(2026, 1, 1, tzinfo=UTC))
    read = parse_acknowledgement(answer)
    assert not isinstance(read, Diagnostic)
    assert read.code is AckCode.AR


@given(messages(), st.integers(0, 9), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
def test_the_span_of_a_path_holds_its_raw_text(written: Written, field: int, repetition: int, component: int, subcomponent: int) -> None:
    message = parse_message(written.raw)
    assert isinstance(message, Message)
    for segment in message.segments:
        if not field or segment.name in {"MSH", "FHS", "BHS"}:
            continue
        path = Path(segment.name, field, repetition, component, subcomponent)
        span = span_of(message, segment, path)
        expected = _by_hand(segment.fields, path, written.encoding)
        assert raw_at(message, segment, path) == expected
        assert (None if span is None else message.raw[span[0] : span[1]].decode(message.charset)) == expected


def _by_hand(fields: list[str], path: Path, encoding: EncodingCharacters) -> str | None:
    try:
        assert path.field is not None
        assert isinstance(path.repetition, int)
        assert path.component is not None
        assert path.subcomponent is not None
        repetition = fields[path.field].split(encoding.repetition)[path.repetition - 1]
        return repetition.split(encoding.component)[path.component - 1].split(encoding.subcomponent)[path.subcomponent - 1]
    except IndexError:
        return None


@given(texts, encodings)
def test_escaped_text_says_the_same_and_holds_no_delimiter(text: str, encoding: EncodingCharacters) -> None:
    escaped = escape(text, encoding)
    assert unescape(escaped, encoding) == text.replace("\r\n", "\n").replace("\r", "\n")
    for delimiter in (encoding.field, encoding.component, encoding.repetition, encoding.subcomponent, "\r", "\n", "\x0b", "\x1c"):
        assert delimiter not in escaped


@given(st.text(alphabet="\\FXZ.brsp09A|C", max_size=60), encodings)
def test_unescaping_never_raises(text: str, encoding: EncodingCharacters) -> None:
    unescape(text, encoding, "ascii")


@given(texts.filter(lambda text: "\r" not in text), encodings, st.integers(1, 5), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_what_is_built_is_read_where_it_was_put(
    text: str, encoding: EncodingCharacters, field: int, repetition: int, component: int, subcomponent: int
) -> None:
    builder = MessageBuilder(encoding)
    builder.segment("MSH").set_field(18, "UNICODE UTF-8")
    builder.segment("ZZZ").set(field, repetition, component, subcomponent, text)
    raw = builder.render()
    assert isinstance(raw, bytes)
    message = parse_message(raw)
    assert isinstance(message, Message)
    found = raw_at(message, message.segments[1], Path("ZZZ", field, repetition, component, subcomponent))
    assert unescape(found or "", encoding) == text


@given(
    st.lists(st.sampled_from(["PID", "PV1", "ORC", "OBR", "OBX", "NTE", "PD1", "ZZZ", "SPM", "DSC", "TXA"]), max_size=25),
    st.sampled_from(["2.3", "2.6"]),
)
def test_grouping_keeps_every_segment_once_and_in_order_within_its_group(names: list[str], version: str) -> None:
    message = parse_message(b"MSH|^~\\&|\r" + "".join(f"{name}|\r" for name in names).encode())
    assert isinstance(message, Message)
    structure = dictionary.structure(version, "ORU_R01")
    assert structure is not None
    grouped = group(message, structure)
    assert sorted(segment.index for segment in grouped.root.walk()) == list(range(len(names) + 1))


@given(near_messages)
def test_splitting_a_file_loses_only_envelopes_and_margins(data: bytes) -> None:
    parts = list(split_batch(data))
    assert [index for index, _ in parts] == list(range(len(parts)))
    if not any(wide in data for wide in (b"\xff\xfe", b"\xfe\xff", b"M\0S\0H")):
        at = 0
        for _, part in parts:
            at = data.index(part, at) + len(part)
