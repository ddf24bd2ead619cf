"""The vault gives out a payload only to the entitled and only unchanged, and erases it to the last byte."""

import base64
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import nacl.utils
import pytest
from nacl.public import PrivateKey

from dengbu.ledger.log.encoding import JSONValue, Malformed, canonical
from dengbu.nodes.private.package import (
    Keyring,
    Package,
    PrivatePart,
    Unentitled,
    make_package,
    package_of,
    parse_package,
)
from dengbu.nodes.private.vault import ORPHAN_LIFE_MS, Bound, Vault

NET = "huizhou.example/2026"
KEYS = {name: PrivateKey.generate() for name in ("hz-registry", "hz-tax", "bank-a", "bank-b")}
PUBLICS = {name: bytes(key.public_key) for name, key in KEYS.items()}
VALUE: JSONValue = {"transferors": [{"name": "陈文志", "id_type": "1", "id_no": "441302190001010019"}]}


def keyring(institution: str) -> Keyring:
    return Keyring(institution, KEYS[institution])


def package(
    value: JSONValue = VALUE, to: tuple[str, ...] = ("hz-registry", "bank-a"), event: str = "e-1"
) -> Package:
    return make_package(NET, "bank-a", event, "parties", PrivatePart(value, to), PUBLICS)


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    opened = Vault(tmp_path / "vault.db")
    yield opened
    opened.close()


def test_every_entitled_institution_opens_the_same_value(vault: Vault) -> None:
    made = package()
    vault.put([made])
    for institution in made.to:
        opened = vault.get(made.commitment, keyring(institution))
        assert opened is not None
        assert opened.value == VALUE


def test_an_unentitled_institution_cannot_open(vault: Vault) -> None:
    made = package()
    vault.put([made])
    with pytest.raises(Unentitled):
        vault.get(made.commitment, keyring("bank-b"))
    with pytest.raises(Malformed, match="does not open"):  # another's wrap does not help
        Keyring("hz-registry", KEYS["bank-b"]).open(made)


def test_salt_and_data_key_are_fresh_each_time() -> None:
    one, two = package(), package()
    assert one.commitment != two.commitment
    assert one.box != two.box


def test_nothing_in_the_file_is_plaintext(vault: Vault, tmp_path: Path) -> None:
    vault.put([package()], deliver_for="bank-a")
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert "陈文志".encode() not in raw
    assert b"441302190001010019" not in raw


def fields(made: Package) -> dict[str, object]:
    value: dict[str, object] = json.loads(made.raw)
    return value


@pytest.mark.parametrize("field", ["net", "actor", "event", "name", "commitment"])
def test_a_package_moved_elsewhere_does_not_open(field: str) -> None:
    value = fields(package())
    value[field] = {"commitment": "0" * 64, "actor": "bank-b"}.get(field, "other")
    with pytest.raises(Malformed, match="commitment"):
        keyring("hz-registry").open(package_of(value))  # type: ignore[arg-type]


def test_another_box_or_wrap_does_not_open() -> None:
    value, other = fields(package()), fields(package({"transferors": []}))
    with pytest.raises(Malformed, match="does not open"):
        keyring("hz-registry").open(package_of({**value, "box": other["box"]}))  # type: ignore[dict-item]
    with pytest.raises(Malformed, match="does not open"):
        keyring("hz-registry").open(package_of({**value, "wraps": other["wraps"]}))  # type: ignore[dict-item]
    both = package_of({**value, "box": other["box"], "wraps": other["wraps"]})  # type: ignore[dict-item]
    with pytest.raises(Malformed, match="commitment"):
        keyring("hz-registry").open(both)


@pytest.mark.parametrize(
    "change",
    [
        {"to": ["bank-a"]},
        {"to": ["hz-registry", "bank-a"]},
        {"to": []},
        {"wraps": {}},
        {"box": "!!"},
        {"box": ""},
        {"v": 2},
        {"more": 1},
        {"name": "Parties"},
    ],
)
def test_a_misshapen_package_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        parse_package(canonical({**fields(package()), **change}))  # type: ignore[dict-item]


@pytest.mark.parametrize("to", [(), ("bank-z",), ("bank-a", "bank-z")])
def test_a_part_cannot_be_sealed_for_nobody_or_a_stranger(to: tuple[str, ...]) -> None:
    with pytest.raises(Malformed, match="/private/parties/to"):
        package(to=to)


def test_an_edited_vault_row_is_refused_when_read(vault: Vault) -> None:
    made, other = package(), package({"transferors": []})
    vault.put([made])
    with vault.transaction() as db:
        db.execute("UPDATE payloads SET package = ? WHERE commitment = ?", (other.raw, made.commitment))
    with pytest.raises(Malformed, match="another payload"):
        vault.get(made.commitment, keyring("hz-registry"))


def test_the_outbox_holds_what_others_still_need(vault: Vault) -> None:
    made = package(to=("hz-registry", "hz-tax", "bank-a"))
    vault.put([made], deliver_for="bank-a")
    assert vault.undelivered() == [("hz-registry", made.commitment), ("hz-tax", made.commitment)]
    vault.delivered("hz-tax", [made.commitment])
    assert vault.outbox("hz-tax") == []
    assert [one.commitment for one in vault.outbox("hz-registry")] == [made.commitment]


def test_wanted_payloads_are_remembered_until_they_come(vault: Vault) -> None:
    here, missing = package(), package(event="e-2")
    vault.put([here])
    wanted = {here.commitment: ("bank-a",), missing.commitment: ("bank-a", "hz-tax")}
    vault.bind([Bound(3, tuple(wanted), wanted)], 4)
    assert vault.wanted() == [(missing.commitment, ("bank-a", "hz-tax"))]
    vault.put([missing])
    assert vault.wanted() == []


def test_orphans_expire_and_bound_payloads_do_not(vault: Vault) -> None:
    orphan, bound = package(), package(event="e-2")
    vault.put([orphan, bound], deliver_for="bank-a")
    vault.bind([Bound(3, (bound.commitment,), {})], 4)
    received = int(str(vault.rows("SELECT max(received) FROM payloads")[0][0]))
    assert vault.expire_orphans(received + ORPHAN_LIFE_MS) == 0
    assert vault.expire_orphans(received + ORPHAN_LIFE_MS + 1) == 1
    assert vault.package(orphan.commitment) is None
    assert vault.package(bound.commitment) is not None
    assert [commitment for _, commitment in vault.undelivered()] == [bound.commitment]


def test_after_erasure_no_byte_remains_in_any_file(vault: Vault, tmp_path: Path) -> None:
    """The traces searched for are value, salt, data key, wraps and ciphertext, among many records that come and go."""
    canary = package({"secret": "canary-" + nacl.utils.random(16).hex(), "long": "填充" * 3000})
    keep = [package({"n": n, "pad": "x" * (n % 700)}, event=f"k-{n}") for n in range(200)]
    vault.put(keep[:100], deliver_for="bank-a")
    vault.put([canary], deliver_for="bank-a")
    vault.put(keep[100:], deliver_for="bank-a")
    opened = vault.get(canary.commitment, keyring("hz-registry"))
    assert opened is not None
    vault.bind([Bound(1, (canary.commitment,), {})], 2)
    traces = [canary.box, *canary.wraps.values(), opened.salt, canary.raw[200:260]]
    traces += [base64.b64encode(trace)[:64] for trace in traces]
    assert any(trace in scan(tmp_path) for trace in traces)  # the scan does find what is there

    vault.erase([canary.commitment], 2)

    remaining = scan(tmp_path)
    for trace in traces:
        for start in range(0, len(trace) - 16, 16):
            assert trace[start : start + 16] not in remaining
    assert vault.scrubbed
    assert vault.package(canary.commitment) is None
    assert vault.erased(canary.commitment)
    assert len(vault.undelivered()) == len(keep)
    assert vault.get(keep[7].commitment, keyring("bank-a")) is not None


def scan(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def test_what_is_erased_does_not_come_back(vault: Vault) -> None:
    made = package()
    vault.erase([made.commitment], 9)
    vault.put([made], deliver_for="bank-a")
    assert vault.package(made.commitment) is None
    vault.bind([Bound(3, (made.commitment,), {made.commitment: ("bank-a",)})], 4)
    assert vault.wanted() == []


def test_bytes_left_by_a_crash_are_removed_at_the_next_opening(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    first = Vault(path)
    made = package({"pad": "z" * 5000})
    first.put([made])
    with first.transaction() as db:  # the state erase() leaves when the process ends before the scrub
        db.execute("DELETE FROM payloads")
        db.execute("INSERT INTO meta VALUES ('scrub', 1)")
    first.close()
    second = Vault(path)
    assert second.scrubbed
    second.close()
    assert made.raw[300:364] not in scan(tmp_path)


def test_a_reader_elsewhere_delays_the_scrub_and_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "dengbu.nodes.private.vault._PRAGMAS", ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON")
    )
    vault = Vault(tmp_path / "vault.db")
    made = package()
    vault.put([made])
    other = sqlite3.connect(tmp_path / "vault.db", isolation_level=None)
    vault.rows("PRAGMA busy_timeout=0")
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM payloads").fetchall()
    vault.erase([made.commitment], 1)
    assert not vault.scrubbed
    other.execute("COMMIT")
    other.close()
    assert vault.scrub()
    assert vault.scrubbed
    assert made.box[:32] not in scan(tmp_path)
    vault.close()
