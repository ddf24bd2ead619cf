"""The automatic desk enters what it may, leaves the rest to a person with reasons, and never refuses."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from dengbu.ledger.log.entry import Entry, make_leaf, parse_leaf
from dengbu.ledger.log.envelope import parse_envelope, seal
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.register.members import Policy
from dengbu.ledger.register.records import Case, Unit
from dengbu.ledger.register.register import MemoryRegister
from dengbu.nodes.desk.desk import OFFICER, Busy, Desk, Load
from tests.waiting import until

UNIT = "441302001001GB00001F00010001"


class Counter:
    """A desk's surroundings: a register, the answers of checks and rehearsal, and what the desk submitted."""

    def __init__(self) -> None:
        self.register = MemoryRegister()
        self.problems: dict[str, tuple[str, ...]] = {}
        self.doubts: dict[str, tuple[str, ...]] = {}
        self.reasons: dict[str, tuple[str, ...]] = {}
        self.submitted: list[str] = []
        self.rehearsed: list[str] = []
        self.busy = 0
        self.failures: list[BaseException] = []
        self.desk = Desk(
            lambda: self.register,
            lambda number: (self.doubts.get(number, ()), self.problems.get(number, ())),
            lambda _, data: f"{data['case']}: {' '.join(data['doubts'])}".encode(),
            self.rehearse,
            self.submit,
            self.failures.append,
        )
        self.policy("mortgage.set", "mortgage.discharge")

    def rehearse(self, event_id: str, data: dict[str, Any]) -> tuple[bytes, tuple[str, ...]]:
        self.rehearsed.append(event_id)
        return data["case"].encode(), self.reasons.get(data["case"], ())

    def submit(self, envelope: bytes) -> None:
        if self.busy:
            self.busy -= 1
            raise Busy("no quorum")
        self.submitted.append(envelope.decode())

    def policy(self, *acts: str) -> None:
        """Set what the desk may enter."""
        self.register.apply(
            [Policy(version=1, governance_quorum=3, witness_quorum=3, witnesses=(), districts=(), desk=acts)]
        )

    def case(self, number: str, *acts: str, state: str = "accepted", unit: str = UNIT, head: int = 1) -> None:
        """Put a case and its unit into the register."""
        self.register.apply(
            [
                Case(number=number, actor="bank-a", district="441302", channel="outlet",
                     acts=tuple({"act": act, "unit": unit} for act in acts), units=(unit,), state=state,
                     applied=1, applied_at=1, event="e"),
                Unit(code=unit, use="dwelling", area_cm2=1, status="active", head=head),
            ]
        )  # fmt: skip

    def note(self, event_type: str, data: dict[str, Any], **more: Any) -> None:
        """Tell the desk of an entry."""
        self.desk.note([entry(event_type, data, **more)])


def entry(
    event_type: str,
    data: dict[str, Any],
    *,
    outcome: str = "accepted",
    result: dict[str, Any] | None = None,
    officer: str | None = None,
) -> Entry:
    body = {
        "v": 1,
        "net": "n",
        "type": event_type,
        "id": "e",
        "actor": "bank-a",
        "not_after": 9,
        "data": data,
    }
    decision: dict[str, Any] = {"outcome": outcome, "register": "0" * 64}
    if outcome == "refused":
        decision["reasons"] = [{"code": 1, "name": "x", "law": []}]
    if result:
        decision["result"] = result
    envelope = parse_envelope(seal(body | ({"officer": officer} if officer else {}), [Signer(bytes(32))]))
    return parse_leaf(make_leaf(5, 1, 1, "0" * 64, envelope, decision))


@pytest.fixture
def counter() -> Iterator[Counter]:
    made = Counter()
    yield made
    made.desk.stop()
    assert made.failures == []


def left(counter: Counter) -> dict[str, tuple[str, ...]]:
    return {one.case: one.reasons for one in counter.desk.left()}


def test_a_plain_case_is_entered_as_soon_as_it_is_accepted(counter: Counter) -> None:
    counter.desk.start([])
    counter.case("c-1", "mortgage.set")
    counter.note("case.apply", {}, result={"case": "c-1"})
    until(lambda: counter.submitted == ["c-1"])
    assert left(counter) == {}


def test_cases_open_at_the_start_are_taken_up(counter: Counter) -> None:
    for number in ("c-1", "c-2"):
        counter.case(number, "mortgage.set")
    counter.desk.start(["c-1", "c-2"])
    until(lambda: counter.submitted == ["c-1", "c-2"])


@pytest.mark.parametrize(
    "acts", [("transfer",), ("mortgage.set", "transfer"), ("unit.first", "mortgage.set")]
)
def test_an_act_outside_the_policy_leaves_the_whole_case(counter: Counter, acts: tuple[str, ...]) -> None:
    counter.case("c-1", *acts)
    counter.desk.start(["c-1"])
    until(lambda: bool(left(counter)))
    assert all(reason.startswith("not-for-the-desk") for reason in left(counter)["c-1"])
    assert counter.rehearsed == []


def test_a_problem_of_the_checks_leaves_the_case(counter: Counter) -> None:
    counter.case("c-1", "mortgage.set")
    counter.problems["c-1"] = ("身份与登记的权利人不符 [identity-mismatch]",)
    counter.desk.start(["c-1"])
    until(lambda: left(counter) == {"c-1": counter.problems["c-1"]})
    assert counter.submitted == []


def test_what_another_case_enters_in_between_is_seen(counter: Counter) -> None:
    """An earlier case enters a mortgage between the desk's two questions, the checks and the rehearsal."""
    asked: list[str] = []

    def look(number: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        asked.append("look")
        return (("second-mortgage",) if asked[0] != "look" else ()), ()

    def rehearse(event_id: str, data: dict[str, Any]) -> tuple[bytes, tuple[str, ...]]:
        asked.append("rehearse")
        return b"entered", (("earlier-case",) if asked[0] == "rehearse" else ())

    hand_over = counter.desk._hand_over
    counter.desk = Desk(
        lambda: counter.register, look, hand_over, rehearse, counter.submit, counter.failures.append
    )
    counter.case("c-1", "mortgage.set")
    counter.desk.start(["c-1"])
    until(lambda: bool(counter.submitted))
    assert counter.submitted == ["c-1: second-mortgage"]


def test_a_doubt_hands_the_case_over_once_and_for_good(counter: Counter) -> None:
    counter.case("c-1", "mortgage.set")
    counter.doubts["c-1"] = ("minor", "acted-for", "minor")
    counter.desk.start(["c-1"])
    until(lambda: counter.submitted == ["c-1: minor acted-for"])
    assert left(counter) == {"c-1": ("minor", "acted-for")}
    case = counter.register.get(Case, "c-1")
    assert case is not None
    counter.register.apply([msgspec.structs.replace(case, handed_over=("minor", "acted-for"))])
    counter.doubts.clear()
    counter.note("case.hand-over", {"case": "c-1", "doubts": ["minor"]}, outcome="recorded")
    counter.case("c-2", "mortgage.set", unit="441302001001GB00002F00010001")
    counter.note("case.apply", {}, result={"case": "c-2"})
    until(lambda: counter.submitted[1:] == ["c-2"])
    assert left(counter) == {"c-1": ("minor", "acted-for")}
    assert counter.desk._sent.keys() == {"c-2"}


def test_what_the_policy_keeps_from_the_desk_is_not_handed_over_by_it(counter: Counter) -> None:
    counter.case("c-1", "transfer")
    counter.doubts["c-1"] = ("minor",)
    counter.desk.start(["c-1"])
    until(lambda: left(counter) == {"c-1": ("not-for-the-desk transfer",)})
    assert counter.submitted == []


def test_what_the_rules_would_refuse_is_left_and_not_submitted(counter: Counter) -> None:
    counter.case("c-1", "mortgage.set")
    counter.reasons["c-1"] = ("seized", "earlier-case")
    counter.desk.start(["c-1"])
    until(lambda: left(counter) == {"c-1": ("seized", "earlier-case")})
    assert counter.submitted == []


def test_a_left_case_is_tried_again_when_its_unit_changes(counter: Counter) -> None:
    counter.case("c-1", "mortgage.set")
    counter.case("c-0", "mortgage.discharge", state="entered", head=2)
    counter.reasons["c-1"] = ("earlier-case",)
    counter.desk.start(["c-1"])
    until(lambda: "c-1" in left(counter))
    counter.reasons.clear()
    counter.note("case.enter", {"case": "c-0"}, outcome="entered")
    until(lambda: counter.submitted == ["c-1"])
    assert left(counter) == {}


def test_a_title_of_a_batch_wakes_what_waits_for_its_unit(counter: Counter) -> None:
    elsewhere = [f"441302001001GB0000{n}F00010001" for n in (3, 4)]
    for number, unit in zip(("c-1", "c-2"), elsewhere, strict=True):
        counter.case(number, "mortgage.set", unit=unit)
        counter.reasons[number] = ("unit-unknown",)
    counter.desk.start(["c-1", "c-2"])
    until(lambda: len(left(counter)) == 2)
    counter.reasons.clear()
    counter.note(
        "title.import-batch", {"titles": [{"unit": "other"}, {"unit": elsewhere[1]}]}, outcome="recorded"
    )
    until(lambda: counter.submitted == ["c-2"])
    assert list(left(counter)) == ["c-1"]


def test_changes_elsewhere_do_not_wake_it(counter: Counter) -> None:
    counter.case("c-1", "mortgage.set")
    counter.reasons["c-1"] = ("seized",)
    counter.desk.start(["c-1"])
    until(lambda: "c-1" in left(counter))
    other = "441302001001GB00002F00010001"
    counter.case("c-9", "mortgage.set", unit=other)
    counter.note("court.seize", {"unit": other, "document": "d", "until": "2027-01-01"}, outcome="recorded")
    counter.note("case.apply", {}, result={"case": "c-9"})
    until(lambda: counter.submitted == ["c-9"])
    assert len(counter.rehearsed) == 2


def test_a_payload_that_arrives_late_wakes_what_waited_for_one(counter: Counter) -> None:
    for number in ("c-1", "c-2"):
        counter.case(number, "mortgage.set")
    counter.problems = {"c-1": ("材料尚未送达 [payload-missing]",), "c-2": ("[identity-mismatch]",)}
    counter.desk.start(["c-1", "c-2"])
    until(lambda: len(left(counter)) == 2)
    counter.problems.clear()
    counter.desk.arrived()
    until(lambda: counter.submitted == ["c-1"])
    assert list(left(counter)) == ["c-2"]


def test_a_new_policy_is_tried_on_all(counter: Counter) -> None:
    counter.case("c-1", "transfer")
    counter.desk.start(["c-1"])
    until(lambda: "c-1" in left(counter))
    counter.policy("transfer")
    counter.note("policy.set", {}, outcome="recorded")
    until(lambda: counter.submitted == ["c-1"])


def test_decided_cases_are_dropped(counter: Counter) -> None:
    counter.case("c-1", "transfer")
    counter.desk.start(["c-1", "never-heard-of"])
    until(lambda: "c-1" in left(counter))
    counter.case("c-1", "transfer", state="refused")
    counter.note("case.refuse", {"case": "c-1"}, outcome="recorded")
    until(lambda: left(counter) == {})
    assert counter.submitted == []


def test_its_own_refused_attempt_is_left_to_a_person(counter: Counter) -> None:
    counter.case("c-1", "mortgage.set")
    counter.desk.start(["c-1"])
    until(lambda: counter.submitted == ["c-1"])
    counter.reasons["c-1"] = ("seized",)
    counter.note("case.enter", {"case": "c-1"}, outcome="refused", officer=OFFICER)
    until(lambda: left(counter) == {"c-1": ("seized",)})
    assert counter.submitted == ["c-1"]


def test_one_state_of_a_case_has_one_event_id(counter: Counter) -> None:
    counter.case("c-1", "mortgage.set", head=7)
    counter.desk.start(["c-1"])
    until(lambda: len(counter.rehearsed) == 1)
    counter.note("case.apply", {}, result={"case": "c-1"})
    until(lambda: len(counter.rehearsed) == 2)
    counter.case("c-1", "mortgage.set", head=8)
    counter.note("case.apply", {}, result={"case": "c-1"})
    until(lambda: len(counter.rehearsed) == 3)
    assert counter.rehearsed[0] == counter.rehearsed[1] != counter.rehearsed[2]
    assert all(len(event_id) <= 64 for event_id in counter.rehearsed)


def test_a_busy_engine_is_tried_again(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dengbu.nodes.desk.desk.RETRY_S", 0.01)
    counter.busy = 3
    counter.case("c-1", "mortgage.set")
    counter.desk.start(["c-1"])
    until(lambda: counter.submitted == ["c-1"])


def test_what_it_has_to_do_is_counted_and_dated(counter: Counter) -> None:
    assert counter.desk.load() == Load(queued=0, sent=0, oldest_s=0.0, left=0)
    for number in ("c-1", "c-2"):
        counter.case(number, "mortgage.set")
    counter.problems["c-2"] = ("a part is missing",)
    counter.desk.note([entry("case.apply", {}, result={"case": number}) for number in ("c-1", "c-2")])
    before = counter.desk.load()
    assert (before.queued, before.sent) == (2, 0)
    assert before.oldest_s > 0
    counter.desk.start([])
    until(lambda: counter.submitted == ["c-1"] and len(counter.desk.left()) == 1)
    until(lambda: counter.desk.load().sent == 1)
    after = counter.desk.load()
    assert (after.queued, after.left) == (0, 1)
    assert after.oldest_s > 0, "it is sent and not decided yet"
    counter.note("case.enter", {"case": "c-1"}, outcome="entered")
    until(lambda: counter.desk.load() == Load(queued=0, sent=0, oldest_s=0.0, left=1))


def test_an_event_that_expired_in_the_queue_is_made_again(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.case("c-1", "mortgage.set")
    counter.desk.start(["c-1"])
    until(lambda: counter.submitted == ["c-1"])
    counter.note("title.import", {"unit": "other"}, outcome="recorded")
    monkeypatch.setattr("dengbu.nodes.desk.desk.OVERDUE_S", -1.0)
    until(lambda: counter.desk.load().queued == 0)
    assert counter.submitted == ["c-1"]
    counter.note("title.import", {"unit": "other"}, outcome="recorded")
    until(lambda: counter.submitted == ["c-1", "c-1"])
    counter.note("case.enter", {"case": "c-1"}, outcome="entered")
    counter.note("title.import", {"unit": "other"}, outcome="recorded")
    assert counter.desk._overdue() == []


def test_a_failure_is_reported_and_not_swallowed() -> None:
    counter = Counter()
    counter.case("c-1", "mortgage.set")
    counter.problems = None  # type: ignore[assignment]
    counter.desk.start(["c-1"])
    until(lambda: bool(counter.failures))
    counter.desk.stop()
    assert counter.submitted == []


def test_it_keeps_up_with_many_cases(counter: Counter) -> None:
    numbers = [f"c-{n}" for n in range(2_000)]
    for n, number in enumerate(numbers):
        counter.case(number, "mortgage.set", unit=f"{n:028d}")
    counter.desk.start([])
    counter.desk.note([entry("case.apply", {}, result={"case": number}) for number in numbers])
    until(lambda: len(counter.submitted) == len(numbers))
    assert counter.submitted == numbers
