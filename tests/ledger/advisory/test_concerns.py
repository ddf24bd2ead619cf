"""Whom an entry is told to, for each act and event: those with something on the unit it touches, and nobody else.

The ledger is real and on disk. A mortgage and a seizure on the unit have ended, and another bank and another court
have theirs on a neighbouring unit: none of these institutions is told of anything.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dengbu.api.views.concerns import Concerns
from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.transition import EVENTS
from tests.ledgers import OnDisk
from tests.worlds import DAY_MS, UNIT, UNIT_2, holder, mortgage_act, ref, signer, the_right, transfer_act

R, T, A, B = "hz-registry", "hz-tax", "bank-a", "bank-b"
PAPER = "(2026)粤1302执1号"
PARTS = ("441302001001GB00001F00020001", "441302001001GB00001F00020002")  # not registered yet
LAND, HOUSE = "441302001001GB00009W00000000", "441302001001GB00009F00010001"
OTHERS = {
    "bank-past": "bank",
    "bank-else": "bank",
    "bank-n": "bank",
    "court-1": "court",
    "court-2": "court",
    "court-o": "court",
    "court-f": "court",
    "court-past": "court",
    "court-else": "court",
    "hz-water": "utility",
    "hz-gas": "utility",
}
ELSEWHERE = "441302001001GB00001F00020009"
STRANGERS = ("bank-past", "bank-else", "court-past", "court-else", "hz-gas")


Play = Callable[[OnDisk], Any]
Expected = dict[str, set[str]]  # institution -> the test's names for its own records that are touched


def owner(town: OnDisk, unit: str = UNIT) -> list[str]:
    return [one.ref for one in the_right(town, unit).holders]


# ---- what lies on the unit --------------------------------------------------------------------------------------------


def mortgaged(town: OnDisk) -> None:
    """Enter an ordinary mortgage of bank-a, then a maximum mortgage of bank-b."""
    town.made["A"] = town.mortgage(A, the_right(town))
    town.made["B"] = town.mortgage(B, the_right(town), kind="maximum")


OTHER_TITLE = {
    "unit": "441302001001GB00009F00010009",
    "mortgages": [],
    "right": {
        "mode": "single",
        "holders": [holder("owner")],
        "certificate": "粤(2020)惠州市不动产权第0909009号",
        "registered_on": "2020-05-06",
    },
}


def imported(town: OnDisk, *, batch: bool = False) -> None:
    """Import a title with two mortgages from the old book."""
    told = {"kind": "ordinary", "no_transfer": False, "registered_on": "2020-05-06"}
    names = [
        f"粤(2020)惠州市{what}第090000{n}号"
        for n, what in enumerate(("不动产权", "不动产证明", "不动产证明"))
    ]
    data = {
        "unit": PARTS[1],
        "use": "dwelling",
        "area_cm2": 980_000,
        "right": {
            "mode": "single",
            "holders": [holder("buyer")],
            "certificate": names[0],
            "registered_on": "2020-05-06",
        },
        "mortgages": [
            {**told, "mortgagee": one, "certificate": name}
            for one, name in zip((A, B), names[1:], strict=True)
        ],
    }
    sent = {"titles": [data | OTHER_TITLE, data]} if batch else data
    town.done(R, "title.import-batch" if batch else "title.import", sent)
    town.made |= {"A": f"M-{PARTS[1]}-1", "B": f"M-{PARTS[1]}-2"}


def imported_in_a_batch(town: OnDisk) -> None:
    imported(town, batch=True)


def seized(town: OnDisk, by: str = "court-1", name: str = "S1", until: str = "2028-11-22") -> None:
    data = {"unit": UNIT, "document": PAPER, "until": until}
    town.made[name] = town.done(by, "court.seize", data).result["seizure"]


def seized_twice(town: OnDisk) -> None:
    seized(town)
    seized(town, "court-2", "S2")


def seized_for_days(town: OnDisk) -> None:
    seized(town, until="2026-11-30")
    seized(town, "court-2", "S2", until="2026-11-30")


def pre_seized(town: OnDisk, unit: str = UNIT) -> None:
    data = {"unit": unit, "debtor": ref("buyer"), "document": PAPER, "until": "2028-11-22"}
    town.made["P"] = town.done("court-1", "court.pre-seize", data).result["seizure"]


def ordered(town: OnDisk) -> None:
    """court-o orders the transfer, free of bank-a's mortgage if there is one."""
    ends = [town.made["A"]] if "A" in town.made else []
    data = {
        "unit": UNIT,
        "right": the_right(town).id,
        "document": PAPER,
        "mode": "single",
        "holders": [holder("buyer")],
        "ends": ends,
    }
    town.made["O"] = town.done("court-o", "court.order", data).result["order"]


def frozen(town: OnDisk) -> None:
    data = {"unit": UNIT, "kind": "freeze", "document": PAPER}
    town.made["F"] = town.done("court-f", "mark.set", data).result["mark"]


def promised(town: OnDisk) -> None:
    """Enter an advance notice of a mortgage for bank-n."""
    act = {
        "act": "notice.set",
        "unit": UNIT,
        "kind": "mortgage",
        "right": the_right(town).id,
        "consent": owner(town),
    }
    (town.made["N"],) = town.signed("bank-n", {**act, "mortgagee": "bank-n"}).result["notices"]


def objected(town: OnDisk) -> None:
    act = {
        "act": "objection.note",
        "unit": UNIT,
        "right": the_right(town).id,
        "objector": ref("Z"),
        "ground": "g",
    }
    (town.made["X"],) = town.signed(R, {**act, "refused": True, "shown": True}).result["objections"]


def sold(town: OnDisk) -> str:
    """Have a sale accepted; return its case."""
    town.made["case"] = town.accepted(R, transfer_act(the_right(town)))
    return town.made["case"]


def lived_in(town: OnDisk) -> None:
    act = {
        "act": "habitation.set",
        "unit": UNIT,
        "right": the_right(town).id,
        "ground": "contract",
        "taker": "person",
    }
    act |= {"beneficiaries": [ref("guest")], "consent": owner(town), "until": "2040-01-01"}
    (town.made["H"],) = town.signed(R, act).result["habitations"]


def served(town: OnDisk) -> None:
    act: dict[str, Any] = {
        "act": "easement.set",
        "unit": UNIT,
        "right": the_right(town).id,
        "consent": owner(town),
    }
    act["dominant"] = {"unit": UNIT_2, "right": the_right(town, UNIT_2).id, "consent": owner(town, UNIT_2)}
    (town.made["E"],) = town.signed(R, act).result["easements"]


def under_construction(town: OnDisk) -> None:
    """Enter a mortgage of bank-a on land and on the building to come."""
    act = {
        "act": "mortgage.set-construction",
        "unit": LAND,
        "right": the_right(town, LAND).id,
        "buildings": [HOUSE],
        "mortgagee": A,
        "kind": "ordinary",
        "no_transfer": False,
        "permits": True,
        "consent": owner(town, LAND),
    }
    town.made["C"] = town.signed(A, act).result["mortgages"][0]["id"]


def built(town: OnDisk) -> None:
    act = {"act": "unit.first", "unit": HOUSE, "use": "dwelling", "area_cm2": 900_000, "mode": "single"}
    town.signed(R, {**act, "holders": [holder("developer")]})


def joint_on_both(town: OnDisk) -> None:
    """Secure a claim of bank-b on the unit and its neighbour, then a mortgage of bank-a on the unit."""
    pieces = [
        {"unit": code, "right": the_right(town, code).id, "consent": owner(town, code)}
        for code in (UNIT, PARTS[0])
    ]
    act = {
        "act": "mortgage.set-joint",
        "pieces": pieces,
        "mortgagee": B,
        "kind": "ordinary",
        "no_transfer": False,
    }
    found = town.signed(B, act).result
    town.made["J"] = found["joint"][0]
    town.made["A"] = town.mortgage(A, the_right(town))


# ---- what happens -----------------------------------------------------------------------------------------------------


def act(town: OnDisk, tag: str, by: str = R, also: tuple[str, ...] = (), **members: Any) -> None:
    town.signed(by, {"act": tag, **members}, also=also)


def on_right(town: OnDisk, tag: str, unit: str = UNIT, **members: Any) -> None:
    act(town, tag, unit=unit, right=the_right(town, unit).id, consent=owner(town, unit), **members)


def event(by: str, type_: str, **data: Any) -> Play:
    return lambda town: town.done(
        by, type_, {name: value(town) if callable(value) else value for name, value in data.items()}
    )


def named(name: str) -> Callable[[OnDisk], str]:
    return lambda town: town.made[name]


def split(town: OnDisk) -> None:
    new = ("441302001001GB00001F00030001", "441302001001GB00001F00030002")
    parts = [
        {
            "unit": code,
            "use": "dwelling",
            "area_cm2": 490_000,
            "location": "0" * 64,
            "holders": [holder("owner")],
        }
        for code in new
    ]
    act(
        town,
        "unit.split",
        also=(A, B, "court-1"),
        unit=UNIT,
        right=the_right(town).id,
        consent=owner(town),
        parts=parts,
    )


def merged(town: OnDisk) -> None:
    sources = [
        {"unit": code, "right": the_right(town, code).id, "consent": owner(town, code)}
        for code in (UNIT, PARTS[0])
    ]
    into = {
        "into": "441302001001GB00001F00030003",
        "use": "dwelling",
        "area_cm2": 1_960_000,
        "mode": "single",
    }
    act(
        town,
        "unit.merge",
        also=(A, B, "court-1"),
        sources=sources,
        holders=[holder("owner")],
        location="0" * 64,
        **into,
    )


def executed(town: OnDisk) -> None:
    members = {"order": town.made["O"], "unit": UNIT, "right": the_right(town).id, "cause": "court-order"}
    act(town, "transfer.order", **members, seller="person", mode="single", holders=[holder("buyer")])


def converted_before_another(town: OnDisk) -> None:
    """bank-b has lent since; bank-n's mortgage ranks before it, because it was promised first (SEC 52)."""
    keys = [signer(one, "event") for one in (B, "bank-n")]
    done = town.entered(B, mortgage_act(the_right(town), B), signers=keys)
    town.made["B"] = done.result["mortgages"][0]["id"]
    convert = {"act": "notice.convert", "notice": town.made["N"]}
    town.signed("bank-n", mortgage_act(the_right(town), "bank-n"), convert)


def case_event(type_: str, by: str = R, **more: Any) -> Play:
    return event(by, type_, case=named("case"), **more)


def faulty(town: OnDisk) -> None:
    town.made["fault"] = town.done(R, "fault.tell", {"unit": UNIT, "right": the_right(town).id}).result[
        "fault"
    ]


def later(days: int, play: Play) -> Play:
    def after(town: OnDisk) -> Any:
        town.time += days * DAY_MS
        return play(town)

    return after


def case_with_water(town: OnDisk) -> None:
    told = {"act": "utilities.announce", "unit": UNIT, "accounts": [{"service": "water", "to": "hz-water"}]}
    town.signed(R, transfer_act(the_right(town)), told)


@dataclass
class Row:
    """A row of the table: what happens, what lay on the unit before, and who is told of which records of theirs."""

    name: str  # the act's or the event's name
    before: tuple[Play, ...]
    play: Play
    told: Expected = field(default_factory=dict)
    parties: tuple[str, ...] = ()  # those who see the whole entry, as it is their own business
    note: str = ""


BOTH = {A: {"A"}, B: {"B"}}
LOAN = {"mortgagee": "bank-else", "kind": "ordinary", "no_transfer": False}
ROWS = [
    # acts that move the ownership
    Row("transfer", (mortgaged, pre_seized), lambda t: t.signed(R, transfer_act(the_right(t))), {**BOTH, "court-1": {"P"}}),
    Row("transfer", (mortgaged, promised),
        lambda t: t.signed(R, transfer_act(the_right(t), cause="inheritance", consent=[])), {**BOTH, "bank-n": {"N"}},
        note="inheritance"),
    Row("transfer", (mortgaged,), sold, note="only accepted"),
    Row("transfer.order", (mortgaged, lambda t: seized(t, "court-o", "SO"), ordered, lambda t: seized(t, "court-2", "S2"),
                           frozen), executed,
        {**BOTH, "court-o": {"SO", "O"}, "court-2": {"S2"}, "court-f": {"F"}}),
    Row("correction", (mortgaged, lambda t: on_right(t, "unit.alter", area_cm2=970_000)),
        lambda t: on_right(t, "correction", area_cm2=980_000), BOTH),
    Row("correction", (imported,),
        lambda t: on_right(t, "correction", PARTS[1], shown=True,
                           owners={"mode": "single", "holders": [holder("true")]}), BOTH, note="owners"),
    # acts that change the unit
    Row("unit.first", (under_construction, lambda t: pre_seized(t, HOUSE)), built, {A: {"C"}, "court-1": {"P"}}),
    Row("unit.alter", (mortgaged,), lambda t: on_right(t, "unit.alter", area_cm2=970_000), BOTH),
    Row("unit.alter", (mortgaged,),
        lambda t: on_right(t, "unit.alter", renamed=[{"old": ref("owner"), "new": ref("named")}]), BOTH, note="name"),
    Row("unit.split", (mortgaged, seized_twice), split, {"court-2": {"S2", "+", "++"}}, (A, B, "court-1")),
    Row("unit.merge", (mortgaged, seized_twice), merged, {"court-2": {"S2", "+"}}, (A, B, "court-1")),
    Row("unit.deregister", (mortgaged, seized_twice),
        lambda t: on_right(t, "unit.deregister", also=("court-1",), cause="loss"), {**BOTH, "court-2": {"S2"}},
        ("court-1",)),
    Row("certificate.replace", (mortgaged,), lambda t: on_right(t, "certificate.replace", cause="damaged")),
    # what is noted
    Row("objection.note", (mortgaged, seized_twice), objected, {**BOTH, "court-1": {"S1"}, "court-2": {"S2"}}),
    Row("objection.suit", (mortgaged, objected), event(R, "objection.suit", objection=named("X"), document=PAPER), BOTH),
    Row("objection.close", (mortgaged, objected),
        lambda t: act(t, "objection.close", objection=t.made["X"], consent=[ref("Z")]), BOTH),
    Row("notice.set", (mortgaged,), promised, {}, ("bank-n",)),
    Row("notice.ripen", (mortgaged, promised), event(R, "notice.ripen", notice=named("N"), on="2026-11-22"),
        {"bank-n": {"N"}}),
    Row("notice.convert", (promised,), converted_before_another, {B: {"B"}}, ("bank-n",)),
    Row("notice.cancel", (mortgaged, promised),
        lambda t: act(t, "notice.cancel", by="bank-n", notice=t.made["N"], consent=[]), {}, ("bank-n",)),
    Row("mark.set", (mortgaged, seized_twice), frozen, {}, ("court-f",)),
    Row("mark.lift", (mortgaged, frozen), event("court-f", "mark.lift", mark=named("F"), document=PAPER), {}, ("court-f",)),
    # rights of use come after the mortgages and take nothing from them
    Row("habitation.set", (mortgaged,), lived_in),
    Row("habitation.discharge", (lived_in, mortgaged),
        lambda t: act(t, "habitation.discharge", usufruct=t.made["H"], ground="agreement", consent=[ref("guest")])),
    Row("easement.set", (mortgaged,), served),
    Row("easement.discharge", (served, mortgaged),
        lambda t: act(t, "easement.discharge", usufruct=t.made["E"], ground="agreement", consent=[ref("owner")])),
    Row("utilities.announce", (), case_with_water, {}, ("hz-water",)),
    # mortgages next to another mortgage
    Row("mortgage.set", (mortgaged,), lambda t: t.mortgage("bank-n", the_right(t)), {}, ("bank-n",)),
    Row("mortgage.set-joint", (lambda t: t.mortgage("bank-n", the_right(t)),), joint_on_both, {}, (A,)),
    Row("mortgage.set-construction", (), under_construction, {}, (A,)),
    Row("mortgage.convert", (under_construction, built),
        lambda t: act(t, "mortgage.convert", by=A, mortgage=t.made["C"], unit=HOUSE), {}, (A,)),
    Row("mortgage.discharge", (mortgaged,), lambda t: act(t, "mortgage.discharge", by=A, mortgage=t.made["A"]),
        {B: {"B"}}, (A,)),
    Row("mortgage.discharge-joint", (joint_on_both,),
        lambda t: act(t, "mortgage.discharge-joint", by=B, joint=t.made["J"], units=[UNIT]), {A: {"A"}}, (B,)),
    Row("mortgage.transfer", (mortgaged,),
        lambda t: act(t, "mortgage.transfer", by=A, also=("bank-n",), mortgage=t.made["A"], to="bank-n",
                      claim_assigned=True, debtor_notified=True), {}, (A, "bank-n")),
    Row("mortgage.alter", (mortgaged,),
        lambda t: act(t, "mortgage.alter", by=A, mortgage=t.made["A"], consent=owner(t), amount="lowered"), {}, (A,)),
    Row("mortgage.rank", (mortgaged,),
        lambda t: act(t, "mortgage.rank", by=A, also=(B,), mortgage=t.made["A"], other=t.made["B"], consent=owner(t)),
        {}, (A, B)),
    Row("mortgage.fix", (mortgaged,), lambda t: act(t, "mortgage.fix", by=B, mortgage=t.made["B"], ground="period-over"),
        {}, (B,)),
    # what courts send
    Row("court.seize", (mortgaged,), seized, {B: {"B"}}, ("court-1",), "the claims of a maximum mortgage grow no more"),
    Row("court.seize", (mortgaged, seized), lambda t: seized(t, "court-2", "S2"), {B: {"B"}}, ("court-2",), "it waits"),
    Row("court.pre-seize", (mortgaged,), pre_seized, {B: {"B"}}, ("court-1",)),
    Row("court.renew", (mortgaged, seized_twice),
        event("court-1", "court.renew", seizure=named("S1"), document=PAPER, until="2029-06-01"), {}, ("court-1",)),
    Row("court.release", (mortgaged, seized_twice), event("court-1", "court.release", seizure=named("S1"), document=PAPER),
        {"court-2": {"S2"}}, ("court-1",)),
    Row("court.order", (mortgaged, lambda t: seized(t, "court-o", "SO"), lambda t: seized(t, "court-2", "S2")), ordered,
        {A: {"A"}}, ("court-o",)),
    Row("court.revoke-order", (mortgaged, ordered), event("court-o", "court.revoke-order", order=named("O"), document=PAPER),
        {A: {"A"}}, ("court-o",)),
    Row("mortgage.discharge", (mortgaged, seized_for_days),
        later(30, lambda t: act(t, "mortgage.discharge", by=A, mortgage=t.made["A"])), {B: {"B"}, }, (A,),
        "lapsed seizures are stored as lapsed by the way"),
    # what the registry and the bureau do
    Row("title.import", (lambda t: pre_seized(t, PARTS[1]),), imported, {**BOTH, "court-1": {"P"}}),
    Row("title.import", (), imported, BOTH, note="nothing was noted before"),
    Row("title.import-batch", (lambda t: pre_seized(t, PARTS[1]),), imported_in_a_batch, {**BOTH, "court-1": {"P"}}),
    Row("title.import-batch", (), imported_in_a_batch, BOTH, note="nothing was noted before"),
    Row("case.apply", (mortgaged, seized_twice),
        lambda t: t.apply("bank-n", mortgage_act(the_right(t), "bank-n")), {}, ("bank-n",), "refused: seized"),
    Row("case.review", (mortgaged, sold), case_event("case.review")),
    Row("case.suspend", (mortgaged, sold), case_event("case.suspend", ground="inspection", items=["paper"])),
    Row("case.resume", (mortgaged, sold, case_event("case.suspend", ground="inspection", items=["paper"])),
        case_event("case.resume")),
    Row("case.hand-over", (mortgaged, sold), lambda t: t.done(R, "case.hand-over",
        {"case": t.made["case"], "doubts": ["minor"]}, officer="desk")),
    Row("case.enter", (mortgaged, sold, lambda t: t.clear(t.made["case"])), case_event("case.enter"), BOTH),
    Row("case.refuse", (mortgaged, sold), case_event("case.refuse", grounds=[{"law": "REG-22-1", "text_code": "no"}])),
    Row("case.withdraw", (mortgaged, sold), case_event("case.withdraw")),
    Row("case.rate", (mortgaged, sold, case_event("case.withdraw")), case_event("case.rate", score=5)),
    Row("tax.assess", (mortgaged, sold), case_event("tax.assess", T, version=1, gates={"deed": "due", "iit": "due"}), {}, (T,)),
    Row("fault.tell", (mortgaged,), faulty),
    Row("fault.announce", (mortgaged, faulty), later(60, event(R, "fault.announce", fault=named("fault")))),
    Row("loss.announce", (mortgaged,), lambda t: t.done(R, "loss.announce", {"unit": UNIT, "right": the_right(t).id})),
]  # fmt: skip
OF_NO_UNIT = (
    *(name for name in EVENTS if name.startswith("tax.") and name != "tax.assess"),
    "payload.erase",
    "vote.report",
)


FIELDS = {"index", "height", "time", "outcome", "type", "case", "units", "acts", "concerns"}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[OnDisk]:
    """The unit with mortgage and seizure that have ended on it, and other units that concern others only."""
    began = OnDisk(tmp_path / "home", OTHERS)
    for unit in (UNIT, UNIT_2, PARTS[0], ELSEWHERE):
        began.title(unit)
    began.title(LAND, holders=[holder("developer")])
    ended = began.mortgage("bank-past", the_right(began))
    act(began, "mortgage.discharge", by="bank-past", mortgage=ended)
    seized(began, "court-past", "past")
    began.done("court-past", "court.release", {"seizure": began.made["past"], "document": PAPER})
    began.mortgage("bank-else", the_right(began, ELSEWHERE))
    began.done("court-else", "court.seize", {"unit": ELSEWHERE, "document": PAPER, "until": "2028-11-22"})
    yield began
    began.store.close()


def names_of(town: OnDisk, ids: list[str]) -> set[str]:
    """Return what the test calls these ids; ids that are new with the entry are called + and ++."""
    known = {one: name for name, one in town.made.items()}
    new = [one for one in ids if one not in known]
    return {known[one] for one in ids if one in known} | {"+" * (place + 1) for place in range(len(new))}


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.name} {row.note}".strip() for row in ROWS])
def test_who_is_told_of_what(town: OnDisk, row: Row) -> None:
    for one in row.before:
        one(town)
    before = town.index
    row.play(town)
    entry = town.last()
    assert town.index > before
    told: Expected = {}
    for institution in (A, B, *OTHERS):
        seen = town.viewer(institution)
        if institution in row.parties:
            assert seen.may_see_entry(entry), institution
            continue
        line = seen.told(entry)
        if line is None:
            # Who is not told does not see it either, except courts, which see the cases of what they have seized.
            assert seen.entry(entry) is None or (seen.role == "court" and institution not in STRANGERS)
            continue
        told[institution] = names_of(town, line["concerns"])
        assert seen.entry(entry) is not None
        by_registry = {"actor", "id"} if entry.envelope.body.actor == R else set()
        assert line.keys() == FIELDS | by_registry
        assert set(line["units"]) <= set(town.touched(entry.index))
    assert told == row.told
    for institution in STRANGERS:
        assert town.viewer(institution).entry(entry) is None, institution


def test_every_act_and_every_event_is_in_the_table() -> None:
    named_ = {row.name for row in ROWS}
    assert ACTS.keys() <= named_
    rest = [name for name, kind in EVENTS.items() if name not in named_ and not kind.open]
    assert sorted(rest) == sorted(OF_NO_UNIT)
    assert named_ <= ACTS.keys() | EVENTS.keys()


# ---- outside the table------------------------------------------------------------------------------------------------


def test_what_an_entry_tells_stays_whatever_happens_later(town: OnDisk) -> None:
    """What was told at commit is told unchanged after all that lay on the unit has ended or begun."""
    seen: list[dict[str, Any]] = []
    names = (A, B, *OTHERS)

    def look() -> None:
        for index in range(len(seen), town.index):
            entry = town.store.entry(index)
            assert entry is not None
            concerns = Concerns(town.store)
            seen.append({one: town.viewer(one, concerns).told(entry) for one in names})

    plays: tuple[Play, ...] = (
        mortgaged,
        seized_twice,
        event("court-1", "court.release", seizure=named("S1"), document=PAPER),
        event("court-2", "court.release", seizure=named("S2"), document=PAPER),
        lambda t: t.signed(R, transfer_act(the_right(t))),
        lambda t: act(t, "mortgage.discharge", by=A, mortgage=t.made["A"]),
        lambda t: act(t, "mortgage.transfer", by=B, also=("bank-n",), mortgage=t.made["B"], to="bank-n",
                      claim_assigned=True, debtor_notified=True, agreed=True),
        later(30, lambda t: on_right(t, "unit.alter", area_cm2=970_000)),
        lambda t: t.mortgage(A, the_right(t)),
    )  # fmt: skip
    for play in plays:
        play(town)
        look()
    told = [{one: line for one, line in lines.items() if line} for lines in seen]
    assert {A, B, "bank-n", "court-2"} <= {name for lines in told for name in lines}
    concerns = Concerns(town.store)
    for index, before in enumerate(seen):
        entry = town.store.entry(index)
        assert entry is not None
        assert {one: town.viewer(one, concerns).told(entry) for one in names} == before, index


def test_a_bank_whose_mortgage_has_ended_is_told_of_nothing_after_it(town: OnDisk) -> None:
    mortgaged(town)
    act(town, "mortgage.discharge", by=A, mortgage=town.made["A"])
    ended = town.index
    town.signed(R, transfer_act(the_right(town)))
    on_right(town, "unit.alter", area_cm2=970_000)
    seized(town)
    entries = [town.store.entry(index) for index in range(ended, town.index)]
    lines = {one: [town.viewer(one).entry(entry) for entry in entries if entry] for one in (A, B)}
    assert lines[A] == [None] * len(entries)
    assert [line["type"] for line in lines[B] if line] == ["case.enter", "case.enter", "court.seize"]


def test_of_a_case_with_several_units_only_ones_own_is_told(town: OnDisk) -> None:
    mortgaged(town)
    acts = [
        transfer_act(the_right(town, unit), f"buyer-{place}") for place, unit in enumerate((UNIT, UNIT_2))
    ]
    town.signed(R, *acts)
    entry, seen = town.last(), town.viewer(A)
    line = seen.entry(entry)
    assert line is not None
    assert (line["units"], line["acts"]) == ([UNIT], [{"act": "transfer", "unit": UNIT}])
    assert UNIT_2 not in str(line)
    assert seen.entry(entry, UNIT) == line
    assert seen.entry(entry, UNIT_2) is None, "nor is it said that the other was in it"
    assert seen.case(town.case(str(line["case"]))) is None


def test_another_banks_event_is_told_without_its_name(town: OnDisk) -> None:
    mortgaged(town)
    seized(town)
    line = town.viewer(B).entry(town.last())
    assert line is not None
    assert "court-1" not in str(line)
    act(town, "mortgage.discharge", by=A, mortgage=town.made["A"])
    line = town.viewer(B).entry(town.last())
    assert line is not None
    assert (line["actor"], A in str(line)) == (R, False)
    assert line["acts"] == [{"act": "mortgage.discharge", "unit": UNIT}]
    assert line["concerns"] == [town.made["B"]]


def test_what_is_remembered_is_bounded(town: OnDisk, monkeypatch: pytest.MonkeyPatch) -> None:
    mortgaged(town)
    monkeypatch.setattr("dengbu.api.views.concerns.REMEMBERED_MAX", 3)
    concerns = Concerns(town.store)
    for _ in range(2):
        for entry in town.store.feed(-1):
            town.viewer(A, concerns).told(entry)
    assert len(concerns._known) == 3
