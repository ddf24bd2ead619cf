"""Commitments: every input counts, and none can be shifted into another."""

import hashlib
from typing import Any

import pytest

from dengbu.ledger.log.commitment import commit
from dengbu.ledger.log.encoding import Malformed

ARGUMENTS: tuple[Any, ...] = ("net", "bank-a", "event-1", "terms", b"s" * 32, {"amount_fen": 100})


def test_the_framing_is_as_documented() -> None:
    message = b"dengbu-commit/v1\nnet\nbank-a\nevent-1\nterms\n" + b"s" * 32 + b'{"amount_fen":100}'
    assert commit(*ARGUMENTS) == hashlib.sha256(message).hexdigest()


def test_every_input_counts() -> None:
    others: tuple[Any, ...] = ("net2", "bank-b", "event-2", "names", b"t" * 32, {"amount_fen": 101})
    made = {commit(*ARGUMENTS)}
    for place, other in enumerate(others):
        made.add(commit(*ARGUMENTS[:place], other, *ARGUMENTS[place + 1 :]))
    assert len(made) == len(others) + 1


@pytest.mark.parametrize("place", range(4))
def test_a_line_feed_would_shift_the_framing(place: int) -> None:
    with pytest.raises(ValueError, match="line feed"):
        commit(*ARGUMENTS[:place], "a\nb", *ARGUMENTS[place + 1 :])


@pytest.mark.parametrize("salt", [b"", bytes(31), bytes(33)])
def test_a_salt_has_one_length(salt: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commit(*ARGUMENTS[:4], salt, {})


def test_a_value_outside_the_profile_has_no_commitment() -> None:
    with pytest.raises(Malformed):
        commit(*ARGUMENTS[:5], 1.5)
