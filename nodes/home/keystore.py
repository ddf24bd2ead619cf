"""The institution's secret keys in one passphrase-protected file; keys are generated only here.

The file is JSON with a public header (institution, key ids, key derivation parameters) and one `SecretBox`.
The box holds the seeds and the SHA-256 of the header, so a changed header is detected like a changed box. A wrong
passphrase and a damaged file give the same error, because they cannot be told apart.
"""

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import nacl.exceptions
import nacl.pwhash.argon2id as argon2id
import nacl.utils
from nacl.public import PrivateKey
from nacl.secret import SecretBox

from dengbu.ledger.log.encoding import JSONValue, Malformed, canonical, parse
from dengbu.ledger.log.keys import Signer, key_id

FILE_NAME = "keystore.json"
FILE_BYTES_MAX = 16_384
SEED_BYTES = 32
SALT_BYTES = argon2id.SALTBYTES
# Floors and ceilings at load: a weakened file must not be opened, and a hostile one must not take all memory.
MEM_BYTES_MIN = 64 * 2**20
MEM_BYTES_MAX = 1024 * 2**20
OPS_MIN = 2
OPS_MAX = 16
OPS_DEFAULT = argon2id.OPSLIMIT_MODERATE
MEM_BYTES_DEFAULT = argon2id.MEMLIMIT_MODERATE

GOVERNANCE, EVENT, LOG, COSIGN, NODE, ENVELOPE, HOLDER = (
    "governance",
    "event",
    "log",
    "cosign",
    "node",
    "envelope",
    "holder",
)
SIGNING = (GOVERNANCE, EVENT, LOG, COSIGN, NODE)
COMMON = (GOVERNANCE, EVENT, COSIGN, NODE, ENVELOPE)
REGISTRY = (*COMMON, LOG, HOLDER)
ED25519, X25519 = "Ed25519", "X25519"


class KeystoreError(Exception):
    """The key file cannot be used; the text says where it is and what to do."""


class Keystore:
    """Opened keys of one institution: a signer per class, the envelope key, the registry's holder key."""

    def __init__(self, institution: str, seeds: Mapping[str, bytes]) -> None:
        self.institution = institution
        self._seeds = dict(seeds)
        self._signers = {cls: Signer(seed) for cls, seed in seeds.items() if cls in SIGNING}

    def __repr__(self) -> str:
        return f"<Keystore {self.institution}: {', '.join(sorted(self._seeds))}>"

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes of the keys held, sorted."""
        return tuple(sorted(self._seeds))

    def signer(self, cls: str) -> Signer:
        """Return the Ed25519 signer of a class. Raises KeystoreError if this institution holds none."""
        found = self._signers.get(cls)
        if found is None:
            raise KeystoreError(
                f"密钥库没有此类密钥 the keystore of {self.institution} holds no {cls!r} key, only: "
                + ", ".join(self.classes)
            )
        return found

    @property
    def envelope(self) -> PrivateKey:
        """The X25519 key that opens wraps made for this institution."""
        return PrivateKey(self._secret(ENVELOPE))

    @property
    def holder_key(self) -> bytes:
        """The registry's key for holder references (32 bytes)."""
        return self._secret(HOLDER)

    def public_keys(self) -> list[dict[str, str]]:
        """Return the keys for the genesis or a governance event: [{cls, alg, public (hex)}], sorted by class."""
        keys = [
            {"cls": cls, "alg": ED25519, "public": signer.public.hex()}
            for cls, signer in self._signers.items()
        ]
        keys.append({"cls": ENVELOPE, "alg": X25519, "public": bytes(self.envelope.public_key).hex()})
        return sorted(keys, key=lambda key: key["cls"])

    def _secret(self, cls: str) -> bytes:
        seed = self._seeds.get(cls)
        if seed is None:
            raise KeystoreError(f"密钥库没有此类密钥 no {cls!r} key in the keystore of {self.institution}")
        return seed


def read_passphrase(path: Path) -> bytes:
    """Read a passphrase from a file: its first line without the line end. Raises KeystoreError if missing or empty."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise KeystoreError(
            f"无法读取口令文件 cannot read the passphrase file {path}: {error.strerror}"
        ) from error
    passphrase = raw.split(b"\n", 1)[0].rstrip(b"\r")
    if not passphrase:
        raise KeystoreError(f"口令文件首行为空 the first line of the passphrase file {path} is empty")
    return passphrase


def create(
    path: Path,
    institution: str,
    classes: Sequence[str],
    passphrase: bytes,
    *,
    ops: int = OPS_DEFAULT,
    mem: int = MEM_BYTES_DEFAULT,
) -> Keystore:
    """Generate fresh keys for an institution and write them to a new file (0600).

    Raises KeystoreError if the file exists already, or for key derivation parameters outside the limits.
    """
    if not (OPS_MIN <= ops <= OPS_MAX and MEM_BYTES_MIN <= mem <= MEM_BYTES_MAX):
        raise KeystoreError(
            f"密钥派生参数越界 key derivation must have ops {OPS_MIN}..{OPS_MAX} and "
            f"{MEM_BYTES_MIN // 2**20}..{MEM_BYTES_MAX // 2**20} MiB"
        )
    seeds = {cls: nacl.utils.random(SEED_BYTES) for cls in classes}
    keystore = Keystore(institution, seeds)
    _write_new(path, _seal(keystore, seeds, passphrase, ops, mem))
    return keystore


def create_next(path: Path, to: Path, cls: str, passphrase: bytes) -> None:
    """Write a key file like the one at `path`, with a fresh key of a class, to a new file (0600), under the same passphrase.

    Raises KeystoreError if the key file cannot be opened, holds no such key, or if there is a file already.
    """
    current = load(path, passphrase)
    current.signer(cls)  # raises if there is none
    header = _object(_object(parse(path.read_bytes(), limit=FILE_BYTES_MAX))["header"])
    kdf = _object(header["kdf"])
    seeds = {**current._seeds, cls: nacl.utils.random(SEED_BYTES)}
    keystore = Keystore(current.institution, seeds)
    _write_new(to, _seal(keystore, seeds, passphrase, int(str(kdf["ops"])), int(str(kdf["mem"]))))


def load(path: Path, passphrase: bytes) -> Keystore:
    """Open a key file. Raises KeystoreError for a missing, foreign, weakened or damaged file or a wrong passphrase."""
    try:
        raw = path.read_bytes()
        loose = path.stat().st_mode & 0o077
    except OSError as error:
        raise KeystoreError(f"无法读取密钥库 cannot read the keystore {path}: {error.strerror}") from error
    if loose:
        raise KeystoreError(f"密钥库权限过宽 the keystore {path} is open to others; run: chmod 600 {path}")
    try:
        return _open(raw, passphrase)
    except (Malformed, ValueError, KeyError, TypeError, AttributeError, nacl.exceptions.CryptoError) as error:
        raise KeystoreError(
            f"口令错误或密钥库损坏 wrong passphrase or damaged keystore {path}; "
            "check the passphrase file, or restore the keystore from its backup"
        ) from error


def _seal(keystore: Keystore, seeds: Mapping[str, bytes], passphrase: bytes, ops: int, mem: int) -> bytes:
    salt = nacl.utils.random(SALT_BYTES)
    header: dict[str, JSONValue] = {
        "v": 1,
        "kind": "dengbu-keystore",
        "institution": keystore.institution,
        "keys": [{**key, "kid": _kid(key)} for key in keystore.public_keys()],
        "kdf": {"alg": "argon2id", "ops": ops, "mem": mem, "salt": salt.hex()},
    }
    content: dict[str, JSONValue] = {
        "header": hashlib.sha256(canonical(header)).hexdigest(),
        "seeds": {cls: seed.hex() for cls, seed in seeds.items()},
    }
    box = SecretBox(_derive(passphrase, salt, ops, mem)).encrypt(canonical(content))
    return canonical({"header": header, "box": base64.b64encode(box).decode()})


def _open(raw: bytes, passphrase: bytes) -> Keystore:
    file = _object(parse(raw, limit=FILE_BYTES_MAX))
    header = _object(file["header"])
    kdf = _object(header["kdf"])
    if header["v"] != 1 or header["kind"] != "dengbu-keystore" or kdf["alg"] != "argon2id":
        raise ValueError("not a keystore of this version")
    ops, mem, institution = kdf["ops"], kdf["mem"], header["institution"]
    if not (isinstance(ops, int) and isinstance(mem, int) and isinstance(institution, str)):
        raise ValueError("header of the wrong shape")
    if not (OPS_MIN <= ops <= OPS_MAX and MEM_BYTES_MIN <= mem <= MEM_BYTES_MAX):
        raise ValueError("key derivation outside its limits")
    key = _derive(passphrase, _hex(kdf["salt"], SALT_BYTES), ops, mem)
    box = base64.b64decode(str(file["box"]), validate=True)
    if base64.b64encode(box).decode() != file["box"] or sorted(file) != ["box", "header"]:
        raise ValueError("bytes beside the box")
    content = _object(parse(SecretBox(key).decrypt(box), limit=FILE_BYTES_MAX))
    if content["header"] != hashlib.sha256(canonical(header)).hexdigest():
        raise ValueError("the header is not the one that was sealed")
    seeds = {cls: _hex(seed, SEED_BYTES) for cls, seed in _object(content["seeds"]).items()}
    return Keystore(institution, seeds)


def _derive(passphrase: bytes, salt: bytes, ops: int, mem: int) -> bytes:
    return argon2id.kdf(SecretBox.KEY_SIZE, passphrase, salt, opslimit=ops, memlimit=mem)


def _kid(key: Mapping[str, str]) -> str:
    return key_id(key["alg"], bytes.fromhex(key["public"]))


def _object(value: JSONValue) -> dict[str, JSONValue]:
    if not isinstance(value, dict):
        raise ValueError("an object was expected")
    return value


def _hex(value: JSONValue, size: int) -> bytes:
    raw = bytes.fromhex(str(value))
    if len(raw) != size or raw.hex() != value:
        raise ValueError("hexadecimal of the wrong length")
    return raw


def _write_new(path: Path, raw: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise KeystoreError(
            f"密钥库已存在，保留勿移 the keystore {path} exists already: keep it, the network may know its keys; "
            "make new keys in another folder"
        ) from error
    with os.fdopen(handle, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
