"""The keystore refuses every file but the one it wrote, opened with the passphrase it was written for."""

import json
import os
from pathlib import Path

import pytest
from nacl.public import SealedBox

from dengbu.ledger.log.encoding import canonical
from dengbu.ledger.log.keys import verify
from dengbu.nodes.home import keystore
from dengbu.nodes.home.keystore import KeystoreError

PASSPHRASE = b"correct horse battery staple"
FAST = {"ops": keystore.OPS_MIN, "mem": keystore.MEM_BYTES_MIN}
STRIDE = 97  # opening costs a key derivation; a prime stride reaches every part of the file


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("home") / keystore.FILE_NAME
    keystore.create(path, "hz-registry", keystore.REGISTRY, PASSPHRASE, **FAST)
    return path


def copy(made: Path, tmp_path: Path, raw: bytes) -> Path:
    path = tmp_path / "keystore.json"
    path.write_bytes(raw)
    path.chmod(0o600)
    return path


def test_what_was_created_opens_with_the_same_keys(tmp_path: Path) -> None:
    path = tmp_path / keystore.FILE_NAME
    created = keystore.create(path, "hz-registry", keystore.REGISTRY, PASSPHRASE, **FAST)
    opened = keystore.load(path, PASSPHRASE)
    assert opened.institution == "hz-registry"
    assert opened.public_keys() == created.public_keys()
    assert opened.holder_key == created.holder_key
    signature = opened.signer(keystore.EVENT).sign(b"message")
    assert verify(created.signer(keystore.EVENT).public, b"message", signature)
    box = SealedBox(created.envelope.public_key).encrypt(b"data key")
    assert SealedBox(opened.envelope).decrypt(box) == b"data key"


def test_one_key_per_purpose(made: Path) -> None:
    opened = keystore.load(made, PASSPHRASE)
    publics = [key["public"] for key in opened.public_keys()]
    assert (
        len(set(publics)) == len(publics) == len(keystore.REGISTRY) - 1
    )  # the holder key has no public half


def test_the_file_is_private_and_holds_no_seed(made: Path) -> None:
    assert made.stat().st_mode & 0o777 == 0o600
    opened, raw = keystore.load(made, PASSPHRASE), made.read_bytes()
    assert opened.holder_key.hex().encode() not in raw
    assert opened.holder_key not in raw
    assert bytes(opened.envelope) not in raw
    assert bytes(opened.envelope).hex().encode() not in raw


@pytest.mark.parametrize("wrong", [b"", b"correct horse battery stapl", PASSPHRASE + b" "])
def test_a_wrong_passphrase_is_refused(made: Path, wrong: bytes) -> None:
    with pytest.raises(KeystoreError, match="wrong passphrase or damaged"):
        keystore.load(made, wrong)


def test_a_flipped_bit_anywhere_is_refused_with_the_same_error(made: Path, tmp_path: Path) -> None:
    raw = made.read_bytes()
    places = sorted({*range(0, len(raw), STRIDE), 0, len(raw) - 1})
    for place in places:
        damaged = bytearray(raw)
        damaged[place] ^= 1
        with pytest.raises(KeystoreError, match="wrong passphrase or damaged"):
            keystore.load(copy(made, tmp_path, bytes(damaged)), PASSPHRASE)


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_a_truncated_file_is_refused(made: Path, tmp_path: Path, cut: int) -> None:
    with pytest.raises(KeystoreError, match="wrong passphrase or damaged"):
        keystore.load(copy(made, tmp_path, made.read_bytes()[:cut]), PASSPHRASE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ops", 1),
        ("ops", 0),
        ("mem", keystore.MEM_BYTES_MIN - 1024),
        ("mem", 8192),
        ("mem", keystore.MEM_BYTES_MAX + 1024),
        ("ops", keystore.OPS_MAX + 1),
        ("alg", "argon2i"),
    ],
)
def test_other_derivation_parameters_are_refused(
    made: Path, tmp_path: Path, name: str, value: int | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = json.loads(made.read_bytes())
    file["header"]["kdf"][name] = value

    def derive(*_: object, **__: object) -> bytes:
        raise AssertionError("the parameters must be refused before any work is done with them")

    monkeypatch.setattr(keystore, "_derive", derive)
    with pytest.raises(KeystoreError, match="wrong passphrase or damaged"):
        keystore.load(copy(made, tmp_path, canonical(file)), PASSPHRASE)


def test_a_weak_file_written_with_its_true_parameters_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A downgrade by someone who knows the passphrase: the box is sound, but its parameters are below the minimum."""
    path = tmp_path / "weak.json"
    with pytest.raises(KeystoreError, match=r"64\.\.1024 MiB"):
        keystore.create(path, "bank-a", keystore.COMMON, PASSPHRASE, ops=1, mem=8192)
    with monkeypatch.context() as floors:
        floors.setattr(keystore, "OPS_MIN", 1)
        floors.setattr(keystore, "MEM_BYTES_MIN", 8192)
        keystore.create(path, "bank-a", keystore.COMMON, PASSPHRASE, ops=1, mem=8192)
        assert keystore.load(path, PASSPHRASE).institution == "bank-a"
    with pytest.raises(KeystoreError, match="wrong passphrase or damaged"):
        keystore.load(path, PASSPHRASE)


@pytest.mark.parametrize("change", ["institution", "kid", "public"])
def test_a_changed_header_is_refused(made: Path, tmp_path: Path, change: str) -> None:
    file = json.loads(made.read_bytes())
    if change == "institution":
        file["header"]["institution"] = "bank-a"
    else:
        file["header"]["keys"][0][change] = file["header"]["keys"][1][change]
    with pytest.raises(KeystoreError, match="wrong passphrase or damaged"):
        keystore.load(copy(made, tmp_path, canonical(file)), PASSPHRASE)


def test_bytes_beside_the_box_are_refused(made: Path, tmp_path: Path) -> None:
    file = json.loads(made.read_bytes())
    file["note"] = "more"
    with pytest.raises(KeystoreError, match="wrong passphrase or damaged"):
        keystore.load(copy(made, tmp_path, canonical(file)), PASSPHRASE)


def test_a_file_open_to_others_is_refused(made: Path, tmp_path: Path) -> None:
    path = copy(made, tmp_path, made.read_bytes())
    path.chmod(0o640)
    with pytest.raises(KeystoreError, match="chmod 600"):
        keystore.load(path, PASSPHRASE)


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / keystore.FILE_NAME
    path.write_bytes(b"precious")
    with pytest.raises(KeystoreError, match="exists already"):
        keystore.create(path, "bank-a", keystore.COMMON, PASSPHRASE, **FAST)
    assert path.read_bytes() == b"precious"


def test_a_link_is_not_followed_to_create(tmp_path: Path) -> None:
    os.symlink(tmp_path / "elsewhere.json", tmp_path / keystore.FILE_NAME)
    with pytest.raises(KeystoreError):
        keystore.create(tmp_path / keystore.FILE_NAME, "bank-a", keystore.COMMON, PASSPHRASE, **FAST)
    assert not (tmp_path / "elsewhere.json").exists()


def test_a_missing_class_is_named(tmp_path: Path) -> None:
    bank = keystore.create(tmp_path / "k.json", "bank-a", keystore.COMMON, PASSPHRASE, **FAST)
    with pytest.raises(KeystoreError, match="'log'"):
        bank.signer(keystore.LOG)
    with pytest.raises(KeystoreError, match="'holder'"):
        _ = bank.holder_key
    with pytest.raises(KeystoreError, match="'envelope'"):
        bank.signer(keystore.ENVELOPE)  # the envelope key decrypts and never signs


def test_the_text_of_a_keystore_shows_no_secret(made: Path) -> None:
    opened = keystore.load(made, PASSPHRASE)
    assert repr(opened) == "<Keystore hz-registry: " + ", ".join(opened.classes) + ">"


@pytest.mark.parametrize(
    ("content", "expected"), [(b"secret\n", b"secret"), (b"a b\r\nmore\n", b"a b"), (b"x", b"x")]
)
def test_the_passphrase_is_the_first_line(tmp_path: Path, content: bytes, expected: bytes) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes(content)
    assert keystore.read_passphrase(path) == expected


def test_no_passphrase_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"\nsecond line\n")
    with pytest.raises(KeystoreError, match="empty"):
        keystore.read_passphrase(tmp_path / "empty")
    with pytest.raises(KeystoreError, match="cannot read"):
        keystore.read_passphrase(tmp_path / "missing")
