"""`python -m dengbu.nodes.sign`: sign an event file with a key of a home, for what no running node signs by itself.

    python -m dengbu.nodes.sign --home DIR --class governance event.json > event.signed.json

The file is either a sealed envelope, which gets a signature more, or an unsealed event
`{"type", "data", "id"?, "not_after"?, "office"?, "officer"?}`, which is completed and sealed. A governance event
goes from institution to institution like this until the quorum has signed it; then anyone submits it.
"""

import argparse
import json
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.envelope import ENVELOPE_BYTES_MAX, add_signature, parse_envelope, seal
from dengbu.ledger.rules.rule_sets import UnknownRuleSet, named
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.config import GENESIS_FILE
from dengbu.nodes.home.keystore import (
    EVENT,
    FILE_NAME,
    GOVERNANCE,
    Keystore,
    KeystoreError,
    load,
    read_passphrase,
)
from dengbu.nodes.home.opened import EVENT_LIFE_MS

PASSPHRASE_VARIABLE = "DENGBU_KEY_PASSPHRASE_FILE"  # noqa: S105  (the name of a variable)
GOVERNANCE_LIFE_MS = 30 * 86_400_000  # institutions sign one after another, on paper's pace
ID_BYTES = 12
MEMBERS = ("type", "data", "id", "not_after", "office", "officer")


class UnsignableFile(Exception):
    """The file is no event; the text says what it must hold."""


def sign(raw: bytes, keystore: Keystore, cls: str, net: str) -> bytes:
    """Add the signature of a class of key to a sealed event, or complete and seal an unsealed one."""
    raw = raw.strip()
    value = _read(raw)
    signer = keystore.signer(cls)
    if sorted(value) == ["body", "sigs"]:
        body = parse_envelope(raw).body
        _check_rules(body.data)
        if body.net != net:
            raise UnsignableFile(
                f"事件属于网络 the event is for network {body.net!r}, this home is in {net!r}"
            )
        return add_signature(raw, signer)
    if not {"type", "data"} <= set(value) <= set(MEMBERS):
        raise UnsignableFile(f"须有 type 与 data an event holds these at most: {', '.join(MEMBERS)}")
    _check_rules(value["data"])
    life = GOVERNANCE_LIFE_MS if cls == GOVERNANCE else EVENT_LIFE_MS
    given: dict[str, Any] = {"id": "ev-" + secrets.token_hex(ID_BYTES), "not_after": now_ms() + life, **value}
    return seal({"v": 1, "net": net, "actor": keystore.institution, **given}, [signer])


def _check_rules(data: Any) -> None:
    """Nobody signs for rules that his own node does not have: it would stop, and with it every node of the network."""
    policy = data.get("policy") if isinstance(data, dict) else None
    if isinstance(policy, dict):
        named(str(policy.get("rule_set", "")))


def _read(raw: bytes) -> dict[str, Any]:
    """The object in a file; a person may have written it, so its form need not be canonical yet."""
    if len(raw) > ENVELOPE_BYTES_MAX:
        raise UnsignableFile(f"文件过大 an event has at most {ENVELOPE_BYTES_MAX} bytes")
    try:
        value = json.loads(raw)
    except ValueError as error:
        raise UnsignableFile(f"不是 JSON not JSON: {error}") from error
    if not isinstance(value, dict):
        raise UnsignableFile("不是 JSON 对象 not a JSON object")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Sign one file to standard output; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m dengbu.nodes.sign", description="签署事件 sign an event file"
    )
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--class", dest="cls", choices=(EVENT, GOVERNANCE), default=EVENT)
    parser.add_argument("--passphrase-file", type=Path, help=f"or set {PASSPHRASE_VARIABLE}")
    parser.add_argument("file", help="- for standard input")
    options = parser.parse_args(arguments)
    place = options.passphrase_file or os.environ.get(PASSPHRASE_VARIABLE)
    try:
        if not place:
            raise KeystoreError(f"须给出口令文件 give --passphrase-file FILE or set {PASSPHRASE_VARIABLE}")
        raw = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
        net = parse_envelope((options.home / GENESIS_FILE).read_bytes()).body.net
        keystore = load(options.home / FILE_NAME, read_passphrase(Path(place)))
        sys.stdout.buffer.write(sign(raw, keystore, options.cls, net))
    except (KeystoreError, UnsignableFile, Malformed, UnknownRuleSet) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except OSError as error:
        print(f"error: {error.filename or ''}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
