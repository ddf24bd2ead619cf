"""The log decides who votes: members join, are suspended, change keys, and lose a key that voted twice."""

import base64
import json
from pathlib import Path
from typing import Any

import requests

from dengbu.ledger.log.keys import SEED_BYTES, Signer
from dengbu.nodes.engines.cometbft import files
from dengbu.scripts.net import homes
from dengbu.scripts.net.homes import AUDITOR
from tests.faults import double
from tests.faults.scene import ASK_S, FOUNDERS, REGISTRY, Scene, Work
from tests.scripts.engine_tests import needs_cometbft
from tests.waiting import until

pytestmark = needs_cometbft
COURT = "hz-court"


def address(town: Scene, id: str) -> str:
    """The address of the key that a member's CometBFT votes with."""
    return str(json.loads((town.net.home(id) / files.FOLDER / files.VOTE_KEY).read_text())["address"])


def signer_of(home: Path) -> Signer:
    """The key that a member's CometBFT votes with."""
    held = json.loads((home / files.FOLDER / files.VOTE_KEY).read_text())["priv_key"]["value"]
    return Signer(base64.b64decode(held)[:SEED_BYTES])


def weights(town: Scene, id: str = "hz-tax") -> dict[str, int]:
    """Return the voting weight by address for the next block, as a member's CometBFT has it."""
    found = town.rpc(id, "validators?per_page=100")
    return {one["address"]: int(one["voting_power"]) for one in found["validators"]}


def governed(town: Scene, type: str, data: dict[str, Any], by: tuple[str, ...]) -> None:
    """Submit an event with the governance signatures of these members."""
    event = json.dumps({"type": type, "data": data}).encode()
    for id in by:
        event = homes.sign(town.net.layout, id, event, "governance")
    with town.net.client(REGISTRY) as client:
        assert client.events.submit(event, wait=20).outcome == "recorded"


def test_nobody_holds_a_third(town: Scene) -> None:
    found = weights(town)
    assert set(found) == {address(town, id) for id in FOUNDERS}
    assert all(3 * weight < sum(found.values()) for weight in found.values())


def test_a_newcomer_catches_up_and_votes(town: Scene) -> None:
    with Work(town, "join") as work:
        work.more(2)
        town.net.admit_court(COURT)
        town.net.start([COURT])
        until(lambda: address(town, COURT) in weights(town), "it is a voter")
        mine = address(town, COURT)

        def has_voted() -> bool:
            signatures = town.rpc("hz-tax", "commit")["signed_header"]["commit"]["signatures"]
            return mine in {one["validator_address"] for one in signatures}

        until(has_voted, "its vote is in a commit")
        town.net.kill("bank-b")  # with the court, one of five may go
        work.more(2, ("bank-a",))
        town.net.start(["bank-b"])
        work.more(1)
    work.check((*FOUNDERS, COURT))


def test_a_suspended_member_has_no_vote(town: Scene) -> None:
    mine = address(town, COURT)
    assert mine in weights(town)
    governed(
        town,
        "institution.suspend",
        {"institution": COURT, "reason": "paused"},
        (REGISTRY, "hz-tax", "bank-a"),
    )
    with Work(town, "suspended") as work:
        until(lambda: mine not in weights(town), "it has no vote")
        work.more(1)
    work.check()


def test_a_vote_key_is_replaced_by_a_quorum(town: Scene, tmp_path: Path) -> None:
    home = town.net.home("bank-a")
    old = address(town, "bank-a")
    files.make_keys(tmp_path)
    new = signer_of(tmp_path)
    key = {"cls": "vote", "alg": "Ed25519", "public": new.public.hex()}
    governed(town, "key.replace", {"old": signer_of(home).key_id, "key": key}, (REGISTRY, "hz-tax", "bank-a"))
    with Work(town, "replaced") as work:
        until(lambda: old not in weights(town), "the old key has no vote")
        town.net.stop(["bank-a"])
        (home / files.FOLDER / files.VOTE_KEY).write_bytes(
            (tmp_path / files.FOLDER / files.VOTE_KEY).read_bytes()
        )
        town.net.start(["bank-a"])
        mine = address(town, "bank-a")
        assert mine != old
        assert mine in weights(town)
        work.more(1)
    work.check()


def test_two_votes_at_one_height_are_reported_and_cost_the_key(town: Scene) -> None:
    guilty = "bank-b"
    home = town.net.home(guilty)
    mine = address(town, guilty)
    header = town.rpc("hz-tax", "commit")["signed_header"]["header"]
    voters = town.rpc("hz-tax", f"validators?height={header['height']}&per_page=100")["validators"]
    index = [one["address"] for one in voters].index(mine)
    total = sum(int(one["voting_power"]) for one in voters)
    own = int(voters[index]["voting_power"])
    shown = double.proof(signer_of(home), mine, index, header["chain_id"], header, (total, own))
    question = {"jsonrpc": "2.0", "id": 1, "method": "broadcast_evidence", "params": {"evidence": shown}}
    said = requests.post(f"http://{town.net.member('hz-tax').rpc}", json=question, timeout=ASK_S).json()
    assert "error" not in said, said
    with Work(town, "double") as work:
        until(lambda: weights(town).get(mine) != own, "the key's vote is gone")
        work.more(1)
    work.check()
    with town.net.client("hz-tax", AUDITOR) as client:
        reports = client.get("/v1/events", type="vote.report")["items"]
    assert {one["type"] for one in reports} == {"vote.report"}
    assert len({one["actor"] for one in reports}) >= 2, "more than may be faulty, whoever they are"
    assert {one["actor"] for one in reports} - {guilty}, "never by its own word alone"
    kept = town.net.home("hz-tax") / "evidence"  # every node keeps it, whoever reports first
    evidence = until(lambda: list(kept.glob("*-double-sign.json")), "hz-tax keeps the evidence")
    assert json.loads(evidence[0].read_text())["institution"] == guilty
    until(lambda: not town.checks("hz-tax")["evidence"]["ok"], "hz-tax says that it has evidence")
    after = weights(town)
    assert all(3 * weight < sum(after.values()) for weight in after.values())
