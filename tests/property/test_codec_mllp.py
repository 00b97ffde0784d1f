"""Any chunking gives the same frames, and any bytes end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.codec import mllp

_payloads = st.binary(max_size=60).map(lambda data: data.replace(b"\x0b", b"").replace(b"\x1c", b""))
_pieces = st.lists(st.sampled_from([b"\x0b", b"\x1c\r", b"\x1c", b"\r", b"\n", b"a", b"bc", b"MSH|"]), max_size=40).map(b"".join)
_cuts = st.lists(st.integers(1, 7), min_size=1, max_size=20)


def _chunks(stream: bytes, cuts: list[int]) -> list[bytes]:
    chunks, at, turn = [], 0, 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        chunks.append(stream[at : at + size])
        at, turn = at + size, turn + 1
    return chunks


def _events(chunks: list[bytes], limit: int = 1000) -> tuple[list[bytes], int, bool, int]:
    """Frames, bytes of noise, whether it was refused, bytes left inside a frame."""
    decoder = mllp.Decoder(limit=limit)
    frames, noise, refused = [], 0, False
    for chunk in chunks:
        decoder.receive(chunk)
        while not isinstance(event := decoder.next_event(), mllp.NeedData):
            match event:
                case mllp.Frame(payload):
                    frames.append(payload)
                case mllp.Noise(count):
                    noise += count
                case mllp.TooLarge():
                    refused = True
    left = decoder.at_end()
    return frames, noise, refused, left.count if left else 0


@given(st.lists(_payloads, max_size=5), _cuts)
def test_chunking_never_changes_frames(payloads: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(mllp.encode(payload) for payload in payloads)
    assert _events(_chunks(stream, cuts)) == (payloads, 0, False, 0)


@given(_pieces, _cuts, st.integers(0, 12))
def test_broken_streams_mean_the_same_however_they_are_cut(stream: bytes, cuts: list[int], limit: int) -> None:
    assert _events(_chunks(stream, cuts), limit) == _events([stream], limit)


@given(_pieces, _cuts)
def test_every_byte_is_a_frame_or_noise_or_silent_or_left(stream: bytes, cuts: list[int]) -> None:
    frames, noise, _, left = _events(_chunks(stream, cuts))
    framing = 3 * len(frames)
    silent_or_mark = sum(stream.count(mark) for mark in (b"\r", b"\n", b"\x0b"))
    counted = sum(map(len, frames)) + framing + noise + left
    assert len(stream) - silent_or_mark <= counted <= len(stream)
