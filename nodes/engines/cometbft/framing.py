"""Message framing on a stream: a length as an unsigned varint, then that many bytes."""

MESSAGE_BYTES_MAX = 32 * 2**20  # far above a block; CometBFT never sends a longer message
LENGTH_BYTES_MAX = 5
_MORE = 0x80  # set in every byte of a length but its last
_BITS = 0x7F


class BadFrame(Exception):
    """The bytes are not a message of this protocol; the stream cannot be used any more."""


class Frames:
    """Splits a stream that arrives in pieces of any size into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._at = 0

    def feed(self, piece: bytes) -> None:
        """Add bytes that have arrived."""
        if self._at:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += piece

    def next(self) -> bytes | None:
        """Return the next whole message; None until more has arrived. Raises `BadFrame`."""
        length, start = self._length()
        if length is None or len(self._buffer) < start + length:
            return None
        self._at = start + length
        return bytes(self._buffer[start : self._at])

    def _length(self) -> tuple[int | None, int]:
        """Return the announced length and where its message starts; None while the length is incomplete."""
        length = 0
        for place in range(LENGTH_BYTES_MAX):
            at = self._at + place
            if at >= len(self._buffer):
                return None, at
            length |= (self._buffer[at] & _BITS) << (7 * place)
            if not self._buffer[at] & _MORE:
                if length > MESSAGE_BYTES_MAX:
                    raise BadFrame(f"a message of {length} bytes; at most {MESSAGE_BYTES_MAX} are taken")
                return length, at + 1
        raise BadFrame(f"a length of more than {LENGTH_BYTES_MAX} bytes")


def frame(message: bytes) -> bytes:
    """Return a message with its length in front."""
    length, head = len(message), bytearray()
    while length >= _MORE:
        head.append(length & _BITS | _MORE)
        length >>= 7
    head.append(length)
    return bytes(head) + message
