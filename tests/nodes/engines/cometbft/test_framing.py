import random
from itertools import pairwise

import pytest

from dengbu.nodes.engines.cometbft.framing import MESSAGE_BYTES_MAX, BadFrame, Frames, frame

LENGTHS = (0, 1, 127, 128, 300, 16_383, 16_384, 70_000)


def cut(stream: bytes, *places: int) -> list[bytes]:
    """Return the messages of a stream that arrives in pieces."""
    frames, found = Frames(), []
    edges = [0, *places, len(stream)]
    for start, end in pairwise(edges):
        frames.feed(stream[start:end])
        while (message := frames.next()) is not None:
            found.append(message)
    return found


def test_golden_frames() -> None:
    assert frame(b"") == b"\x00"
    assert frame(b"abc") == b"\x03abc"
    assert frame(b"x" * 128)[:2] == b"\x80\x01"
    assert frame(b"x" * 300)[:2] == b"\xac\x02"  # 300 is the example of the protobuf encoding guide


@pytest.mark.parametrize("length", LENGTHS)
def test_a_message_comes_back_as_it_was(length: int) -> None:
    message = bytes(index % 251 for index in range(length))
    assert cut(frame(message)) == [message]


def test_a_stream_may_be_cut_at_every_byte() -> None:
    messages = [b"", b"a", b"b" * 127, b"c" * 130]
    stream = b"".join(frame(one) for one in messages)
    for place in range(len(stream) + 1):
        assert cut(stream, place) == messages


def test_a_stream_may_come_byte_by_byte() -> None:
    messages = [b"", b"a" * 200, b"b"]
    stream = b"".join(frame(one) for one in messages)
    assert cut(stream, *range(1, len(stream))) == messages


def test_random_streams_in_random_pieces() -> None:
    seed = random.randrange(2**32)
    print("seed", seed)  # noqa: T201
    rng = random.Random(seed)
    for _ in range(200):
        messages = [rng.randbytes(rng.choice((0, 1, 5, 127, 128, 400))) for _ in range(rng.randrange(1, 8))]
        stream = b"".join(frame(one) for one in messages)
        places = sorted(rng.randrange(len(stream) + 1) for _ in range(rng.randrange(6)))
        assert cut(stream, *places) == messages


@pytest.mark.parametrize("length", [MESSAGE_BYTES_MAX + 1, 2**34])
def test_a_length_beyond_the_limit_is_refused_before_anything_is_kept(length: int) -> None:
    head = bytearray()
    while length >= 128:
        head.append(length % 128 + 128)
        length //= 128
    head.append(length)
    frames = Frames()
    frames.feed(bytes(head))
    with pytest.raises(BadFrame):
        frames.next()


def test_a_length_that_does_not_end_is_refused() -> None:
    frames = Frames()
    frames.feed(b"\xff" * 4)
    assert frames.next() is None
    frames.feed(b"\xff")
    with pytest.raises(BadFrame, match="length of more than"):
        frames.next()
