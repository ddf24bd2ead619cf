"""Signs an event file with a key of a home (`dengbu keys sign`), for events that no running node signs by itself.

The file is either a sealed envelope, which gets one more signature, or an unsealed event
`{"type", "data", "id"?, "not_after"?, "office"?, "officer"?}`, which is completed and sealed. A governance event
goes from institution to institution like this until the quorum has signed it; then anyone submits it.
"""

import json
import secrets
from typing import Any

from dengbu.ledger.admission import NOT_AFTER_MS_MAX
from dengbu.ledger.log.envelope import ENVELOPE_BYTES_MAX, add_signature, parse_envelope, seal
from dengbu.ledger.rules.rule_sets import named
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.keystore import GOVERNANCE, Keystore
from dengbu.nodes.home.opened import EVENT_LIFE_MS

ID_BYTES = 12
MEMBERS = ("type", "data", "id", "not_after", "office", "officer")


class UnsignableFile(Exception):
    """The file is not an event to sign; the message says what it must hold."""


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
        raise UnsignableFile(
            f"须有 type 与 data an event has type and data, and no members but: {', '.join(MEMBERS)}"
        )
    _check_rules(value["data"])
    life = NOT_AFTER_MS_MAX if cls == GOVERNANCE else EVENT_LIFE_MS
    given: dict[str, Any] = {"id": "ev-" + secrets.token_hex(ID_BYTES), "not_after": now_ms() + life, **value}
    return seal({"v": 1, "net": net, "actor": keystore.institution, **given}, [signer])


def _check_rules(data: Any) -> None:
    """Raise UnknownRuleSet for a policy whose rule set this program lacks: this node, and any other without it, would stop."""
    policy = data.get("policy") if isinstance(data, dict) else None
    if isinstance(policy, dict):
        named(str(policy.get("rule_set", "")))


def _read(raw: bytes) -> dict[str, Any]:
    """Return the object in a file; a person may have written it, so it need not be canonical JSON yet."""
    if len(raw) > ENVELOPE_BYTES_MAX:
        raise UnsignableFile(f"文件过大 an event has at most {ENVELOPE_BYTES_MAX} bytes")
    try:
        value = json.loads(raw)
    except ValueError as error:
        raise UnsignableFile(f"不是 JSON not JSON: {error}") from error
    if not isinstance(value, dict):
        raise UnsignableFile("不是 JSON 对象 not a JSON object")
    return value
