"""HL7 v2 messages for Hypothesis, built bottom-up: subcomponent, component, repetition, field, segment, message."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from hub.codec.hl7v2 import DEFAULT_ENCODING, EncodingCharacters

_PUNCTUATION = "|^~\\&#$%!*+:;<=>?@{}`'_,."  # without - and /, which stand in the names of MSH-18

encodings = st.one_of(
    st.just(DEFAULT_ENCODING),
    st.permutations(_PUNCTUATION).map(lambda p: EncodingCharacters(*p[:5])),
    st.permutations(_PUNCTUATION).map(lambda p: EncodingCharacters(*p[:6])),
)
charsets = st.sampled_from(
    [
        ("", "ascii"),
        ("ASCII", "ascii"),
        ("8859/1", "iso8859-1"),
        ("8859/15", "iso8859-15"),
        ("8859/5", "iso8859-5"),
        ("UNICODE UTF-8", "utf-8"),
    ]
)
segment_names = st.from_regex(r"\A[A-Z][A-Z0-9]{2}\Z").filter(lambda name: name != "MSH")
terminators = st.sampled_from(["\r", "\n", "\r\n", "\r\r", "\n\n", "\r\n\r\n"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


_NARROW = bytes([9, 0x1C, 0x85, *range(0x20, 0x7F), *range(0xA0, 0x100)])
_ALPHABETS = {
    "ascii": _NARROW.decode("ascii", errors="ignore"),
    "utf-8": "abcXYZ 019|^~\\&#\x85\u00e9\u2028\ufeff\u6f22\U0001f600",
} | {charset: _NARROW.decode(charset, errors="ignore") for charset in ("iso8859-1", "iso8859-5", "iso8859-15")}


def _plain(encoding: EncodingCharacters, charset: str) -> st.SearchStrategy[str]:
    """Text without delimiters and line breaks, in the charset. U+0085, U+2028 and FS are no line breaks to HL7."""
    special = dict.fromkeys(map(ord, encoding.field + encoding.msh2 + "\r\n"))
    return st.text(_ALPHABETS[charset], max_size=8).map(lambda text: text.translate(special))


def subcomponents(encoding: EncodingCharacters, charset: str) -> st.SearchStrategy[str]:
    sequence = st.sampled_from(["F", "S", "T", "R", "E", "X41", ".br", "Zzz", "H", "C2842"]).map(
        lambda body: encoding.escape + body + encoding.escape
    )
    return st.one_of(_plain(encoding, charset), sequence, st.just('""'), st.just(encoding.escape))


def components(encoding: EncodingCharacters, charset: str) -> st.SearchStrategy[str]:
    return st.lists(subcomponents(encoding, charset), max_size=3).map(encoding.subcomponent.join)


def repetitions(encoding: EncodingCharacters, charset: str) -> st.SearchStrategy[str]:
    return st.lists(components(encoding, charset), max_size=4).map(encoding.component.join)


def fields(encoding: EncodingCharacters, charset: str) -> st.SearchStrategy[str]:
    return st.lists(repetitions(encoding, charset), max_size=3).map(encoding.repetition.join)


@st.composite
def segments(draw: st.DrawFn, encoding: EncodingCharacters, charset: str) -> str:
    return encoding.field.join([draw(segment_names), *draw(st.lists(fields(encoding, charset), max_size=6))])


@dataclass(frozen=True)
class Written:
    """A message, and what went into it."""

    raw: bytes
    charset: str
    encoding: EncodingCharacters
    fields: list[list[str]]  # of each segment after MSH


@st.composite
def messages(draw: st.DrawFn) -> Written:
    encoding = draw(encodings)
    name, charset = draw(charsets)
    header = ["MSH", encoding.msh2, *draw(st.lists(_plain(encoding, "ascii"), min_size=15, max_size=15)), name]
    body = draw(st.lists(segments(encoding, charset), max_size=6))
    terminator = draw(terminators)
    text = terminator.join([encoding.field.join(header), *body]) + draw(st.sampled_from(["", terminator]))
    lead = draw(st.sampled_from(["", "\r\n", "  "]))
    return Written((lead + text).encode(charset), charset, encoding, [each.split(encoding.field) for each in body])


# Bytes that look enough like HL7 to get past the first check.
near_messages = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=100).map(lambda tail: b"MSH|^~\\&|" + tail),
    st.lists(
        st.sampled_from(
            [
                b"MSH",
                b"PID",
                b"|",
                b"^~\\&",
                b"\r",
                b"\n",
                b"\x0b",
                b"\x1c\r",
                b"\xff",
                b"\xfe",
                b"M\0S\0H\0",
                b"\xef\xbb\xbf",
                b"FHS|",
                b"a",
            ]
        ),
        max_size=30,
    ).map(b"".join),
)
