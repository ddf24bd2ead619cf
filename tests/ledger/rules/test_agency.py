"""Agents and guardians: who may act for whom, for what, and until when. The last column lists every reason."""

from typing import Any

import pytest

from tests.worlds import DAY_MS, UNIT, World, codes, mortgage_act, ref, signer, the_right, transfer_act

R, B1 = "hz-registry", "bank-a"
SOLD = ["transfer"]


def power(party: str = "owner", agent: str = "agent", **changed: Any) -> dict[str, Any]:
    """Return a notarised power to sell, valid through the day of the application."""
    made = {
        "by": "power",
        "party": ref(party),
        "agent": ref(agent),
        "principal": "person",
        "form": "notarised",
    }
    return {**made, "scope": SOLD, "until": "2026-11-22", "paper": "power", **changed}


def guardian(party: str = "owner", **changed: Any) -> dict[str, Any]:
    """Return a guardian who has pledged that the act is for the ward's good."""
    made = {"by": "guardianship", "party": ref(party), "agent": ref("mother"), "paper": "power"}
    return {**made, "pledged": True, **changed}


def sold(town: World, *agents: dict[str, Any], acts: list[dict[str, Any]] | None = None, **more: Any) -> Any:
    """Apply to sell the unit, or for other acts, through agents; return the decision."""
    data = {"district": "441302", "channel": "counter", "acts": acts or [transfer_act(the_right(town), "X")]}
    private = {"power": [R], **more.pop("private", {})}
    return town.do(R, "case.apply", {**data, "agents": list(agents)}, private=private, **more)


ROWS: list[tuple[str, list[dict[str, Any]], list[str]]] = [
    ("nobody acts for anybody", [], []),
    ("a power through its last day", [power()], []),
    ("it ended yesterday", [power(until="2026-11-21")], ["agency-expired"]),
    ("its last day is no day", [power(until="2026-02-30")], ["agency-expired"]),
    ("it is for mortgages", [power(scope=["mortgage.set"])], ["agency-scope"]),
    ("it is for both", [power(scope=["mortgage.set", "transfer"])], []),
    ("the buyer's is for mortgages", [power("X", scope=["mortgage.set"])], ["agency-scope"]),
    ("for somebody else", [power("stranger")], ["agency-party"]),
    ("two agents for one", [power(), power(agent="other")], ["agency-party"]),
    ("an agent and a guardian", [power(), guardian()], ["agency-party"]),
    ("the paper is not enclosed", [power(paper="other")], ["agency-paper"]),
    ("a guardian's paper neither", [guardian(paper="other")], ["agency-paper"]),
    ("a person's, merely written", [power(form="written")], ["agency-form"]),
    ("a person's, signed at the counter", [power(form="on-site")], []),
    ("an enterprise's, written", [power(form="written", principal="enterprise")], []),
    ("the buyer's, written: he gives nothing up", [power("X", form="written")], []),
    ("the agent buys himself", [power(agent="X")], ["agency-dual"]),
    ("as he was allowed to", [power(agent="X", dual=True)], []),
    ("one agent for both", [power(), power("X")], ["agency-dual"]),
    ("one of them allowed it", [power(dual=True), power("X")], ["agency-dual"]),
    ("the other did", [power(), power("X", dual=True)], ["agency-dual"]),
    ("both did", [power(dual=True), power("X", dual=True)], []),
    ("an agent each", [power(), power("X", agent="other")], []),
    ("a ward's guardian", [guardian()], []),
    ("who pledged nothing", [guardian(pledged=False)], ["pledge-missing"]),
    ("a ward who buys", [guardian("X", pledged=False)], []),
    ("everything at once", [power(until="2020-01-01", scope=["unit.alter"], form="written", agent="X", paper="none")],
     ["agency-paper", "agency-expired", "agency-scope", "agency-form", "agency-dual"]),
]  # fmt: skip


@pytest.mark.parametrize(("agents", "expected"), [one[1:] for one in ROWS], ids=[one[0] for one in ROWS])
def test_who_may_act(town: World, agents: list[dict[str, Any]], expected: list[str]) -> None:
    assert codes(sold(town, *agents)) == expected


def test_a_power_is_asked_for_the_acts_that_name_its_party_and_for_no_other(town: World) -> None:
    right = the_right(town)
    sale = transfer_act(right, "X")
    loan = mortgage_act(right, B1, right=f"R-{UNIT}-2", consent=[ref("X")])
    signers = [signer(one, "event") for one in (R, B1)]
    assert codes(sold(town, power(), acts=[sale, loan], signers=signers)) == []
    assert codes(sold(town, power("X"), acts=[sale, loan], signers=signers)) == ["agency-scope"]
    both = power("X", scope=["transfer", "mortgage.set"])
    assert codes(sold(town, both, acts=[sale, loan], signers=signers)) == []


def test_the_case_keeps_who_acted_and_the_paper_by_its_commitment(town: World) -> None:
    done = sold(town, power(), guardian("X"))
    kept = town.case(done.result["case"]).agents
    assert [one["by"] for one in kept] == ["power", "guardianship"]
    assert all(len(one["paper"]) == 64 for one in kept)


def test_a_power_that_ends_later_does_not_undo_the_application(town: World) -> None:
    case = sold(town, power()).result["case"]
    town.time += DAY_MS
    town.clear(case)
    assert codes(town.enter(case)) == []
