"""Measures one node without a network: ingest (check, execute, commit) and full audit, on a throwaway ledger.

The load is the demo's: an imported title, a bank's application for a mortgage on it, and its entry by the registry. Every event
is signed.
Timings belong in a report, never in a test.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from dengbu.ledger.law.calendar import DAY_MS
from dengbu.ledger.log.envelope import seal
from dengbu.ledger.register.members import Role
from dengbu.nodes.audit import audit
from dengbu.nodes.execution.application import Application
from dengbu.nodes.founding import genesis
from dengbu.nodes.home.keystore import COMMON, EVENT, GOVERNANCE, REGISTRY, Keystore
from dengbu.nodes.store.block import Block
from dengbu.nodes.store.store import Store

NET = "measure.dengbu.example"
START = 1_795_305_600_000
FOUNDERS = {"hz-registry": Role.REGISTRY, "bank-a": Role.BANK, "bank-b": Role.BANK, "hz-tax": Role.TAX}
BLOCK_EVENTS = 100
EVENTS_PER_UNIT = 3
DOORS = 9_999


def measure(events: int) -> dict[str, Any]:
    """Ingest about `events` events, then audit the whole log; return rates per second of wall time, and bytes per event."""
    with tempfile.TemporaryDirectory(prefix="dengbu-measure-") as folder:
        keys = {name: _keys(name, role) for name, role in FOUNDERS.items()}
        application = Application(Store.create(Path(folder), NET), NET)
        _commit(application, [_genesis(keys)])
        made = list(_events(keys, events // EVENTS_PER_UNIT))
        wall, cpu = perf_counter(), process_time()
        for place in range(0, len(made), BLOCK_EVENTS):
            _commit(application, made[place : place + BLOCK_EVENTS])
        wall, cpu = perf_counter() - wall, process_time() - cpu
        report = audit.audit(application.store)
        assert report.fault is None, report.fault
        application.store.close()
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    return {
        "events": len(made),
        "ingest_per_s": round(len(made) / wall),
        "ingest_cpu_us_per_event": round(cpu / len(made) * 1e6),
        "audit_per_s": report.entries_per_second,
        "bytes_per_event": round(size / len(made)),
    }


def _keys(name: str, role: Role) -> Keystore:
    """Make throwaway keys; nothing signed with them is ever trusted."""
    classes = REGISTRY if role is Role.REGISTRY else COMMON
    return Keystore(name, {cls: hashlib.sha256(f"measure {name} {cls}".encode()).digest() for cls in classes})


def _genesis(keys: dict[str, Keystore]) -> bytes:
    requests = [
        genesis.Request(name, FOUNDERS[name], name, name, tuple(one.public_keys()))
        for name, one in keys.items()
    ]
    body = genesis.propose(NET, requests, genesis.default_policy(requests))
    body["not_after"] = START + DAY_MS
    return seal(body, [one.signer(GOVERNANCE) for one in keys.values()])


def _commit(application: Application, events: list[bytes]) -> None:
    head = application.head
    time = START + head.height + 1
    for raw in events:
        application.check(raw, time)
    finalized = application.finalize(Block(head.height + 1, time, tuple(events)))
    assert not finalized.rejected, finalized.rejected[0]
    refused = [one for one in finalized.additions if one.outcome == "refused"]
    assert not refused, refused[0].leaf  # the figures are those of events that change the register
    application.commit(finalized)


def _events(keys: dict[str, Keystore], units: int) -> Iterator[bytes]:
    registry, bank = keys["hz-registry"], keys["bank-a"]
    for n in range(units):
        unit = f"441302001001GB{1 + n // DOORS:05}F0001{1 + n % DOORS:04}"
        ref = hashlib.sha256(unit.encode()).hexdigest()
        right = {
            "mode": "single",
            "holders": [{"ref": ref, "share": "1/1"}],
            "certificate": f"粤(2020)惠州市不动产权第{n + 1:07}号",
            "registered_on": "2020-05-06",
        }
        title = {"unit": unit, "use": "dwelling", "area_cm2": 980_000, "right": right}
        yield _signed(registry, "title.import", f"import-{n}", title)
        act = {
            "act": "mortgage.set",
            "unit": unit,
            "right": f"R-{unit}-1",
            "mortgagee": "bank-a",
            "kind": "ordinary",
            "no_transfer": False,
            "consent": [ref],
        }
        yield _signed(
            bank,
            "case.apply",
            f"loan-{n}",
            {"district": "441302", "channel": "outlet", "acts": [act]},
            private=True,
        )
        yield _signed(registry, "case.enter", f"desk-{n}", {"case": f"441302-20261122-{n + 1:06}"})


def _signed(
    keys: Keystore, type_: str, event_id: str, data: dict[str, Any], *, private: bool = False
) -> bytes:
    body: dict[str, Any] = {
        "v": 1,
        "net": NET,
        "type": type_,
        "id": event_id,
        "actor": keys.institution,
        "officer": "window-1",
        "not_after": START + DAY_MS,
        "data": data,
    }
    if private:
        part = {"commitment": hashlib.sha256(event_id.encode()).hexdigest(), "to": ["bank-a", "hz-registry"]}
        body["private"] = [{"name": "parties", **part}, {"name": "terms", **part}]
    return seal(body, [keys.signer(EVENT)])
