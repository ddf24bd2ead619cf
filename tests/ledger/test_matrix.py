"""The blocking matrix: what a unit's state permits, judged when a case is applied for and again when it is entered.

A row is a state of the book, a column what is asked for; a cell lists every reason, and an empty one succeeds. A state
has two parts: what had begun before the application, and what completes it. Completed first, the application meets
it; completed afterwards, only the entry does. Bank B2 holds a mortgage on the unit throughout, and the unit next to it
belongs to a neighbour.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from dengbu.ledger.register.encumbrances import Mortgage, Seizure
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.transition import Decision
from tests.worlds import (
    COURTS,
    DAY_MS,
    UNIT,
    UNIT_2,
    World,
    codes,
    holder,
    mortgage_act,
    ref,
    seize,
    signer,
    the_right,
    transfer_act,
    world,
)

R, B1, B2 = "hz-registry", "bank-a", "bank-b"
C1, C2 = COURTS
PAPER = "(2026)粤1302执1号"
NEXT_DOOR = "441302001001GB00001F00010003"
FIRST = f"R-{UNIT}-1"
OWNER = [ref("owner")]
State = Callable[[World], Callable[[], object]]
Ask = Callable[[World], Decision]


def must(decision: Decision) -> Any:
    """Return the result of what must succeed."""
    assert decision.outcome != "refused", codes(decision)
    return decision.result


# ---- the states: what begins, and what completes it -----------------------------------------------------------------


def clean(town: World) -> Callable[[], object]:
    """There is nothing but the mortgage of B2."""
    return lambda: None


def seized(town: World) -> Callable[[], object]:
    """C1 has seized the unit."""
    return lambda: must(seize(town, C1))


def promoted(town: World) -> Callable[[], object]:
    """C1 seized, C2 waited, and C1 has released."""

    def complete() -> object:
        first = must(seize(town, C1))["seizure"]
        must(seize(town, C2))
        return must(town.do(C1, "court.release", {"seizure": first, "document": PAPER}))

    return complete


def last_day(town: World) -> Callable[[], object]:
    """C1's seizure is on its last day."""

    def complete() -> object:
        must(seize(town, C1, until="2026-11-23"))
        town.time += DAY_MS
        return None

    return complete


def lapsed(town: World) -> Callable[[], object]:
    """C1's seizure has lapsed without any event."""

    def complete() -> object:
        must(seize(town, C1, until="2026-11-23"))
        town.time += 2 * DAY_MS
        return None

    return complete


def lent(no_transfer: bool, entered_on: str | None = None, kind: str = "ordinary") -> State:
    """B1 has a mortgage too: it begins with acceptance and is completed by entry, which may bear an old date."""

    def begin(town: World) -> Callable[[], object]:
        case = town.accepted(B1, mortgage_act(the_right(town), B1, no_transfer=no_transfer, kind=kind))

        def complete() -> object:
            mortgage = must(town.enter(case))["mortgages"][0]["id"]
            if entered_on is not None:
                town.change(town.one(Mortgage, mortgage), entered_on=entered_on)
            return None

        return complete

    return begin


def disputed(town: World) -> Callable[[], object]:
    """A suit over ownership is pending."""
    return lambda: town.change(town.one(Unit, UNIT), disputed=True)


def disputed_and_seized(town: World) -> Callable[[], object]:
    """The unit is disputed and seized; every reason is listed."""
    return lambda: (town.change(town.one(Unit, UNIT), disputed=True), must(seize(town, C1)))


def pre_seized(debtor: str) -> State:
    """C1 has pre-seized the unit, for when it comes into a debtor's name."""
    data = {"unit": UNIT, "debtor": ref(debtor), "document": PAPER, "until": "2028-11-22"}
    return lambda town: lambda: must(town.do(C1, "court.pre-seize", data))


def ordered(town: World) -> Callable[[], object]:
    """C1 has ordered the transfer of the unit to a winner."""
    data = {"unit": UNIT, "right": FIRST, "document": PAPER, "mode": "single", "holders": [holder("winner")]}
    return lambda: must(town.do(C1, "court.order", data))


def frozen(town: World) -> Callable[[], object]:
    """An authority has frozen the unit."""
    return lambda: must(town.do(C2, "mark.set", {"unit": UNIT, "kind": "freeze", "document": PAPER}))


def noted(act: Mapping[str, Any], days: int = 0) -> State:
    """An act has been entered on the unit some days ago."""

    def begin(town: World) -> Callable[[], object]:
        case = town.accepted(R, act)

        def complete() -> object:
            must(town.enter(case))
            for one in town.one(Unit, UNIT).notices if days else ():
                must(town.do(R, "notice.ripen", {"notice": one, "on": "2026-11-22"}))
            town.time += days * DAY_MS
            return None

        return complete

    return begin


def promised(to: str) -> dict[str, Any]:
    """Return an advance notice of a sale."""
    return {
        "act": "notice.set",
        "unit": UNIT,
        "kind": "sale",
        "consent": OWNER,
        "right": FIRST,
        "beneficiary": ref(to),
    }


def inhabited(until: str | None = None) -> dict[str, Any]:
    """Return a right of habitation for a guest."""
    return {
        "act": "habitation.set",
        "unit": UNIT,
        "right": FIRST,
        "ground": "contract",
        "taker": "person",
        "beneficiaries": [ref("guest")],
        "consent": OWNER,
        "until": until,
    }


SERVES: dict[str, Any] = {
    "act": "easement.set",
    "unit": UNIT,
    "right": FIRST,
    "consent": OWNER,
    "dominant": {"unit": NEXT_DOOR, "right": f"R-{NEXT_DOOR}-1", "consent": [ref("neighbour")]},
}
DOUBTED: dict[str, Any] = {
    "act": "objection.note",
    "unit": UNIT,
    "right": FIRST,
    "objector": ref("doubter"),
    "ground": "forged",
    "refused": True,
    "shown": True,
}


def sold(town: World) -> Callable[[], object]:
    """The right in question has just passed to somebody else."""
    case = town.accepted(R, transfer_act(the_right(town), "first buyer"))

    def complete() -> object:
        town.clear(case)
        return must(town.enter(case))

    return complete


# ---- what is asked for ----------------------------------------------------------------------------------------------


def sale(town: World) -> Mapping[str, Any]:
    """Return a sale by the owner."""
    return transfer_act(town.one(Right, f"R-{UNIT}-1"), "buyer")


def loan(town: World) -> Mapping[str, Any]:
    """Return a mortgage to B1 by the owner."""
    return mortgage_act(town.one(Right, f"R-{UNIT}-1"), B1)


def habitation(town: World) -> Mapping[str, Any]:
    """Return a right of habitation granted by the owner."""
    return inhabited("2036-11-22") | {"beneficiaries": [ref("tenant")]}


def easement(town: World) -> Mapping[str, Any]:
    """Return an easement for the neighbour."""
    return SERVES


def rename(town: World) -> Mapping[str, Any]:
    """Return an alteration to the owner's new name."""
    renamed = [{"old": ref("owner"), "new": ref("owner renamed")}]
    return {"act": "unit.alter", "unit": UNIT, "right": FIRST, "consent": OWNER, "renamed": renamed}


def notice(town: World) -> Mapping[str, Any]:
    """Return an advance notice for another buyer."""
    return promised("second buyer")


def discharge(town: World) -> Mapping[str, Any]:
    """Return the discharge of B2's mortgage."""
    held = [
        one for one in town.register.items().values() if isinstance(one, Mortgage) and one.mortgagee == B2
    ]
    return {"act": "mortgage.discharge", "mortgage": held[0].id}


def waiver(town: World) -> Mapping[str, Any]:
    """Return the owner's waiver of the unit, to which B2 agrees."""
    return {"act": "unit.deregister", "unit": UNIT, "right": FIRST, "cause": "waiver", "consent": OWNER}


# who applies, and who signs the application
APPLICANTS: dict[Callable[[World], Mapping[str, Any]], tuple[str, ...]] = {
    sale: (R,),
    loan: (B1,),
    discharge: (B2,),
    habitation: (R,),
    easement: (R,),
    rename: (R,),
    waiver: (R, B2),
    notice: (R,),
}
OK: list[str] = []
S, D, DS, F, O = ["seized"], ["disputed"], ["disputed", "seized"], ["frozen"], ["order-open"]  # noqa: E741
N, A, M, E = ["advance-notice"], ["objection-not-acknowledged"], ["mortgagee-consent"], ["right-ended"]
H, U, C = ["habitation-exists"], ["usufruct-consent"], ["consent-missing"]

# a new seizure has its own column in COURT below
MATRIX: list[
    tuple[str, State, list[str], list[str], list[str], list[str], list[str], list[str], list[str], list[str]]
] = [
    # state                                                       transfer mortgage discharge habitation easement name waiver notice
    ("clean", clean,                                                     OK, OK, OK, OK, OK, OK, OK, OK),
    ("seized", seized,                                                    S,  S, OK,  S,  S,  S,  S,  S),
    ("seized, the waiting court promoted", promoted,                      S,  S, OK,  S,  S,  S,  S,  S),
    ("seized, on the last day", last_day,                                 S,  S, OK,  S,  S,  S,  S,  S),
    ("the seizure lapsed", lapsed,                                       OK, OK, OK, OK, OK, OK, OK, OK),
    ("pre-seized, for the buyer", pre_seized("buyer"),                   OK,  S, OK,  S,  S,  S,  S,  S),
    ("pre-seized, for another", pre_seized("another"),                    S,  S, OK,  S,  S,  S,  S,  S),
    ("pre-seized, for the owner", pre_seized("owner"),                    S,  S, OK,  S,  S,  S,  S,  S),
    ("a court ordered a transfer", ordered,                               O,  O, OK,  O,  O, OK,  O,  O),
    ("frozen", frozen,                                                    F,  F, OK,  F,  F,  F,  F,  F),
    ("promised to another", noted(promised("another")),                   N,  N, OK,  N,  N, OK,  C,  N),
    ("promised to the buyer", noted(promised("buyer")),                  OK,  N, OK,  N,  N, OK,  C,  N),
    ("the promise lapsed", noted(promised("another"), 120),              OK, OK, OK, OK, OK, OK, OK, OK),
    ("an objection", noted(DOUBTED),                                      A,  A, OK,  A,  A, OK,  C,  A),
    ("the objection lapsed", noted(DOUBTED, 20),                         OK, OK, OK, OK, OK, OK, OK, OK),
    ("ordinary mortgage, no clause", lent(False),                        OK, OK, OK, OK, OK, OK,  C, OK),
    ("maximum mortgage, no clause", lent(False, kind="maximum"),         OK, OK, OK, OK, OK, OK,  C, OK),
    ("mortgage, clause against transfer", lent(True),                     M, OK, OK, OK, OK, OK,  C,  M),
    ("mortgage of the last day of 2020", lent(False, "2020-12-31"),       M, OK, OK, OK, OK, OK,  C,  M),
    ("mortgage of the first day of 2021", lent(False, "2021-01-01"),     OK, OK, OK, OK, OK, OK,  C, OK),
    ("old mortgage with a clause", lent(True, "2019-03-04"),              M, OK, OK, OK, OK, OK,  C,  M),
    ("inhabited by right", noted(inhabited()),                           OK, OK, OK,  H,  U, OK,  C, OK),
    ("the habitation is over", noted(inhabited("2026-11-23"), 2),        OK, OK, OK, OK, OK, OK, OK, OK),
    ("serves the neighbour", noted(SERVES),                              OK, OK, OK, OK, OK, OK,  C, OK),
    ("disputed", disputed,                                                D,  D, OK,  D,  D, OK,  D,  D),
    ("disputed and seized", disputed_and_seized,                         DS, DS, OK, DS, DS,  S, DS, DS),
    ("sold to another", sold,                                             E,  E, OK,  E,  E,  E,  E,  E),
]  # fmt: skip
COLUMNS = (
    ("transfer", sale),
    ("mortgage", loan),
    ("discharge", discharge),
    ("habitation", habitation),
    ("easement", easement),
    ("name", rename),
    ("waiver", waiver),
    ("notice", notice),
)
CELLS = [
    pytest.param(state, ask, row[place], id=f"{name}: {column}")
    for name, state, *row in MATRIX
    for place, (column, ask) in enumerate(COLUMNS)
]


@pytest.fixture
def town() -> World:
    """A network with two courts and a title on which B2 has a mortgage."""
    made = world()
    for court in COURTS:
        made.court(court)
    made.title()
    made.title(NEXT_DOOR, holders=[holder("neighbour")])
    made.mortgage(B2)
    return made


def applied(town: World, ask: Callable[[World], Mapping[str, Any]]) -> Decision:
    """Apply for an act; return the decision."""
    who = APPLICANTS[ask]
    return town.apply(who[0], ask(town), signers=[signer(one, "event") for one in who])


def accepted(town: World, ask: Callable[[World], Mapping[str, Any]]) -> str:
    """Apply for an act, which must be accepted; return the case number."""
    return str(must(applied(town, ask))["case"])


def done_to(town: World, ask: Callable[[World], Mapping[str, Any]], decision: Decision) -> None:
    """Check that the act is in the book, and that the mortgages stand in their ranks on the current right."""
    unit = town.one(Unit, UNIT)
    ranks = [town.one(Mortgage, one) for one in unit.mortgages]
    assert [(one.rank, one.right) for one in ranks] == [
        (place, unit.right) for place in range(1, len(ranks) + 1)
    ]
    assert unit.open_cases == ()
    if ask is sale:
        assert the_right(town).id == decision.result["rights"][0] == f"R-{UNIT}-2"
    if ask is loan:
        assert decision.result["mortgages"][0] == {"id": ranks[-1].id, "rank": len(ranks)}
    if ask is waiver:
        assert (unit.status, town.one(Right, FIRST).status) == ("retired", "ended")
    if ask is discharge:
        assert B2 not in [one.mortgagee for one in ranks]


@pytest.mark.parametrize(("state", "ask", "expected"), CELLS)
def test_the_application_meets_the_state(
    town: World, state: State, ask: Callable[[World], Mapping[str, Any]], expected: list[str]
) -> None:
    state(town)()
    before = dict(town.register.items())
    asked = applied(town, ask)
    assert codes(asked) == expected
    if expected:
        assert town.register.items() == before
        return
    if asked.result.get("deal"):
        town.clear(asked.result["case"])
    done = town.enter(asked.result["case"])
    assert codes(done) == []
    done_to(town, ask, done)


@pytest.mark.parametrize(("state", "ask", "expected"), CELLS)
def test_the_entry_meets_the_state(
    town: World, state: State, ask: Callable[[World], Mapping[str, Any]], expected: list[str]
) -> None:
    complete = state(town)
    case = accepted(town, ask)
    if town.case(case).deal:
        town.clear(case)
    complete()
    before = dict(town.register.items())
    done = town.enter(case)
    assert codes(done) == expected
    if expected:
        assert town.register.items() == before
        assert (town.case(case).state, case in town.one(Unit, UNIT).open_cases) == ("accepted", True)
        return
    done_to(town, ask, done)


UNPAID = [
    pytest.param(ask, ["tax-not-cleared", "iit-not-cleared"] if ask is sale else [], id=column)
    for column, ask in COLUMNS
]


@pytest.mark.parametrize(("ask", "expected"), UNPAID)
def test_unpaid_tax_bars_a_transfer_alone(
    town: World, ask: Callable[[World], Mapping[str, Any]], expected: list[str]
) -> None:
    assert codes(town.enter(accepted(town, ask))) == expected


def test_unpaid_tax_does_not_bar_a_seizure(town: World) -> None:
    town.accepted(R, sale(town))
    assert must(seize(town, C1))["status"] == "effective"


# The last column: nothing in the book keeps a court out; the book only says whether the court waits.
COURT: dict[str, str] = {
    "clean": "effective",
    "seized": "waiting",
    "seized, the waiting court promoted": "waiting",
    "seized, on the last day": "waiting",
    "the seizure lapsed": "effective",
    "pre-seized, for the buyer": "waiting",
    "pre-seized, for another": "waiting",
    "pre-seized, for the owner": "waiting",
    "a court ordered a transfer": "effective",
    "frozen": "effective",
    "promised to another": "effective",
    "promised to the buyer": "effective",
    "the promise lapsed": "effective",
    "an objection": "effective",
    "the objection lapsed": "effective",
    "ordinary mortgage, no clause": "effective",
    "maximum mortgage, no clause": "effective",
    "mortgage, clause against transfer": "effective",
    "mortgage of the last day of 2020": "effective",
    "mortgage of the first day of 2021": "effective",
    "old mortgage with a clause": "effective",
    "inhabited by right": "effective",
    "the habitation is over": "effective",
    "serves the neighbour": "effective",
    "disputed": "effective",
    "disputed and seized": "waiting",
    "sold to another": "effective",
}


@pytest.mark.parametrize(("name", "state"), [row[:2] for row in MATRIX], ids=[row[0] for row in MATRIX])
def test_a_court_is_kept_out_by_nothing(town: World, name: str, state: State) -> None:
    state(town)()
    paper = {"unit": UNIT, "document": "(2026)粤1303执2号", "until": "2028-11-22"}
    made = must(town.do(C2, "court.seize", paper))
    assert (made["status"], town.one(Seizure, made["seizure"]).status) == (COURT[name], COURT[name])


# What the law distinguishes, each with its rows above. Two of its states are below: what is not
# registered yet, and unpaid tax, which is no state of the book.
STATES: dict[str, tuple[str, ...]] = {
    "free": (
        "clean",
        "the seizure lapsed",
        "the promise lapsed",
        "the objection lapsed",
        "the habitation is over",
    ),
    "sealed": ("seized", "seized, on the last day", "disputed and seized"),
    "only a waiting seal: promoted": ("seized, the waiting court promoted",),
    "pre-sealed": ("pre-seized, for the buyer", "pre-seized, for another", "pre-seized, for the owner"),
    "advance notice": ("promised to another", "promised to the buyer"),
    "objection": ("an objection",),
    "mortgage without a clause": (
        "ordinary mortgage, no clause",
        "maximum mortgage, no clause",
        "mortgage of the first day of 2021",
    ),
    "mortgage with a clause": ("mortgage, clause against transfer", "old mortgage with a clause"),
    "mortgage of before 2021": ("mortgage of the last day of 2020",),
    "habitation": ("inhabited by right",),
    "easement": ("serves the neighbour",),
    "dispute": ("disputed",),
    "freeze": ("frozen",),
    "court's transfer order": ("a court ordered a transfer",),
    "another's by now": ("sold to another",),
}
REQUESTS = ("transfer", "mortgage", "discharge", "habitation", "easement", "name", "waiver", "notice")


def test_no_state_and_no_request_is_left_out_of_the_table() -> None:
    names = [row[0] for row in MATRIX]
    assert sorted(names) == sorted(name for rows in STATES.values() for name in rows)
    assert sorted(names) == sorted(COURT)
    assert tuple(name for name, _ in COLUMNS) == REQUESTS
    assert [name for name, _, *cells in MATRIX if len(cells) != len(REQUESTS)] == []
    assert len(CELLS) == len(MATRIX) * len(REQUESTS)


BEFORE = {"unit": UNIT_2, "debtor": ref("debtor"), "document": PAPER, "until": "2028-11-22"}


def elsewhere(act: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same act on UNIT_2."""
    return {**act, "unit": UNIT_2, "right": f"R-{UNIT_2}-1"}


UNREGISTERED: list[tuple[str, Ask, list[str]]] = [
    (
        "transfer",
        lambda town: town.apply(R, {**sale(town), "unit": UNIT_2, "right": f"R-{UNIT_2}-1"}),
        ["unit-unknown", "right-unknown"],
    ),
    (
        "mortgage",
        lambda town: town.apply(B1, {**loan(town), "unit": UNIT_2, "right": f"R-{UNIT_2}-1"}),
        ["unit-unknown", "right-unknown"],
    ),
    ("seizure", lambda town: seize(town, C1, unit=UNIT_2), ["unit-unknown"]),
    ("pre-seizure", lambda town: town.do(C1, "court.pre-seize", BEFORE), []),
    *(
        (name, lambda town, ask=ask: town.apply(R, elsewhere(ask(town))), ["unit-unknown", "right-unknown"])
        for name, ask in COLUMNS[3:]
    ),
]


@pytest.mark.parametrize("applied_for", [False, True], ids=["never heard of", "applied for"])
@pytest.mark.parametrize(
    ("ask", "expected"), [row[1:] for row in UNREGISTERED], ids=[row[0] for row in UNREGISTERED]
)
def test_before_the_first_registration_there_is_nothing_else(
    town: World, ask: Ask, expected: list[str], applied_for: bool
) -> None:
    if applied_for:
        first = {"act": "unit.first", "unit": UNIT_2, "use": "shop", "area_cm2": 1, "mode": "single"}
        town.accepted(R, {**first, "holders": [{"ref": the_right(town).holders[0].ref, "share": "1/1"}]})
    assert codes(ask(town)) == expected


CONSENTS = [
    pytest.param((), ["mortgagee-consent"], id="nobody"),
    pytest.param((B2,), ["mortgagee-consent"], id="the other bank"),
    pytest.param((B1,), [], id="the bank itself"),
]


@pytest.mark.parametrize(("signers", "expected"), CONSENTS)
@pytest.mark.parametrize("state", [lent(True), lent(False, "2020-12-31")], ids=["clause", "of 2020"])
def test_only_the_mortgagees_own_signature_lifts_the_bar(
    town: World, state: State, signers: tuple[str, ...], expected: list[str]
) -> None:
    state(town)()
    keys = [signer(one, "event") for one in (R, *signers)]
    assert codes(town.apply(R, sale(town), signers=keys)) == expected
