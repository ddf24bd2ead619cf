"""The golden vectors: written again and compared, read by a second, separate implementation, and quoted correctly."""

import base64
import hashlib
import json
import re
from typing import Any

import nacl.signing
import pytest
import rfc8785

from dengbu.ledger.log.receipt import ReceiptRefused, verify
from dengbu.ledger.log.trust import parse_policy
from tests.vectors.make import FILES, FOLDER, text_of
from tests.vectors_dir import ROOT


def vectors(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_the_formats_have_not_changed(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == text_of(name), (
        "a format changed: it needs a new version"
    )


def test_no_vector_file_is_left_over() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.json")) == sorted(FILES)


# --- a second reading, from the description alone, with nothing from `ledger` ---


def sha(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


def public(label: str) -> bytes:
    return bytes(nacl.signing.SigningKey(sha(f"dengbu-test/{label}".encode())).verify_key)


def test_keys_and_canonical_form() -> None:
    for label, key in vectors("keys.json").items():
        assert key == {"public": public(label).hex(), "key_id": sha(b"Ed25519\0" + public(label)).hex()}
    for one in vectors("encoding.json")["accepted"]:
        assert rfc8785.dumps(one["value"]).decode() == one["canonical"]


def test_envelope() -> None:
    found = vectors("envelope.json")
    publics = {
        sha(b"Ed25519\0" + public(f"event/{name}")).hex(): public(f"event/{name}")
        for name in ("bank-a", "hz-registry")
    }
    envelope = json.loads(found["envelope"])
    assert rfc8785.dumps(envelope).decode() == found["envelope"]
    assert sha(found["envelope"].encode()).hex() == found["sha256"]
    assert [one["key"] for one in envelope["sigs"]] == sorted(publics)
    for one in envelope["sigs"]:
        net = envelope["body"]["net"]
        message = f"dengbu-event/v1\n{net}\n{one['key']}\n".encode() + rfc8785.dumps(envelope["body"])
        nacl.signing.VerifyKey(publics[one["key"]]).verify(message, base64.b64decode(one["sig"]))
        assert message.decode() in [signed["message"] for signed in found["signed"]]


def test_commitment_and_register_digest() -> None:
    one = vectors("commitment.json")
    head = "".join(
        f"{part}\n" for part in ("dengbu-commit/v1", one["net"], one["actor"], one["event_id"], one["name"])
    )
    assert (
        sha(head.encode() + bytes.fromhex(one["salt"]) + rfc8785.dumps(one["value"])).hex()
        == one["commitment"]
    )

    found, total = vectors("digest.json"), 0
    for step in found["steps"]:
        for row, sign in ((step["old"], -1), (step["new"], 1)):
            if row is not None:
                total += sign * row_term(step["table"], step["key"], row)
        assert sha((total % 2**2048).to_bytes(256, "big")).hex() == step["register"]
    assert found["steps"][3]["register"] != found["empty"] == sha(bytes(256)).hex()


def mth(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    return sha(b"\1" + mth(hashes[:half]) + mth(hashes[half:]))


def test_chain_and_receipt() -> None:
    prev, hashes = "0" * 64, []
    for index, one in enumerate(vectors("chain.json")["entries"]):
        entry = json.loads(one["leaf"])
        assert (entry["index"], entry["prev"]) == (index, prev)
        assert rfc8785.dumps(entry).decode() == one["leaf"]
        prev = sha(one["leaf"].encode()).hex()
        hashes.append(sha(b"\0" + one["leaf"].encode()))
        assert (one["sha256"], one["root_so_far"]) == (prev, mth(hashes).hex())

    found = vectors("receipt.json")
    head, _, note = found["receipt"].partition("\n\n")
    body, _, lines = note.rpartition("\n\n")
    extra = base64.b64decode(head.split("\n")[1].removeprefix("extra ")).decode()
    assert extra == found["leaf"] == vectors("chain.json")["entries"][5]["leaf"]
    origin, size, root = body.split("\n")
    assert (int(size), base64.b64decode(root)) == (len(hashes), mth(hashes))
    for line in lines.splitlines():
        _, name, text = line.split(" ")
        label = "log" if name == origin else "cosign/" + name.removeprefix(origin + "/")
        kind, field = (b"\1" if label == "log" else b"\4"), base64.b64decode(text)
        assert field[:4] == sha(name.encode() + b"\n" + kind + public(label))[:4]
        message = f"{body}\n".encode()
        if kind == b"\4":
            message = f"cosignature/v1\ntime {int.from_bytes(field[4:12], 'big')}\n".encode() + message
        nacl.signing.VerifyKey(public(label)).verify(message, field[-64:])


def test_tiles() -> None:
    found = vectors("tiles.json")
    for one in found["widths"]:
        complete = one["size"] // 256 ** one["level"]
        assert one["width"] == len(range(256 * one["n"], min(256 * (one["n"] + 1), complete))), one
    leaves = [sha(b"\0" + str(number).encode()) for number in range(found["digits"]["size"])]
    assert found["digits"]["tiles"] == {
        "tile/0/002.p/88": b"".join(leaves[512:]).hex(),
        "tile/1/000.p/2": (mth(leaves[:256]) + mth(leaves[256:512])).hex(),
    }
    first_two = [one["leaf"].encode() for one in vectors("chain.json")["entries"][:2]]
    bundled = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in first_two)
    assert found["bundle"] == bundled.hex()


def row_term(table: str, key: str, row: str) -> int:
    parts = [part.encode() for part in (table, key, row)]
    message = b"dengbu-row/v1" + b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return int.from_bytes(hashlib.shake_256(message).digest(256), "big")


def test_the_register_in_each_decision_follows_from_the_rows() -> None:
    found = vectors("decisions.json")
    rows: dict[tuple[str, str], str] = {}
    time = 0
    for step in found["events"]:
        envelope, decision = json.loads(step["envelope"]), step["decision"]
        assert rfc8785.dumps(envelope).decode() == step["envelope"]
        assert envelope["body"]["net"] == found["net"]
        assert time < step["time"] <= envelope["body"]["not_after"]
        time = step["time"]
        for row in step["rows"]:
            assert rfc8785.dumps(json.loads(row["row"])).decode() == row["row"]
            rows[row["table"], row["key"]] = row["row"]
        total = sum(row_term(table, key, row) for (table, key), row in rows.items())
        assert sha((total % 2**2048).to_bytes(256, "big")).hex() == decision["register"]
        assert (decision["outcome"] == "refused") is ("reasons" in decision) is (step["rows"] == [])


def test_the_story_of_the_decisions_is_the_one_described() -> None:
    told = [
        (
            json.loads(step["envelope"])["body"]["type"],
            step["decision"]["outcome"],
            [reason["name"] for reason in step["decision"].get("reasons", [])],
        )
        for step in vectors("decisions.json")["events"]
    ]
    assert told == [
        ("network.genesis", "recorded", []),
        ("title.import", "recorded", []),
        ("title.import", "recorded", []),
        ("case.apply", "accepted", []),
        ("case.enter", "entered", []),
        ("case.apply", "accepted", []),
        ("case.enter", "refused", ["tax-not-cleared", "iit-not-cleared"]),
        ("tax.assess", "recorded", []),
        ("tax.clear", "recorded", []),
        ("case.enter", "entered", []),
        ("institution.admit", "recorded", []),
        ("court.seize", "recorded", []),
        ("case.apply", "refused", ["seized"]),
    ]


# --- and by our own reading ---


def test_the_receipts_to_refuse_are_refused() -> None:
    found = vectors("receipt.json")
    policy = parse_policy(found["policy"])
    assert verify(found["receipt"].encode(), policy).entry.raw.decode() == found["leaf"]
    for one in found["refused"]:
        with pytest.raises(ReceiptRefused) as refused:
            verify(one["receipt"].encode(), policy)
        assert refused.value.code == one["code"], one["why"]


QUOTE = re.compile(r"<!-- (\w+\.json) (/.*?)( after index)? -->\n```\n(.*?)\n```", re.DOTALL)


def test_the_document_quotes_the_vectors() -> None:
    quotes = QUOTE.findall((ROOT / "docs/formats.md").read_text(encoding="utf-8"))
    for name, pointer, note_only, text in quotes:
        value = vectors(name)
        for part in pointer[1:].split("/"):
            value = value[int(part)] if isinstance(value, list) else value[part]
        if note_only:
            value = value.partition("\n\n")[2]
        assert value.removesuffix("\n") == text, f"docs/formats.md misquotes {name} {pointer}"
    assert len(quotes) == 9
