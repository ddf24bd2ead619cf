"""The load of the bench: one process with many client threads that file mortgages and wait until each is final.

    python -m dengbu.scripts.bench.load PLAN.json

PLAN: {"titles": [{"unit", "right", "holder": {...}, "ref"}], "clients": n, "seconds": s, "rate": r or null,
       "banks": [{"id", "url", "key", "used": n}], "prefix": text}; clients are spread over the banks.
Each thread files at its bank's node. The process prints one JSON object: latencies in ms, rejects, seconds, titles used
by each bank, and after how many seconds a bank had used up its titles, or null. With a rate the loop is open: latency
counts from the planned moment, so that a slow answer cannot hide those queued behind it. A bank mortgages each title
once, because the automatic desk leaves a bank's second mortgage to a person; the load ends when the titles are used up.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.client import HTTPException
from itertools import count
from pathlib import Path
from typing import Any

from dengbu.api.client import load_key
from dengbu.api.client.fast import FastConnection

WAIT_S = 20
CREATED = 201


class Load:
    """The state the threads share: the next title, the planned moments, and the measurements."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.turns = count()
        self.places = {bank["id"]: count(bank["used"]) for bank in plan["banks"]}
        self.latencies: list[float] = []
        self.rejects: list[str] = []
        self.ran_out_s: float | None = None
        self.began = time.monotonic()

    def run(self) -> dict[str, Any]:
        """Run all clients until the time is up; return the measurements."""
        threads = [threading.Thread(target=self._client, args=(n,)) for n in range(self.plan["clients"])]
        self.began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {
            "latencies_ms": [round(one * 1000, 2) for one in self.latencies],
            "rejects": self.rejects[:20],
            "rejects_count": len(self.rejects),
            "seconds": time.monotonic() - self.began,
            "cpu_s": time.process_time(),
            "ran_out_s": self.ran_out_s,
            "used": {
                bank: min(next(places), len(self.plan["titles"])) for bank, places in self.places.items()
            },
        }

    def _client(self, n: int) -> None:
        bank = self.plan["banks"][n % len(self.plan["banks"])]
        connection = FastConnection(bank["url"], load_key(bank["key"]))
        end = self.began + self.plan["seconds"]
        while True:
            turn = next(self.turns)
            start = self._moment(turn)
            if start >= end:
                break
            title = self._title(n, bank["id"])
            if title is None:
                self.ran_out_s = self.ran_out_s or time.monotonic() - self.began
                break
            time.sleep(max(0.0, start - time.monotonic()))
            try:
                status, answer = connection.post(
                    "/v1/cases",
                    self._body(title, bank["id"]),
                    key=f"{self.plan['prefix']}-{turn}",
                    wait_s=WAIT_S,
                )
            except (OSError, HTTPException) as error:
                self.rejects.append(type(error).__name__)
                connection.close()
                continue
            if status == CREATED:
                self.latencies.append(time.monotonic() - start)
            else:
                self.rejects.append(f"{status} {answer.get('code')}")
        connection.close()

    def _moment(self, turn: int) -> float:
        rate = self.plan["rate"]
        return self.began + turn / rate if rate else time.monotonic()

    def _title(self, n: int, bank: str) -> dict[str, Any] | None:
        """Return the next title that a bank has not used, None if there is none.

        One bank starts at the front and the other at the back, so that they rarely meet.
        """
        titles, place = self.plan["titles"], next(self.places[bank])
        if place >= len(titles):
            return None
        found: dict[str, Any] = titles[-1 - place if n % len(self.plan["banks"]) else place]
        return found

    def _body(self, title: dict[str, Any], bank: str) -> dict[str, Any]:
        to = sorted([bank, "hz-registry"])
        act = {
            "act": "mortgage.set",
            "unit": title["unit"],
            "right": title["right"],
            "mortgagee": bank,
            "kind": "ordinary",
            "no_transfer": False,
            "consent": [title["ref"]],
        }
        return {
            "district": title["unit"][:6],
            "channel": "outlet",
            "acts": [act],
            "private": {
                "parties": {"value": {"mortgagors": [title["holder"]]}, "to": to},
                "terms": {"value": {"amount_fen": 80_000_000, "scope": "主债权"}, "to": to},
            },
        }


def main() -> None:
    """Run the plan and print the measurements."""
    (plan_file,) = sys.argv[1:]
    print(json.dumps(Load(json.loads(Path(plan_file).read_text(encoding="utf-8"))).run()))


if __name__ == "__main__":
    main()
