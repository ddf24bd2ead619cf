"""Proof files are read back as written, and refused in any other spelling."""

import pytest

from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.proof import HASHES_MAX, PROOF_BYTES_MAX, Proof, format_proof, parse_proof

HASHES = (b"a" * 32, b"b" * 32)
NOTE = b"whatever\n\nfollows"
RAW = format_proof(b"leaf", 3, HASHES, NOTE)


@pytest.mark.parametrize("extra", [None, b"", b"leaf", bytes(65_535)])
@pytest.mark.parametrize("hashes", [(), HASHES, HASHES[:1] * HASHES_MAX])
def test_proofs_read_back(extra: bytes | None, hashes: tuple[bytes, ...]) -> None:
    assert parse_proof(format_proof(extra, 3, hashes, NOTE)) == Proof(extra, 3, hashes, NOTE)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n",
        b"c2sp.org/tlog-proof@v1\n\n",
        b"c2sp.org/tlog-proof@v1\nextra AAAA\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 3\n",
        RAW.replace(b"@v1", b"@v2"),
        RAW.replace(b"\n", b"\r\n"),
        RAW.replace(b"extra ", b"extra"),
        RAW.replace(b"extra ", b"extra  "),
        RAW.replace(b"extra ", "extra 权".encode()),
        RAW.replace(b"index 3", b"index 03"),
        RAW.replace(b"index 3", b"index +3"),
        RAW.replace(b"index 3", b"index 0_3"),
        RAW.replace(b"index 3", b"index 3 "),
        RAW.replace(b"index 3", b"index  3"),
        RAW.replace(b"index 3", b"index"),
        RAW.replace(b"index 3", b"index -3"),
        RAW.replace(b"index 3", b"index 1000000000000000000000000000000"),
        RAW.replace(b"index 3", b"index 9223372036854775808"),
        RAW.replace(b"index 3\n", b"index 3\nindex 3\n"),
        RAW.replace(b"index 3\n", b"index 3\nextra AAAA\n"),
        RAW.replace(b"\n\n", b"\nAAAA\n\n", 1),
        RAW.replace(b"YWFh", b"YWF-", 1),
        b"\n" + RAW,
        format_proof(None, 3, HASHES[:1] * (HASHES_MAX + 1), NOTE),
        format_proof(None, 3, (), b"x" * PROOF_BYTES_MAX),
    ],
)
def test_other_bytes_are_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse_proof(raw)
