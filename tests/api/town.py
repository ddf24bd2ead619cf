"""A whole small network in this process: real nodes on loopback, and their API apps called without a socket."""

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import tomli_w
from flask import Flask
from werkzeug.test import TestResponse

from dengbu.api.app import create_app
from dengbu.api.edge.state import state_of
from dengbu.ledger.log import httpsig
from dengbu.ledger.log.keys import Signer
from dengbu.nodes.founding.addresses import free_ports
from dengbu.nodes.founding.genesis import Address, found, init
from dengbu.nodes.home.config import Endpoint
from dengbu.nodes.home.rate_limits import RateLimits
from dengbu.nodes.node import Node
from tests.api.described import Described
from tests.waiting import until

PASSPHRASE = b"test passphrase of a town"
NET = "test.dengbu.example/town"
HOST = "127.0.0.1"
AUTHORITY = "town.test"
MEMBERS = {
    "hz-registry": "registry",
    "hz-tax": "tax",
    "bank-a": "bank",
    "bank-b": "bank",
    "hz-court": "court",
}
SCOPES = ("officer", "system", "auditor")
KDF = {"ops": 2, "mem": 64 * 2**20}
SIGNATURE_S = 60

UNITS = [f"441302001001GB{parcel:05d}F00010001" for parcel in range(1, 1000)]
PEOPLE = [
    {"name": "测试甲", "id_type": "2", "id_no": "TEST0000001"},
    {"name": "测试乙", "id_type": "2", "id_no": "TEST0000002"},
]


def mortgage_of(title: Mapping[str, Any], bank: str = "bank-a") -> dict[str, Any]:
    """Return the act by which a title is mortgaged to a bank."""
    return {
        "act": "mortgage.set",
        "unit": title["unit"],
        "right": title["right"],
        "mortgagee": bank,
        "kind": "ordinary",
        "no_transfer": False,
        "consent": list(title["refs"]),
    }


def sale_of(title: Mapping[str, Any], ref: str) -> dict[str, Any]:
    """Return the act by which a title is sold to the holder of a reference."""
    return {
        "act": "transfer",
        "unit": title["unit"],
        "right": title["right"],
        "cause": "sale",
        "seller": "person",
        "mode": "single",
        "holders": [{"ref": ref, "share": "1/1"}],
        "consent": list(title["refs"]),
    }


def loan(title: Mapping[str, Any], bank: str = "bank-a") -> dict[str, Any]:
    """Return the private parts of a mortgage, for bank and registry: a title's holders, and the amount secured."""
    persons = [{name: one[name] for name in ("name", "id_type", "id_no")} for one in title["holders"]]
    to = [bank, "hz-registry"]
    return {
        "parties": {"value": {"mortgagors": persons}, "to": to},
        "terms": {"value": {"amount_fen": 80_000_000}, "to": to},
    }


@dataclass
class Caller:
    """A client key at one node's API; every call is signed afresh."""

    app: Flask
    signer: Signer
    language: str = "zh"
    seed: bytes = b""  # of the signer, for a client that signs by itself

    def call(
        self, method: str, target: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> TestResponse:
        """Send one signed request; a body that is not bytes is sent as JSON."""
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Accept-Language": self.language, **(headers or {})}
        if raw:
            given.setdefault("Content-Type", "application/json")
        given |= self.signature(method, target, raw, given.get("Content-Type"))
        return self.app.test_client().open(
            target, method=method, data=raw or None, headers=given, base_url=f"http://{AUTHORITY}"
        )

    def signature(self, method: str, target: str, raw: bytes, content_type: str | None) -> dict[str, str]:
        """Return the signature headers of a request."""
        path, _, query = target.partition("?")
        now = int(time.time())
        return httpsig.sign_request(
            self.signer,
            httpsig.Request(method, AUTHORITY, path, query, raw),
            content_type if raw else None,
            now,
            now + SIGNATURE_S,
            secrets.token_urlsafe(16),
        )

    def get(self, target: str, **headers: str) -> TestResponse:
        """Send a GET."""
        return self.call("GET", target, headers=_names(headers))

    def post(
        self, target: str, body: Any = None, *, key: str | None = None, wait: int = 10, **headers: str
    ) -> TestResponse:
        """Send a POST and wait for the final entry, with a fresh Idempotency-Key unless one is given."""
        given = {"Idempotency-Key": key or f"t-{secrets.token_hex(8)}", **_names(headers)}
        if wait:
            given["Prefer"] = f"wait={wait}"
        return self.call("POST", target, {} if body is None else body, given)


def _names(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class Town:
    """The nodes, their apps, and callers by institution and scope."""

    nodes: dict[str, Node] = field(default_factory=dict)
    apps: dict[str, Flask] = field(default_factory=dict)
    callers: dict[tuple[str, str], Caller] = field(default_factory=dict)
    described: Described = field(default_factory=Described)
    next_unit: int = 0
    next_certificate: int = 0

    def caller(self, institution: str, scope: str = "officer") -> Caller:
        """Return the caller of a scope at an institution's node."""
        return self.callers[institution, scope]

    def title(self, holders: int = 1) -> dict[str, Any]:
        """Import a title at the registry; return what was sent, with the right and holder references it got."""
        unit = UNITS[self.next_unit]
        self.next_unit += 1
        self.next_certificate += 1
        share = f"1/{holders}"
        body = {
            "unit": unit,
            "use": "dwelling",
            "area_cm2": 890_000,
            "mode": "single" if holders == 1 else "shares",
            "certificate": f"粤(2020)惠州市不动产权第{self.next_certificate:07d}号",
            "registered_on": "2020-05-06",
            "location": "惠州市惠城区测试路 1 号",
            "holders": [{**one, "share": share} for one in PEOPLE[:holders]],
        }
        answer = self.caller("hz-registry").post("/v1/titles", body)
        assert answer.status_code == 201, answer.text
        shown = self.caller("hz-registry").get(f"/v1/units/{unit}").get_json()
        self.everywhere(answer.get_json()["index"])
        return {
            **body,
            "right": shown["right"]["id"],
            "refs": [one["ref"] for one in shown["right"]["holders"]],
        }

    def mortgage(self, title: Mapping[str, Any], bank: str = "bank-a", **more: Any) -> TestResponse:
        """Apply at a bank for a mortgage on a title."""
        act = mortgage_of(title, bank)
        private = loan(title, bank)
        body = {"district": "441302", "channel": "outlet", "acts": [act], "private": private, **more}
        return self.caller(bank).post("/v1/cases", body)

    def entered(self, bank: str, case: str) -> dict[str, Any]:
        """Wait until the automatic desk has entered a case, seen from a bank's node."""

        def shown() -> dict[str, Any]:
            return dict(self.caller(bank).get(f"/v1/cases/{case}").get_json())

        until(lambda: shown().get("state") == "entered", lambda: f"case {case} is entered: {shown()}")
        entered = shown()
        self.everywhere(entered["decided"])
        return entered

    def handed_over(self, case: str) -> list[str]:
        """Wait until the desk has left a case to a person; return the reasons by their codes."""

        def why() -> list[str]:
            shown = self.caller("hz-registry").get(f"/v1/cases/{case}").get_json()
            assert shown["state"] == "accepted"
            return list(shown["handed_over"])

        return list(until(why, f"the desk leaves {case} to a person"))

    def everywhere(self, index: int) -> None:
        """Wait until every node has an entry as final."""
        for name, node in self.nodes.items():
            until(lambda node=node: node.final_size > index, f"{name} has entry {index}")  # type: ignore[misc]


@contextmanager
def town(
    place: Path, members: Mapping[str, str] = MEMBERS, limits: RateLimits | None = None
) -> Iterator[Town]:
    """Found a network under a folder and start every node; all are stopped in the end."""
    keystores, addresses, made = {}, {}, Town()
    ports = iter(free_ports(2 * len(members)))
    for name, role in members.items():
        keystore, _ = init(place / name, (name, role, f"测试{name}", f"Test {name}"), PASSPHRASE, **KDF)
        keystores[place / name] = keystore
        addresses[name] = Address(Endpoint(HOST, next(ports)), Endpoint(HOST, next(ports)))
    found(keystores, NET, addresses)
    with ExitStack() as stack:
        for name in members:
            seeds = {scope: secrets.token_bytes(32) for scope in SCOPES}
            signers = {scope: Signer(seed) for scope, seed in seeds.items()}
            rows = [
                {
                    "key": one.key_id,
                    "public": one.public.hex(),
                    "officer": f"{scope}-01",
                    "office": "counter-01",
                    "scopes": [scope],
                }
                for scope, one in signers.items()
            ]
            (place / name / "clients.json").write_text(json.dumps(rows))
            if limits:
                with (place / name / "node.toml").open("a") as file:
                    file.write(tomli_w.dumps({"limits": msgspec.to_builtins(limits)}))
            node = Node.open(place / name, PASSPHRASE)
            stack.callback(node.stop)
            node.start()
            app = create_app(node, authorities=(AUTHORITY,))
            stack.callback(state_of(app).close)
            made.described.follow(app)
            made.nodes[name], made.apps[name] = node, app
            for scope, signer in signers.items():
                made.callers[name, scope] = Caller(app, signer, seed=seeds[scope])
        made.everywhere(0)
        yield made
