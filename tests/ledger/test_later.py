"""What came with a later rule set, or changed with it, is to an earlier one what it was; its tables stay as they were.

Software of an earlier day cannot read what came later and keeps it out of the log, so software that can must keep it out as well.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, cast

import msgspec
import pytest
from msgspec import Meta

from dengbu.ledger import ruleset, transition
from dengbu.ledger.acts.transfer import Bequest, Transfer
from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.cases.cases import CaseApply
from dengbu.ledger.cases.representation import Attorney
from dengbu.ledger.catalogue import ACTS, AnyAct
from dengbu.ledger.events.announcements import LossAnnounce
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64
from dengbu.ledger.register.dated import Before, before_of, in_set
from dengbu.ledger.register.members import LATER_DEFAULTS, LATER_ROLES, KeyClass, Policy, Role
from dengbu.ledger.register.records import Deal
from dengbu.ledger.rules import roles
from dengbu.ledger.rules.rule_sets import FIRST, NEWEST
from dengbu.ledger.rules.taxes import REQUIRED, REQUIRED_BEFORE
from dengbu.ledger.transition import Decision
from tests.worlds import UNIT, UNIT_2, World, codes, member, policy, ref, the_right, transfer_act, world

Patch = pytest.MonkeyPatch
Change = Callable[[Patch], None]
Ask = Callable[[World], Decision]
N = NEWEST.number


def act(patch: Patch) -> None:
    """The transfer comes with the newest set."""
    patch.setitem(ACTS, "transfer", dataclasses.replace(ACTS["transfer"], since=N))


def event(patch: Patch) -> None:
    """The announcement of a loss comes with the newest set."""
    later = dataclasses.replace(transition.EVENTS["loss.announce"], since=N)
    patch.setitem(transition.EVENTS, "loss.announce", later)


def role(patch: Patch) -> None:
    """Notaries come with the newest set."""
    patch.setitem(cast("dict[Role, int]", LATER_ROLES), Role.NOTARY, N)


def shape(patch: Patch, struct: type[Any], name: str, was: Any) -> None:
    """A member had another type before the newest set; it was not there if that is None."""
    patch.setattr(struct, "BEFORE", {name: ((N, was),)}, raising=False)


def member_of_act(patch: Patch) -> None:
    """A transfer's sellers are declared with the newest set only."""
    shape(patch, Transfer, "seller", None)


def member_of_event(patch: Patch) -> None:
    """A loss names its right with the newest set only."""
    shape(patch, LossAnnounce, "right", None)


def member_of_part(patch: Patch) -> None:
    """The day of acceptance is told with the newest set only."""
    shape(patch, Bequest, "accepted_on", None)


def value(patch: Patch) -> None:
    """Only gifts were transfers."""
    shape(patch, Transfer, "cause", Literal["gift"])


def value_of_part(patch: Patch) -> None:
    """Legacies were accepted on one day only."""
    shape(patch, Bequest, "accepted_on", Literal["2026-11-01"])


def limit(patch: Patch) -> None:
    """A case had at least two acts."""
    shape(patch, CaseApply, "acts", Annotated[tuple[AnyAct, ...], Meta(min_length=2, max_length=16)])


def limit_within(patch: Patch) -> None:
    """Nobody consented."""
    shape(patch, Transfer, "consent", Annotated[tuple[Hex64, ...], Meta(max_length=0)])


def pattern(patch: Patch) -> None:
    """Units had shorter codes."""
    shape(patch, LossAnnounce, "unit", Annotated[str, Meta(pattern="^[0-9]{6}$")])


def transferred(town: World) -> Decision:
    """The transfer is applied for."""
    return town.apply("hz-registry", transfer_act(the_right(town)))


def bequeathed(town: World) -> Decision:
    """The transfer to a legatee is applied for."""
    bequest = {"known_on": "2026-11-01", "accepted_on": "2026-11-20"}
    more: dict[str, Any] = {"cause": "legacy", "heirs": "notarised", "bequest": bequest, "consent": []}
    return town.apply("hz-registry", transfer_act(the_right(town), **more))


def lost(town: World) -> Decision:
    """A loss is announced."""
    right = the_right(town)
    return town.do("hz-registry", "loss.announce", {"unit": right.unit, "right": right.id})


def joined(town: World) -> Decision:
    """A notary is admitted."""
    made = member("notary-1", "notary")
    keys = made.pop("keys")
    return town.govern("institution.admit", {"institution": made, "keys": keys})


ACT = "/body/data/acts/0"
LATER: list[tuple[Change, Ask, Code, str]] = [
    (act, transferred, Code.MALFORMED_DATA, f"{ACT}/act"),
    (event, lost, Code.UNKNOWN_TYPE, "/body/type"),
    (role, joined, Code.MALFORMED_DATA, "/body/data/institution/role"),
    (member_of_act, transferred, Code.MALFORMED_DATA, f"{ACT}/seller"),
    (member_of_event, lost, Code.MALFORMED_DATA, "/body/data/right"),
    (member_of_part, bequeathed, Code.MALFORMED_DATA, f"{ACT}/bequest/accepted_on"),
    (value, transferred, Code.MALFORMED_DATA, f"{ACT}/cause"),
    (value_of_part, bequeathed, Code.MALFORMED_DATA, f"{ACT}/bequest/accepted_on"),
    (limit, transferred, Code.MALFORMED_DATA, "/body/data/acts"),
    (limit_within, transferred, Code.MALFORMED_DATA, f"{ACT}/consent"),
    (pattern, lost, Code.MALFORMED_DATA, "/body/data/unit"),
]


def titled(rule_set: str) -> World:
    """A network under a rule set, with one title."""
    town = world(rule_set=rule_set)
    town.title()
    return town


@pytest.mark.parametrize(
    ("later", "ask", "code", "where"), LATER, ids=[later.__name__ for later, *_ in LATER]
)
def test_it_is_kept_out_under_the_first_set_and_let_in_under_its_own(
    later: Change, ask: Ask, code: Code, where: str, monkeypatch: Patch
) -> None:
    assert codes(ask(titled(FIRST.hash))) == []
    later(monkeypatch)
    with pytest.raises(NotAdmitted) as caught:
        ask(titled(FIRST.hash))
    assert (caught.value.code, caught.value.where) == (code, where)
    assert codes(ask(titled(NEWEST.hash))) == []


def test_a_later_kind_of_part_is_kept_out_by_what_it_was(monkeypatch: Patch) -> None:
    power = {
        "by": "power", "party": ref("owner"), "agent": ref("agent"), "form": "notarised", "principal": "person",
        "scope": ["transfer"], "until": "2030-01-01", "paper": "power",
    }  # fmt: skip

    def applied(rule_set: str) -> Decision:
        town = titled(rule_set)
        data = {
            "district": "441302",
            "channel": "counter",
            "acts": [transfer_act(the_right(town))],
            "agents": [power],
        }
        return town.do("hz-registry", "case.apply", data, private={"power": ["hz-registry"]})

    assert codes(applied(FIRST.hash)) == []
    shape(monkeypatch, CaseApply, "agents", Annotated[tuple[Attorney, ...], Meta(max_length=0)])
    with pytest.raises(NotAdmitted, match="under rule set 1: Expected `array` of length <= 0") as caught:
        applied(FIRST.hash)
    assert caught.value.where == "/body/data/agents"
    assert codes(applied(NEWEST.hash)) == []


def test_who_leaves_a_later_member_out_is_let_in_under_the_first_set(monkeypatch: Patch) -> None:
    shape(monkeypatch, Transfer, "bequest", None)
    assert codes(transferred(titled(FIRST.hash))) == []


def test_a_founder_has_no_role_that_the_first_policys_set_lacks(monkeypatch: Patch) -> None:
    monkeypatch.setitem(cast("dict[Role, int]", LATER_ROLES), Role.TAX, N)
    with pytest.raises(NotAdmitted, match="has no such role") as caught:
        world(rule_set=FIRST.hash)
    assert caught.value.where == "/body/data/institutions/3/role"
    world(rule_set=NEWEST.hash)


def test_no_policy_under_an_earlier_set_names_a_later_act(monkeypatch: Patch) -> None:
    act(monkeypatch)
    for field, named in (("desk", ["transfer"]), ("limits", {"transfer": 3}), ("online_acts", ["transfer"])):
        data = {"policy": {**policy(version=2), field: named}}
        assert codes(titled(FIRST.hash).govern("policy.set", data)) == ["policy-invalid"]
        assert codes(titled(NEWEST.hash).govern("policy.set", data)) == []


def test_who_votes_the_first_set_back_leaves_the_later_fields_out(monkeypatch: Patch) -> None:
    town = titled(NEWEST.hash)
    back = {**policy(version=2, rule_set=FIRST.hash), "area_tolerance_ppm": 5}
    with pytest.raises(NotAdmitted, match="rule set 1 has no such member") as caught:
        town.govern("policy.set", {"policy": back})
    assert caught.value.where == "/body/data/policy/area_tolerance_ppm"
    unknown = {**back, "rule_set": "f" * 64}  # of a release to come: what it has is not known here
    assert codes(town.govern("policy.set", {"policy": unknown})) == []


# ---- what was otherwise before -------------------------------------------------------------------------------------


def event_row(patch: Patch, type_: str, **was: Any) -> None:
    """Facts of an event's row were others before the newest set."""
    before = {name: ((N, one),) for name, one in was.items()}
    patch.setitem(transition.EVENTS, type_, dataclasses.replace(transition.EVENTS[type_], before=before))


def act_row(patch: Patch, **was: Any) -> None:
    """Facts of the transfer's row were others before the newest set."""
    before = {name: ((N, one),) for name, one in was.items()}
    patch.setitem(ACTS, "transfer", dataclasses.replace(ACTS["transfer"], before=before))


def senders(patch: Patch) -> None:
    """Only courts announced losses."""
    event_row(patch, "loss.announce", senders=roles.COURT)


def signing(patch: Patch) -> None:
    """The announcement of a loss was signed as governance is."""
    event_row(patch, "loss.announce", signed_by=KeyClass.GOVERNANCE)


def applicants(patch: Patch) -> None:
    """Only banks applied for transfers."""
    act_row(patch, applicants=(Role.BANK,))


def about(patch: Patch) -> None:
    """Two transfers of a unit were told apart by their new mode of holding."""
    act_row(patch, about=("right", "mode"))


def disposes(patch: Patch) -> None:
    """A transfer did not wait for an earlier one."""
    act_row(patch, disposes=False)


def taxed(patch: Patch) -> None:
    """Transfers were not taxed."""
    act_row(patch, taxed=False)


def taxes(patch: Patch) -> None:
    """A person who sold paid no income tax."""
    was = ((N, ("deed",)),)
    patch.setitem(cast("dict[Any, Any]", REQUIRED_BEFORE), ("sale", "person"), was)


def impossible(patch: Patch) -> None:
    """Persons sold nothing."""
    patch.setitem(cast("dict[Any, Any]", REQUIRED_BEFORE), ("sale", "person"), ((N, None),))


def of_loss(town: World) -> Any:
    """Return the reasons against an announcement, or the code with which it was kept out."""
    try:
        return codes(lost(town))
    except NotAdmitted as refused:
        return refused.code


def of_transfer(town: World) -> Any:
    """Return the reasons against a transfer."""
    return codes(transferred(town))


def of_two_in_one(town: World) -> Any:
    """Return the reasons against two transfers of one right in one case, the second to joint holders."""
    right = the_right(town)
    return "act-repeated" in codes(
        town.apply("hz-registry", transfer_act(right), transfer_act(right, mode="joint"))
    )


def of_second(town: World) -> Any:
    """Whether the second of two transfers waits for the first."""
    transferred(town)
    return "earlier-case" in codes(
        town.enter(town.accepted("hz-registry", transfer_act(the_right(town), "other")))
    )


def required(town: World) -> Any:
    """Return the taxes that a transfer waits for, None without a deal."""
    deal = town.register.get(Deal, town.accepted("hz-registry", transfer_act(the_right(town))))
    return deal and deal.required


OTHERWISE: list[tuple[Change, Callable[[World], Any], Any, Any]] = [
    (senders, of_loss, ["not-authorised"], []),
    (signing, of_loss, Code.WRONG_KEY_CLASS, []),
    (applicants, of_transfer, ["not-authorised"], []),
    (about, of_two_in_one, False, True),
    (disposes, of_second, False, True),
    (taxed, required, None, ("deed", "iit")),
    (taxes, required, ("deed",), ("deed", "iit")),
    (impossible, of_transfer, ["cause-mismatch"], []),
]


@pytest.mark.parametrize(
    ("change", "see", "was", "today"), OTHERWISE, ids=[change.__name__ for change, *_ in OTHERWISE]
)
def test_a_fact_is_what_it_was_under_the_first_set_and_todays_under_its_own(
    change: Change, see: Callable[[World], Any], was: Any, today: Any, monkeypatch: Patch
) -> None:
    assert see(titled(FIRST.hash)) == today
    change(monkeypatch)
    assert see(titled(FIRST.hash)) == was
    assert see(titled(NEWEST.hash)) == today


def vote(town: World, rule_set: str = NEWEST.hash) -> None:
    """Another set is voted in."""
    assert codes(town.govern("policy.set", {"policy": policy(version=2, rule_set=rule_set)})) == []


def test_a_case_keeps_the_taxes_with_which_it_was_accepted(monkeypatch: Patch) -> None:
    taxes(monkeypatch)
    town = titled(FIRST.hash)
    town.title(UNIT_2)
    case, other = (
        town.accepted("hz-registry", transfer_act(the_right(town, unit))) for unit in (UNIT, UNIT_2)
    )
    vote(town)
    for number, gates in ((case, {"deed": "due"}), (other, {"deed": "due", "iit": "due"})):
        assert codes(town.do("hz-tax", "tax.assess", {"case": number, "version": 1, "gates": gates})) == []
        vouchers = [{"tax": tax, "number": f"{tax}-{number}", "kind": "payment"} for tax in gates]
        cleared = town.do("hz-tax", "tax.clear", {"case": number, "version": 1, "vouchers": vouchers})
        assert cleared.result["state"] == "CLEARED"
        assert codes(town.enter(number)) == []


def test_it_keeps_them_when_an_earlier_set_is_voted_back(monkeypatch: Patch) -> None:
    taxes(monkeypatch)
    town = titled(NEWEST.hash)
    case = town.accepted("hz-registry", transfer_act(the_right(town)))
    vote(town, FIRST.hash)
    assert town.one(Deal, case).required == ("deed", "iit")
    town.clear(case)
    assert codes(town.enter(case)) == []


def test_a_set_that_is_not_in_force_yet_changes_nothing_of_a_deal(monkeypatch: Patch) -> None:
    pair = ("sale", "enterprise")
    monkeypatch.setitem(cast("dict[Any, Any]", REQUIRED), pair, ("deed", "iit", "lvat"))
    monkeypatch.setitem(cast("dict[Any, Any]", REQUIRED_BEFORE), pair, ((N, ("deed", "lvat")),))
    town = titled(FIRST.hash)
    town.title(UNIT_2)
    sold = [transfer_act(the_right(town)), transfer_act(the_right(town, UNIT_2), seller="enterprise")]
    case = town.accepted("hz-registry", *sold)
    gates = {"deed": "due", "iit": "due", "lvat": "due"}
    assert codes(town.do("hz-tax", "tax.assess", {"case": case, "version": 1, "gates": gates})) == []
    taxes_ = ("deed", "deed", "iit", "lvat")
    vouchers = [{"tax": tax, "number": f"{nth}", "kind": "payment"} for nth, tax in enumerate(taxes_)]
    cleared = town.do("hz-tax", "tax.clear", {"case": case, "version": 1, "vouchers": vouchers})
    assert cleared.result["state"] == "CLEARED"


@pytest.mark.parametrize(("was", "today"), [(True, False), (False, True)])
def test_a_case_under_way_is_entered_although_its_act_is_taxed_otherwise_by_then(
    was: bool, today: bool, monkeypatch: Patch
) -> None:
    row = dataclasses.replace(ACTS["transfer"], taxed=today, before={"taxed": ((N, was),)})
    monkeypatch.setitem(ACTS, "transfer", row)
    town = titled(FIRST.hash)
    case = town.accepted("hz-registry", transfer_act(the_right(town)))
    vote(town)
    if was:
        assert codes(town.enter(case)) == ["tax-not-cleared", "iit-not-cleared"]
        town.clear(case)
    assert codes(town.enter(case)) == []


def test_a_policy_has_the_defaults_of_the_set_under_which_it_was_sent(monkeypatch: Patch) -> None:
    assert Policy(1, 1, 1, (), ()).limit_days == 5
    first = titled(FIRST.hash)
    monkeypatch.setitem(cast("dict[str, Any]", LATER_DEFAULTS), "limit_days", ((N, 7), (N + 1, 9)))
    assert (
        first.one(Policy, "current").limit_days == titled(FIRST.hash).one(Policy, "current").limit_days == 5
    )
    assert titled(NEWEST.hash).one(Policy, "current").limit_days == 7
    vote(first)
    assert first.one(Policy, "current").limit_days == 5
    assert codes(first.govern("policy.set", {"policy": policy(version=3)})) == []
    assert first.one(Policy, "current").limit_days == 7
    named = {**policy(version=4), "limit_days": 5}
    assert codes(first.govern("policy.set", {"policy": named})) == []
    assert first.one(Policy, "current").limit_days == 5


def test_only_the_policy_has_a_default_that_says_something() -> None:
    """What nothing means in an act or event is a computation, which asks for the rule set; see CONTRIBUTING.md."""

    def told(shown: Any) -> list[Any]:
        if isinstance(shown, list):
            return [one for each in shown for one in told(each)]
        own = [shown["default"]] if isinstance(shown, dict) and shown.get("default") else []
        within = list(shown.values()) if isinstance(shown, dict) else []
        return [*own, *told(within)]

    shapes = ruleset.more(N)["shapes"]
    assert isinstance(shapes, dict)
    assert [type_ for type_, shown in shapes.items() if told(shown)] == ["network.genesis", "policy.set"]


# ---- the tables ----------------------------------------------------------------------------------------------------


def names(tables: Any) -> list[str]:
    """Every string in a rule set, keys among them."""
    if isinstance(tables, dict):
        return [*tables, *(name for each in tables.values() for name in names(each))]
    return [name for each in tables for name in names(each)] if isinstance(tables, list) else [str(tables)]


def everything(number: int) -> dict[str, Any]:
    """All of a rule set, also what the hash of the first does not cover."""
    return ruleset.rule_set(number) | ruleset.more(number)


@pytest.mark.parametrize(
    ("later", "name"),
    [(act, "transfer"), (event, "loss.announce"), (role, "notary")],
    ids=["act", "event", "role"],
)
def test_it_is_in_the_tables_of_its_own_set_and_of_no_earlier_one(
    later: Change, name: str, monkeypatch: Patch
) -> None:
    assert name in names(ruleset.rule_set(FIRST.number))
    later(monkeypatch)
    assert name not in names(ruleset.rule_set(FIRST.number))


@pytest.mark.parametrize(
    "change", [*(one for one, *_ in LATER), *(one for one, *_ in OTHERWISE)], ids=lambda one: one.__name__
)
def test_the_tables_of_the_first_set_differ_and_those_of_its_own_do_not(
    change: Change, monkeypatch: Patch
) -> None:
    first, newest = everything(FIRST.number), everything(N)
    change(monkeypatch)
    assert everything(FIRST.number) != first
    assert everything(N) == newest


def test_a_later_default_is_in_the_tables_of_its_set(monkeypatch: Patch) -> None:
    first, newest = everything(FIRST.number), everything(N)
    monkeypatch.setitem(cast("dict[str, Any]", LATER_DEFAULTS), "limit_days", ((N, 7),))
    assert everything(FIRST.number) == first
    assert everything(N) == newest | {"defaults": {"limit_days": 7}}


@pytest.mark.parametrize(
    ("number", "found"), [(1, "a"), (2, "a"), (3, "b"), (4, "b"), (5, "today"), (6, "today")]
)
def test_a_value_is_what_it_was_before_each_set(number: int, found: str) -> None:
    assert in_set(number, "today", ((3, "a"), (5, "b"))) == found


class Base(msgspec.Struct):
    """A struct with a member that came with set 2."""

    BEFORE: ClassVar[Mapping[str, Before[Any]]] = {"a": ((2, None),)}
    a: str = ""


class Derived(Base):
    """A struct that has it, too, and one more."""

    BEFORE: ClassVar[Mapping[str, Before[Any]]] = {"b": ((3, None),)}
    b: str = ""


def test_a_struct_has_the_earlier_types_of_its_bases() -> None:
    assert before_of(Base) == {"a": ((2, None),)}
    assert before_of(Derived) == {"a": ((2, None),), "b": ((3, None),)}


def structs(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """Every struct of the ledger."""
    for one in type.__subclasses__(kind):
        yield from structs(one)
        if one.__module__.startswith("dengbu.ledger."):
            yield one


def test_what_has_an_earlier_value_is_there_and_its_sets_are_kept_and_ascend() -> None:
    rows: list[Any] = [*ACTS.values(), *transition.EVENTS.values()]
    for struct in structs(msgspec.Struct):
        assert set(before_of(struct)) <= set(struct.__struct_fields__), struct
    assert set(REQUIRED_BEFORE) <= set(REQUIRED)
    assert set(LATER_DEFAULTS) <= set(Policy.__struct_fields__)
    tables = (
        *map(before_of, structs(msgspec.Struct)),
        *(row.before for row in rows),
        REQUIRED_BEFORE,
        LATER_DEFAULTS,
    )
    for dated in (one for table in tables for one in table.values()):
        numbers = [since for since, _ in dated]
        assert numbers == sorted(set(numbers))
        assert FIRST.number < numbers[0] <= numbers[-1] <= N
