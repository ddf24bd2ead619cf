"""A rotation changes one key of a keystore, is sealed by both keys, and loses nothing wherever it is cut short."""

from pathlib import Path

import pytest

from dengbu.ledger.log.envelope import parse_envelope
from dengbu.ledger.log.keys import verify
from dengbu.nodes.home import key_rotation, keystore
from dengbu.nodes.home.keystore import COSIGN, EVENT, GOVERNANCE, KeystoreError

PASSPHRASE, NET = b"correct horse battery staple", "test.example/net"
FAST = {"ops": keystore.OPS_MIN, "mem": keystore.MEM_BYTES_MIN}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    keystore.create(tmp_path / keystore.FILE_NAME, "hz-registry", keystore.REGISTRY, PASSPHRASE, **FAST)
    return tmp_path


def opened(home: Path, name: str = keystore.FILE_NAME) -> keystore.Keystore:
    return keystore.load(home / name, PASSPHRASE)


@pytest.mark.parametrize("cls", key_rotation.ROTATED)
def test_one_key_changes_and_both_seal_the_event(home: Path, cls: str) -> None:
    old = opened(home)
    body, envelope = (made := parse_envelope(key_rotation.prepare(home, cls, NET, PASSPHRASE))).body, made
    new = opened(home, key_rotation.NEXT)
    assert (body.type, body.net, body.actor) == ("key.rotate", NET, "hz-registry")
    assert body.data["old"] == old.signer(cls).key_id
    assert body.data["key"] == {"cls": cls, "alg": "Ed25519", "public": new.signer(cls).public.hex()}
    signers = {one.key_id: one for one in (old.signer(cls), new.signer(cls))}
    assert {one.key for one in envelope.sigs} == signers.keys()
    assert all(
        verify(signers[one.key].public, envelope.signed_bytes(one.key), one.raw) for one in envelope.sigs
    )
    others = [one for one in keystore.SIGNING if one != cls]
    assert [new.signer(one).key_id for one in others] == [old.signer(one).key_id for one in others]
    assert (new.holder_key, bytes(new.envelope)) == (old.holder_key, bytes(old.envelope))
    assert opened(home).signer(cls).key_id == old.signer(cls).key_id, "nothing is in use yet"


def test_the_new_keystore_takes_the_place_of_the_old_one_which_is_kept(home: Path) -> None:
    before = (home / keystore.FILE_NAME).read_bytes()
    key_rotation.prepare(home, EVENT, NET, PASSPHRASE)
    after = (home / key_rotation.NEXT).read_bytes()
    kept = key_rotation.adopt(home, EVENT, PASSPHRASE)
    assert (home / keystore.FILE_NAME).read_bytes() == after
    assert kept.read_bytes() == before
    assert all(path.stat().st_mode & 0o077 == 0 for path in (kept, home / keystore.FILE_NAME))
    assert {path.name for path in home.iterdir()} == {keystore.FILE_NAME, kept.name}
    key_rotation.prepare(home, EVENT, NET, PASSPHRASE)  # and again
    assert key_rotation.adopt(home, EVENT, PASSPHRASE) != kept


def test_a_run_that_was_cut_short_is_taken_up(home: Path) -> None:
    first = key_rotation.prepare(home, GOVERNANCE, NET, PASSPHRASE)
    assert key_rotation.prepare(home, GOVERNANCE, NET, PASSPHRASE) == first, "the same event"
    (home / key_rotation.SEALED).unlink()  # cut short before it was written
    again = parse_envelope(key_rotation.prepare(home, GOVERNANCE, NET, PASSPHRASE)).body
    assert again.data == parse_envelope(first).body.data, "the same key"
    kept = key_rotation.adopt(home, GOVERNANCE, PASSPHRASE)
    kept.rename(home / "elsewhere")
    (home / key_rotation.SEALED).write_bytes(first)
    key_rotation.prepare(
        home, COSIGN, NET, PASSPHRASE
    )  # what an earlier rotation left is not taken for this one's


def test_an_event_whose_time_is_over_is_sealed_anew(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = parse_envelope(key_rotation.prepare(home, EVENT, NET, PASSPHRASE)).body
    monkeypatch.setattr(key_rotation, "now_ms", lambda: first.not_after + 1)
    later = parse_envelope(key_rotation.prepare(home, EVENT, NET, PASSPHRASE)).body
    assert later.not_after > first.not_after
    assert (later.id != first.id, later.data) == (True, first.data)


def test_two_rotations_do_not_mix(home: Path) -> None:
    key_rotation.prepare(home, EVENT, NET, PASSPHRASE)
    made = (home / key_rotation.NEXT).read_bytes()
    with pytest.raises(KeystoreError, match="a rotation of event is under way"):
        key_rotation.prepare(home, COSIGN, NET, PASSPHRASE)
    assert (home / key_rotation.NEXT).read_bytes() == made


def test_a_wrong_passphrase_makes_nothing(home: Path) -> None:
    with pytest.raises(KeystoreError):
        key_rotation.prepare(home, EVENT, NET, b"wrong")
    assert [path.name for path in home.iterdir()] == [keystore.FILE_NAME]


def test_a_class_that_the_keystore_lacks_makes_nothing(home: Path) -> None:
    with pytest.raises(KeystoreError, match="no 'vote' key"):
        key_rotation.prepare(home, "vote", NET, PASSPHRASE)
    assert not (home / key_rotation.NEXT).exists()
