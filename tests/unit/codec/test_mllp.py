from __future__ import annotations

import time

from hub.codec.mllp import Decoder, Frame, NeedData, Noise, TooLarge, Truncated, encode


def events(decoder: Decoder, data: bytes) -> list[object]:
    decoder.receive(data)
    found: list[object] = []
    while not isinstance(event := decoder.next_event(), NeedData):
        found.append(event)
    return found


def test_two_frames_in_one_read() -> None:
    assert events(Decoder(), b"\x0bone\x1c\r\x0btwo\x1c\r") == [Frame(b"one"), Frame(b"two")]


def test_an_end_cut_between_its_two_bytes() -> None:
    decoder = Decoder()
    assert events(decoder, b"\x0bone\x1c") == []
    assert events(decoder, b"\r") == [Frame(b"one")]


def test_fs_without_cr_is_payload() -> None:
    assert events(Decoder(), b"\x0ba\x1cb\x1c\r") == [Frame(b"a\x1cb")]


def test_line_ends_between_frames_are_silent_and_other_bytes_are_noise() -> None:
    assert events(Decoder(), encode(b"a") + b"\r\n \n" + encode(b"b")) == [Frame(b"a"), Frame(b"b")]
    assert events(Decoder(), b"GET / HTTP/1.1\r\n" + encode(b"a")) == [Noise(12), Frame(b"a")]


def test_a_frame_that_begins_anew_is_noise_up_to_the_last_vt() -> None:
    assert events(Decoder(), b"\x0bhalf\x0b\x0bwhole\x1c\r") == [Noise(4), Frame(b"whole")]


def test_the_end_of_the_stream_inside_a_frame() -> None:
    decoder = Decoder()
    assert events(decoder, b"\x0bhalf") == []
    assert decoder.at_end() == Truncated(4)


def test_the_end_of_the_stream_between_frames() -> None:
    decoder = Decoder()
    events(decoder, encode(b"a") + b"\r\n")
    assert decoder.at_end() is None


def test_a_payload_of_exactly_the_limit_passes_and_one_more_byte_does_not() -> None:
    for cut in (1, 5, 100):
        fits, over = Decoder(limit=4), Decoder(limit=4)
        frame, larger = encode(b"1234"), encode(b"12345")
        got = [event for at in range(0, len(frame), cut) for event in events(fits, frame[at : at + cut])]
        assert got == [Frame(b"1234")]
        got = [event for at in range(0, len(larger), cut) for event in events(over, larger[at : at + cut])]
        assert [type(event) for event in got] == [TooLarge]


def test_after_a_frame_over_the_limit_nothing_is_taken() -> None:
    decoder = Decoder(limit=4)
    assert events(decoder, b"\x0b123456789") == [TooLarge(9)]
    assert events(decoder, encode(b"a")) == []
    assert decoder.at_end() is None


def test_a_frame_of_64_mb_is_refused_within_its_limit_and_not_held() -> None:
    decoder = Decoder(limit=1 << 20)
    decoder.receive(b"\x0b")
    chunk = bytes(64 << 10)
    held = 0
    seen: list[object] = []
    for _ in range(1024):
        seen += events(decoder, chunk)
        held = max(held, len(decoder._buffer))
    assert [type(event) for event in seen] == [TooLarge]
    assert held <= (1 << 20) + len(chunk)


def test_time_grows_with_the_bytes_and_not_with_their_square() -> None:
    """A quadratic search of a 1 MB frame in 64-byte pieces reads 8 GB: minutes, not a second."""
    started = time.process_time()
    for stream in (encode(bytes(1 << 20)), b"\x0ba" * (1 << 17), b"\x0b" * (1 << 18)):
        decoder = Decoder()
        for at in range(0, len(stream), 64):
            events(decoder, stream[at : at + 64])
    whole = Decoder()
    events(whole, b"\x0ba" * (1 << 17))
    assert time.process_time() - started < 5


def test_a_new_start_is_seen_in_a_frame_shorter_than_the_one_before() -> None:
    decoder = Decoder()
    assert events(decoder, b"\x0b" + b"a" * 20) == []
    assert events(decoder, b"\x1c\r\x0bx\x0by\x1c\r") == [Frame(b"a" * 20), Noise(1), Frame(b"y")]
