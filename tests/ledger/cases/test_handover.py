"""The automatic desk hands over and never refuses; the log keeps its doubts."""

from tests.worlds import World, codes, mortgage_act, the_right

R, B1, DESK = "hz-registry", "bank-a", "desk"
GROUNDS = [{"law": "REG-22-1", "text_code": "illegal"}]


def handed(town: World, case: str, *doubts: str) -> list[str]:
    """Hand a case over; return every reason for which that is refused."""
    data = {"case": case, "doubts": list(doubts or ("minor",))}
    return codes(town.do(R, "case.hand-over", data, officer=DESK))


def test_the_case_keeps_every_doubt_once_and_a_person_decides(town: World) -> None:
    case = town.accepted(B1, mortgage_act(the_right(town)))
    version = town.case(case).version
    assert handed(town, case, "minor", "acted-for", "minor") == []
    assert town.case(case).handed_over == ("minor", "acted-for")
    assert town.case(case).version == version + 1
    assert handed(town, case) == ["already-handed-over"]
    assert codes(town.do(R, "case.enter", {"case": case}, officer="window-1")) == []
    assert handed(town, case) == ["case-decided", "already-handed-over"]


def test_what_is_not_there_or_decided_is_not_handed_over(town: World) -> None:
    assert handed(town, "441302-20261122-000009") == ["case-unknown"]
    case = town.accepted(B1, mortgage_act(the_right(town)))
    town.do(B1, "case.withdraw", {"case": case})
    assert handed(town, case) == ["case-decided"]


def test_the_desk_refuses_nothing_and_a_person_may(town: World) -> None:
    case = town.accepted(B1, mortgage_act(the_right(town)))
    assert codes(town.do(R, "case.refuse", {"case": case, "grounds": GROUNDS}, officer=DESK)) == [
        "machine-refuses"
    ]
    assert town.case(case).state == "accepted"
    assert codes(town.do(R, "case.refuse", {"case": case, "grounds": GROUNDS}, officer="window-1")) == []
