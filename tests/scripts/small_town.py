"""A local network with a few imported titles, for tests that need real processes."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dengbu.scripts.net.devnet import Devnet
from dengbu.scripts.net.engines import SEQUENCER
from dengbu.scripts.titles import city
from dengbu.scripts.titles.title_file import bounds_of_today, read_titles

TITLES = 24
WAIT_S = 20.0


def person(holder: Mapping[str, Any]) -> dict[str, Any]:
    """Return a holder in the form that private parts use."""
    return {name: holder[name] for name in ("name", "id_type", "id_no")}


@dataclass
class SmallTown:
    """A running network, its titles not used yet, and applications about them."""

    net: Devnet
    titles: list[dict[str, Any]] = field(default_factory=list)
    used: int = 0

    def title(self) -> dict[str, Any]:
        """Import the next title of a single holder at the registry; return it with its right and holder references."""
        while self.titles[self.used]["mode"] != "single":
            self.used += 1
        title = self.titles[self.used]
        self.used += 1
        with self.net.client("hz-registry") as registry:
            registry.titles.import_one(title, key=f"import-{title['unit']}", wait=WAIT_S)
            shown = registry.certificates.get(title["certificate"])
        return {**title, "right": shown.right, "refs": [holder["ref"] for holder in shown.holders]}

    def mortgage(self, title: Mapping[str, Any], bank: str = "bank-a") -> dict[str, Any]:
        """Return an application for a mortgage on a title, as `cases.apply` takes it."""
        act = {
            "act": "mortgage.set",
            "unit": title["unit"],
            "right": title["right"],
            "mortgagee": bank,
            "kind": "ordinary",
            "no_transfer": False,
            "consent": title["refs"],
        }
        parties = {
            "value": {"mortgagors": [person(one) for one in title["holders"]]},
            "to": [bank, "hz-registry"],
        }
        terms = {"value": {"amount_fen": 80_000_000, "scope": "主债权及利息"}, "to": [bank, "hz-registry"]}
        return {
            "district": city.DISTRICT,
            "channel": "outlet",
            "acts": [act],
            "private": {"parties": parties, "terms": terms},
        }

    def sale(self, title: Mapping[str, Any]) -> dict[str, Any]:
        """Return an application for the sale of a title to a made-up buyer."""
        buyer = city.person(random.Random(title["unit"]))
        with self.net.client("hz-registry") as registry:
            ref = registry.titles.holder_reference(title["unit"], buyer.id_type, buyer.id_no)
        act = {
            "act": "transfer",
            "unit": title["unit"],
            "right": title["right"],
            "cause": "sale",
            "seller": "person",
            "mode": "single",
            "holders": [{"ref": ref, "share": "1/1"}],
            "consent": title["refs"],
        }
        parties = {
            "transferors": [person(one) for one in title["holders"]],
            "transferees": [{"name": buyer.name, "id_type": buyer.id_type, "id_no": buyer.id_no}],
        }
        to = ["hz-registry", "hz-tax"]
        contract = {"price_fen": 120_000_000, "contract_no": "c-1"}
        return {
            "district": city.DISTRICT,
            "channel": "counter",
            "acts": [act],
            "private": {"parties": {"value": parties, "to": to}, "contract": {"value": contract, "to": to}},
        }


def small_town(directory: Path, engine: str = SEQUENCER, titles: int = TITLES) -> SmallTown:
    """Start a network and read its titles; the caller stops it."""
    net = Devnet.create(directory / "net", engine=engine)
    city.write_csv(directory / "titles.csv", 7, titles)
    town = SmallTown(net, read_titles(directory / "titles.csv", bounds_of_today()).titles)
    net.start()
    return town


def written(directory: Path, name: str, content: Any) -> str:
    """Write a JSON file for the command to read; return its name."""
    (directory / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return name
