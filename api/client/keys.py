"""Client key files: the Ed25519 key with which a department's system signs its requests to its own node.

    {"v": 1, "kind": "dengbu-client-key", "kid": <key id>, "public": hex, "seed": hex}

The file must not be readable by others. This is not the institution's event key, which never leaves its node.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from dengbu.api.client.errors import DengbuError
from dengbu.ledger.log.keys import SEED_BYTES, Signer

KIND = "dengbu-client-key"
FILE_BYTES_MAX = 4096
_FIELDS = ("v", "kind", "kid", "public", "seed")


class KeyFileError(DengbuError, ValueError):
    """Raised for a key file that cannot be used; the text names the file and says what to do."""


class NotAKeyFile(KeyFileError):
    """Raised for a file that is no client key file, or is damaged."""

    hint = "请新建密钥 make a new key"


def new_key(path: str | Path) -> Signer:
    """Generate a key and write it to a new file (mode 0600); raise KeyFileError if it exists or cannot be written."""
    seed = secrets.token_bytes(SEED_BYTES)
    signer = Signer(seed)
    content = {"v": 1, "kind": KIND, "kid": signer.key_id, "public": signer.public.hex(), "seed": seed.hex()}
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyFileError(
            f"密钥文件已存在 the key file {path} exists already; choose another name"
        ) from None
    except OSError as error:
        raise KeyFileError(f"无法写入密钥文件 cannot write {path}: {error.strerror}") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
    return signer


def load_key(path: str | Path) -> Signer:
    """Return the key in a file; raise KeyFileError if it is missing, open to others, damaged or not a client key."""
    try:
        with Path(path).open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise KeyFileError(f"密钥文件权限过宽 {path} is open to others; run: chmod 600 {path}")
            raw = file.read(FILE_BYTES_MAX)
    except OSError as error:
        raise KeyFileError(f"无法读取密钥文件 cannot read {path}: {error.strerror}") from error
    try:
        content = json.loads(raw)
        if sorted(content) != sorted(_FIELDS) or content["v"] != 1 or content["kind"] != KIND:
            raise ValueError
        signer = Signer(bytes.fromhex(content["seed"]))
        if (content["kid"], content["public"]) != (signer.key_id, signer.public.hex()):
            raise ValueError
    except (ValueError, TypeError, AttributeError) as error:
        raise NotAKeyFile(f"不是客户端密钥文件 {path} is not a client key file, or is damaged") from error
    return signer
