"""The measurements behind `dengbu bench`: what four node processes on this machine do per second.

Figures with an aim are shown beside it. Times are wall times, with the load generator on the same cores as the nodes.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests

from dengbu.api.client import Client, load_policy
from dengbu.api.client.receipts import verify
from dengbu.scripts.bench.report import AIMS, ORDER_AIMS, machine, percentiles, ran_out, verdicts
from dengbu.scripts.net.devnet import Devnet
from dengbu.scripts.net.engines import COMETBFT
from dengbu.scripts.net.homes import SYSTEM, DevnetError
from dengbu.scripts.net.processes import dengbu, environ, python, wait_until
from dengbu.scripts.titles import city
from dengbu.scripts.titles.importing import import_all
from dengbu.scripts.titles.title_file import bounds_of_today, read_titles

REGISTRY, BANKS = "hz-registry", ("bank-a", "bank-b")
LATE = "bank-b"
STATE_FILES = ("ledger.db", "ledger.db-wal", "ledger.db-shm", "last-signed", "outbox.db")
SETTLE_S = 30.0
CATCH_UP_S = 120.0
OPEN_RATE = 50
OPEN_THREADS = 32
RECEIPT_CHECKS = 300


@dataclass
class Bench:
    """One run: the network, the imported titles, and the figures so far."""

    net: Devnet
    folder: Path
    titles: list[dict[str, Any]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    rejects: int = 0
    ran_out: list[str] = field(default_factory=list)  # a line for each load that ended for want of titles
    beside: int = 0  # titles that share their entry with one before
    used: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BANKS, 0))

    def prepare(self, units: int, seed: int) -> None:
        """Import a city, and look up what an outlet has to name in an application."""
        path = self.folder / "titles.csv"
        city.write_csv(path, seed, units)
        titles = [one for one in read_titles(path, bounds_of_today()).titles if one["mode"] == "single"]
        cpu, size, began = self.cpu_s(), self.final_size(), time.monotonic()
        import_all(lambda: self.net.client(REGISTRY, SYSTEM), titles)
        took, entries = time.monotonic() - began, self.final_size() - size
        self.figures |= {
            "import_titles_per_s": round(len(titles) / took),
            "import_titles_per_entry": round(len(titles) / entries, 1),
            "import_node_cpu_us_per_title": round((self.cpu_s() - cpu) / len(titles) * 1e6),
        }
        self.beside = len(titles) - entries
        with self.net.client(REGISTRY, SYSTEM) as client:
            for title in titles:
                holder = {name: title["holders"][0][name] for name in ("name", "id_type", "id_no")}
                right = client.units.get(title["unit"]).right
                self.titles.append(
                    {
                        "unit": title["unit"],
                        "right": right["id"],
                        "holder": holder,
                        "ref": right["holders"][0]["ref"],
                    }
                )

    def load(self, name: str, clients: int, seconds: float, rate: int | None) -> None:
        """Run one load in a process of its own; record final entries of the whole log, latencies and processor time."""
        plan = self.folder / f"{name}.json"
        plan.write_text(json.dumps(self._plan(name, clients, seconds, rate)), encoding="utf-8")
        size, cpu, engine_cpu = self.final_size(), self.cpu_s(), self.engine_cpu_s()
        began, height = time.monotonic(), self.height()
        command = python("dengbu.scripts.bench.load", str(plan))
        done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environ(), check=True)
        found = json.loads(done.stdout)
        took = time.monotonic() - began
        entries = self.settled() - size
        spread = percentiles(found["latencies_ms"])
        submits = len(found["latencies_ms"])
        self.rejects += found["rejects_count"]
        self.used = found["used"]
        self.figures |= {f"{name}_{key}": value for key, value in spread.items()}
        if found["ran_out_s"] is not None:
            self.ran_out.append(ran_out(name, submits, found["ran_out_s"], seconds, len(self.titles)))
        self.figures |= {
            f"{name}_final_per_s": round(entries / took) if submits or found["rejects_count"] else None,
            f"{name}_submits": submits,
            f"{name}_rejects": found["rejects_count"],
            f"{name}_reject_samples": found["rejects"][:3],
            f"{name}_node_cpu_ms_per_event": _each_ms(self.cpu_s() - cpu, entries),
            f"{name}_client_cpu_s": round(found["cpu_s"], 1),
            f"{name}_titles_left": len(self.titles) - max(self.used.values()),
        }
        if self.net.engine == COMETBFT:
            blocks = max(self.height() - height, 1)
            self.figures |= {
                f"{name}_engine_cpu_ms_per_event": _each_ms(self.engine_cpu_s() - engine_cpu, entries),
                f"{name}_blocks_per_s": round(blocks / took, 1),
                f"{name}_events_per_block": round(entries / blocks, 1),
            }

    def _plan(self, name: str, clients: int, seconds: float, rate: int | None) -> dict[str, Any]:
        """Return the plan that the load process reads."""
        banks = [
            {
                "id": bank,
                "url": self.net.url(bank),
                "key": str(self.net.client_key(bank, SYSTEM)),
                "used": used,
            }
            for bank, used in self.used.items()
        ]
        return {
            "titles": self.titles,
            "clients": clients,
            "seconds": seconds,
            "rate": rate,
            "banks": banks,
            "prefix": f"{name}-{time.time_ns()}",
        }

    def final_size(self) -> int:
        """Return the number of entries under the newest final checkpoint of the registry's node."""
        with self.net.client(REGISTRY, SYSTEM) as client:
            return int(client.log.checkpoint().size)

    def settled(self) -> int:
        """Wait until the final size no longer grows, when the desk has entered all accepted cases, and return it."""
        seen = [-1, self.final_size()]

        def still() -> bool:
            time.sleep(0.3)
            seen.append(self.final_size())
            return seen[-1] == seen[-2]

        wait_until(still, SETTLE_S)
        return seen[-1]

    def cpu_s(self) -> float:
        """Return the processor seconds of all node processes."""
        return sum(_cpu_s(member.pid) for member in self.net.members.values() if member.pid)

    def engine_cpu_s(self) -> float:
        """Return the processor seconds of all CometBFT processes."""
        return sum(_cpu_s(member.engine_pid) for member in self.net.members.values() if member.engine_pid)

    def height(self) -> int:
        """Return the newest block's height from the CometBFT beside the registry's node; 0 without CometBFT."""
        rpc = self.net.member(REGISTRY).rpc
        if rpc is None:
            return 0
        found = requests.get(f"http://{rpc}/status", timeout=10).json()
        return int(found["result"]["sync_info"]["latest_block_height"])

    def memory(self) -> None:
        """Measure the memory of each node after the load, in MB."""
        rss = {member.id: _rss_mb(member.pid) for member in self.net.members.values() if member.pid}
        self.figures |= {"log_entries": self.final_size(), "rss_mb": rss, "rss_mb_max": max(rss.values())}
        engines = {member.id: member.engine_pid for member in self.net.members.values() if member.engine_pid}
        if engines:
            self.figures["engine_rss_mb"] = {id: _rss_mb(pid) for id, pid in engines.items()}

    def disk(self) -> None:
        """Measure the ledger's size on the disk of stopped nodes, after copying the write-ahead log back."""
        for member in self.net.members.values():
            with closing(sqlite3.connect(Path(member.home) / "ledger.db")) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sizes = {
            member.id: sum(path.stat().st_size for path in Path(member.home).glob("ledger.db*"))
            for member in self.net.members.values()
        }
        events = self.figures["log_entries"] + self.beside  # each title of a batch counts as one
        self.figures["bytes_per_event_per_node"] = round(max(sizes.values()) / events)

    def receipts(self) -> None:
        """Measure how many receipts one core verifies per second, with every signature."""
        trust = load_policy(self.net.policy_path)
        with self.net.client(REGISTRY, SYSTEM) as client:
            raw = client.receipts.get(1).raw
        began = time.perf_counter()
        for _ in range(RECEIPT_CHECKS):
            verify(raw, trust)
        self.figures["receipts_verified_per_s"] = round(RECEIPT_CHECKS / (time.perf_counter() - began))
        self.figures["receipt_bytes"] = len(raw)

    def cold_sync(self) -> None:
        """Start a node whose home holds only keys and genesis, and time it until it has the whole log."""
        goal = self.final_size()
        self.net.stop([LATE])
        home = self.net.home(LATE)
        for name in STATE_FILES:
            (home / name).unlink(missing_ok=True)
        for path in (home / "cometbft" / "data").glob("*"):  # but its record of votes stays
            if path.is_dir():
                shutil.rmtree(path)
        began = time.monotonic()
        self.net.start([LATE])
        with self.net.client(LATE, SYSTEM) as client:
            if not wait_until(lambda: _size(client) >= goal, CATCH_UP_S):
                raise DevnetError(
                    f"{LATE} 未赶上 has not caught up within {CATCH_UP_S:.0f} s: {_size(client)} of {goal}"
                )
            took, reached = time.monotonic() - began, _size(client)
        self.figures |= {"cold_sync_s": round(took, 1), "cold_sync_entries_per_s": round(reached / took)}

    def alone(self, events: int) -> None:
        """Measure ingest and audit of one node without a network."""
        command = dengbu("node", "measure", "--events", str(events), "--json")
        done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environ(), check=True)
        self.figures |= json.loads(done.stdout)


def run(net: Devnet, folder: Path, *, units: int, seconds: float, seed: int, events: int) -> dict[str, Any]:
    """Run the whole bench; return the figures with machine and aims."""
    bench = Bench(net, folder)
    bench.prepare(units, seed)
    for clients in (10, 50, 200):
        bench.load(f"closed_{clients}", clients, seconds, None)
    bench.load(f"open_{OPEN_RATE}", OPEN_THREADS, seconds, OPEN_RATE)
    bench.memory()
    bench.receipts()
    bench.cold_sync()
    net.stop()
    bench.disk()
    bench.alone(events)
    bench.figures["rejects"] = bench.rejects
    aims = ORDER_AIMS[net.engine] | AIMS
    return {
        "engine": net.engine,
        "machine": machine(),
        "ran_out": bench.ran_out,
        "figures": bench.figures,
        "aims": verdicts(bench.figures, aims),
    }


def _size(client: Client) -> int:
    try:
        return int(client.log.checkpoint().size)
    except Exception:  # noqa: BLE001  (a node that is still starting answers in many ways)
        return 0


def _each_ms(seconds: float, entries: int) -> float | None:
    """Return the milliseconds for each entry; None if there is none."""
    return round(seconds / entries * 1000, 2) if entries else None


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def _rss_mb(pid: int) -> int:
    return psutil.Process(pid).memory_info().rss // 2**20
