"""A client that openapi-python-client makes of the API's document applies for a mortgage, signing by the hook of docs/http.md.

Client and hook are used as a stranger would use them: in a process of their own, without any code of this repository.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.api.served import served
from tests.api.town import Town, mortgage_of
from tests.docs.named_blocks import named_blocks

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
BLOCKS = named_blocks(ROOT / "docs/http.md")
DESK = ROOT / "docs/desk.md"
GENERATING_S_MAX = 300
CALLING_S_MAX = 120
PROGRAM = """\
import json, sys

from dengbu_node_client import Client
from dengbu_node_client.api.cases import apply_for_registration, read_case, review_case
from dengbu_node_client.api.health import version
from dengbu_node_client.api.units import read_unit
from dengbu_node_client import models
from dengbu_node_client.models import CaseIn, MortgageSet, NotAdmitted, Problem, Refusal

{hook}

given = json.load(sys.stdin)
node, seed = given["node"], bytes.fromhex(given["seed"])
application = CaseIn.from_dict(given["application"])
assert isinstance(application.acts[0], MortgageSet), application.acts
for part, shape in given["shapes"].items():
    value = given["application"]["private"][part]["value"]
    assert getattr(models, shape).from_dict(value).to_dict() == value, part

{use}

case = read_case.sync(applied.result.case, client=client)
assert isinstance(case.acts[0], MortgageSet), case.acts
shown = read_unit.sync(given["unit"], client=client)
application.acts[0].mortgagee = "bank-b"
refused = apply_for_registration.sync(client=client, body=application, idempotency_key="another", prefer="wait=10")
assert isinstance(refused, Refusal), refused
wrong = apply_for_registration.sync(client=client, body=application, idempotency_key="no such key!")
assert isinstance(wrong, Problem), wrong
forbidden = review_case.sync_detailed(case.number, client=client, idempotency_key="review-1")
print(json.dumps({{
    "index": applied.index,
    "status": applied.status.value,
    "case": case.number,
    "state": case.state.value,
    "pending": shown.flags.pending or shown.flags.mortgaged,
    "reasons": [one.name for one in refused.reasons],
    "wrong": wrong.code.value,
    "forbidden": [forbidden.status_code, forbidden.parsed.code.value],
    "role": version.sync(client=client).role,
}}))
"""


@pytest.fixture(scope="module")
def document(city: Town) -> Json:
    """The document that a node serves."""
    return dict(json.loads(city.apps["bank-a"].test_client().get("/openapi.json").data))


@pytest.fixture(scope="module")
def generated(city: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the generated package."""
    folder = tmp_path_factory.mktemp("generated")
    document, config = folder / "openapi.json", folder / "config.yaml"
    document.write_bytes(city.apps["bank-a"].test_client().get("/openapi.json").data)
    config.write_text("post_hooks: []\n")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(document)]
    command += ["--config", str(config), "--output-path", str(folder / "made")]
    made = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=GENERATING_S_MAX, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
    said = made.stdout + made.stderr
    assert "arning" not in said, f"something of the document was left out:\n{said}"
    return folder / "made"


def needed(act: str) -> tuple[list[str], list[str]]:
    """The roles of `parties` and the other parts that an act needs, from its line in docs/desk.md."""
    (line,) = [one for one in DESK.read_text(encoding="utf-8").splitlines() if one.startswith(f"| `{act}` ")]
    roles, parts = (re.findall("`([^`]+)`", cell) for cell in line.split("|")[2:4])
    return roles, parts


def private_of(document: Json, act: str, persons: dict[str, Any], to: list[str]) -> Json:
    """The private parts of an application: those that the act needs, with values as in the document's own example.

    `persons` are those of each role that this test knows; KeyError for a part or a role that came since.
    """
    roles, parts = needed(act)
    taken = document["paths"]["/v1/cases"]["post"]["requestBody"]["content"]["application/json"]
    example = taken["examples"]["run"]["value"]["private"]
    assert example.keys() == {*parts, *(["parties"] if roles else [])}, (
        "the example is an application for this act"
    )
    values = {part: example[part]["value"] for part in parts}
    if roles:
        values["parties"] = {role: persons[role] for role in roles}
    return {part: {"value": value, "to": to} for part, value in values.items()}


def test_a_part_that_an_act_comes_to_need_would_be_noticed(document: Json) -> None:
    assert needed("mortgage.set") == (["mortgagors"], ["terms"])
    assert private_of(document, "mortgage.set", {"mortgagors": []}, ["bank-a"]).keys() == {"terms", "parties"}
    with pytest.raises(AssertionError, match="example"):
        private_of(document, "transfer", {"transferors": [], "transferees": []}, ["bank-a"])
    with pytest.raises(KeyError):
        private_of(document, "mortgage.set", {}, ["bank-a"])


def test_the_title_names_the_package(generated: Path) -> None:
    assert (generated / "dengbu_node_client" / "client.py").exists()


def test_every_operation_is_there(generated: Path, city: Town) -> None:
    document = json.loads(city.apps["bank-a"].test_client().get("/openapi.json").data)
    wanted = {
        one["operationId"]
        for item in document["paths"].values()
        for name, one in item.items()
        if name in ("get", "post")
    }
    found = {one.stem for one in (generated / "dengbu_node_client" / "api").rglob("*.py")} - {"__init__"}
    assert found == wanted


def test_it_applies_for_a_mortgage(generated: Path, document: Json, city: Town) -> None:
    title, caller = city.title(), city.caller("bank-a")
    act = mortgage_of(title)
    holders = [{name: one[name] for name in ("name", "id_type", "id_no")} for one in title["holders"]]
    private = private_of(document, act["act"], {"mortgagors": holders}, ["bank-a", "hz-registry"])
    shapes = {part: document["x-private"]["case.apply"][part]["$ref"].rpartition("/")[2] for part in private}
    application = {"district": "441302", "channel": "outlet", "acts": [act], "private": private}
    program = PROGRAM.format(hook=BLOCKS["hook"], use=BLOCKS["use"])
    with served(caller.app) as authority:
        told = _run(
            program,
            generated,
            {
                "node": f"http://{authority}",
                "seed": caller.seed.hex(),
                "application": application,
                "shapes": shapes,
                "unit": title["unit"],
            },
        )
    entry = city.nodes["hz-registry"].ledger.entry(told["index"])
    assert entry is not None
    assert (entry.envelope.body.type, entry.envelope.body.data["acts"]) == ("case.apply", [act])
    assert entry.envelope.body.id == "loan-20261122-17"
    assert city.entered("bank-a", told["case"])["acts"] == [act]
    assert told["status"] == "final"
    assert told["pending"] is True
    assert told["reasons"] == ["mortgagee-did-not-sign"]
    assert told["wrong"] == "idempotency-key-required"
    assert told["forbidden"] == [403, "forbidden"]
    assert told["role"] == "bank"


def _run(program: str, generated: Path, given: dict[str, Any]) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(given), capture_output=True, text=True,
        timeout=CALLING_S_MAX, check=False, env={"PYTHONPATH": str(generated)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout))
