"""Four nodes of one network in this process, on loopback, each with its home, keys and threads."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from dengbu.ledger.log.entry import Entry
from dengbu.nodes.answers import Final
from dengbu.nodes.founding import genesis
from dengbu.nodes.founding.addresses import free_addresses
from dengbu.nodes.home import keystore
from dengbu.nodes.home.config import Officer
from dengbu.nodes.node import Node
from dengbu.nodes.private.package import PrivatePart
from tests.waiting import WAIT_S_MAX

NET = "huizhou.example/2026"
FOUNDERS = (("hz-registry", "registry"), ("hz-tax", "tax"), ("bank-a", "bank"), ("bank-b", "bank"))
PASSPHRASE = b"a passphrase for tests"
SELLER = {"name": "陈文志", "id_type": "1", "id_no": "441302190001010019"}
BUYER = {"name": "李国华", "id_type": "1", "id_no": "44130219050505009X"}


def found(base: Path, desk: Sequence[str] = ()) -> dict[str, Path]:
    """Found a network; return its homes by institution. `desk`: the acts its desk may enter, if not the default."""
    homes = {}
    for institution, role in FOUNDERS:
        home = base / institution
        made, _ = genesis.init(
            home,
            (institution, role, "演示", "Demo"),
            PASSPHRASE,
            ops=keystore.OPS_MIN,
            mem=keystore.MEM_BYTES_MIN,
        )
        homes[home] = made
    policy = genesis.default_policy([genesis.read_request(home) for home in homes])
    if desk:
        policy = msgspec.structs.replace(policy, desk=tuple(desk))
    genesis.found(homes, NET, free_addresses([institution for institution, _ in FOUNDERS]), policy)
    return {made.institution: home for home, made in homes.items()}


class Town:
    """The running nodes, and what people do at them."""

    def __init__(self, homes: Mapping[str, Path]) -> None:
        self.homes = dict(homes)
        self.nodes: dict[str, Node] = {}
        self.failures: list[BaseException] = []
        self._count = 0

    def open(self, institution: str) -> Node:
        """Open and start a node."""
        node = Node.open(self.homes[institution], PASSPHRASE, self.failures.append)
        self.nodes[institution] = node
        node.start()
        return node

    def close(self, institution: str) -> None:
        """Stop a node."""
        self.nodes.pop(institution).stop()

    def __getitem__(self, institution: str) -> Node:
        return self.nodes[institution]

    def do(
        self,
        institution: str,
        event_type: str,
        data: Mapping[str, Any],
        private: Mapping[str, PrivatePart] | None = None,
        *,
        cosigned_by: str | None = None,
    ) -> Entry:
        """Sign and submit an event, and wait until it is final."""
        self._count += 1
        node = self.nodes[institution]
        raw = node.sign(
            event_type, data, event_id=f"t-{self._count}", by=Officer("officer-1"), private=private
        )
        if cosigned_by:
            raw = self.nodes[cosigned_by].cosign_event(raw)
        final = node.wait_final(node.submit(raw), WAIT_S_MAX)
        assert isinstance(final, Final), f"{event_type} did not become final; {node.health()}"
        return final.entry

    def ref(self, unit: str, person: Mapping[str, str]) -> str:
        """Return the reference of a person on a unit, which only the registry can make."""
        return self.nodes["hz-registry"].holder_ref(unit, person["id_type"], person["id_no"])

    def title(
        self, unit: str, holder: Mapping[str, str] = SELLER, number: int = 1, *others: Mapping[str, str]
    ) -> str:
        """Import a title, with others at equal shares; return the id of its right."""
        holders = (holder, *others)
        right = {
            "mode": "shares" if others else "single",
            "holders": [{"ref": self.ref(unit, one), "share": f"1/{len(holders)}"} for one in holders],
            "certificate": f"粤(2020)惠州市不动产权第{number:07}号",
            "registered_on": "2020-05-06",
        }
        data = {"unit": unit, "use": "dwelling", "area_cm2": 980_000, "right": right}
        shown = {"location": "惠州市惠城区麦地路1号", "holders": [dict(one) for one in holders]}
        title = PrivatePart(shown, ("hz-registry",))  # type: ignore[arg-type]
        entry = self.do("hz-registry", "title.import", data, {"title": title})
        assert entry.decision["outcome"] == "recorded", entry.decision
        return f"R-{unit}-1"

    def mortgage(
        self, unit: str, right: str, bank: str = "bank-a", holder: Mapping[str, str] = SELLER
    ) -> Entry:
        """File a mortgage at a bank outlet."""
        act = {"act": "mortgage.set", "unit": unit, "right": right, "mortgagee": bank, "kind": "ordinary",
               "no_transfer": False, "consent": [self.ref(unit, holder)]}  # fmt: skip
        terms = PrivatePart({"amount_fen": 80_000_000, "canary": "合同条款"}, (bank, "hz-registry"))
        parties = PrivatePart({"mortgagors": [dict(holder)]}, (bank, "hz-registry"))
        data = {"district": "441302", "channel": "outlet", "acts": [act]}
        return self.do(bank, "case.apply", data, {"parties": parties, "terms": terms})

    def sale(self, unit: str, right: str) -> Entry:
        """File a sale at a counter."""
        registry = self.nodes["hz-registry"]
        old, new = (registry.holder_ref(unit, one["id_type"], one["id_no"]) for one in (SELLER, BUYER))
        act = {"act": "transfer", "unit": unit, "right": right, "cause": "sale", "seller": "person", "mode": "single",
               "holders": [{"ref": new, "share": "1/1"}], "consent": [old]}  # fmt: skip
        to = ("hz-registry", "hz-tax")
        private = {
            "parties": PrivatePart({"transferors": [SELLER], "transferees": [BUYER]}, to),
            "contract": PrivatePart({"price_fen": 120_000_000}, to),
        }
        return self.do(
            "hz-registry", "case.apply", {"district": "441302", "channel": "counter", "acts": [act]}, private
        )


@contextmanager
def running(base: Path, desk: Sequence[str] = ()) -> Iterator[Town]:
    """Run a founded network with all nodes up; at the end all are stopped, and none may have failed."""
    town = Town(found(base, desk))
    with ExitStack() as stack:
        stack.callback(lambda: [town.close(name) for name in tuple(town.nodes)])
        for institution, _ in FOUNDERS:
            town.open(institution)
        yield town
    assert town.failures == []
