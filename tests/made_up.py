"""A made-up act and a made-up event: one row in a file each, and one name more in the lists.

The name is added to the source of the catalogue and of the transition as they are imported, so nothing else may know of
them. Run as a program, it prints what every other part then says of the two.
"""

import importlib.util
import json
import sys
from collections.abc import Iterator
from dataclasses import astuple, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, Literal

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.register.members import KeyClass, Role
from dengbu.ledger.register.records import Unit
from dengbu.ledger.register.shapes import Holders, Mode, RightId, UnitCode
from dengbu.ledger.rules import payload_shapes, predicates, rights, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import Asked, Backing, Held, Stated, always, nothing
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View
from dengbu.ledger.rules.rule_sets import KEPT, NEWEST

FRIEND, OTHER = "bank-b", "bank-c"


class MadeUp(Act, frozen=True, forbid_unknown_fields=True, tag="made.up"):
    """An act that nobody needs, made up for this test."""

    unit: UnitCode
    right: RightId
    cause: Literal["sale"]
    seller: Literal["person"]
    mode: Mode
    holders: Holders
    note: str
    other: str
    friend: str


class Happened(Data, frozen=True, forbid_unknown_fields=True):
    """An event that nobody sends, made up for this test."""

    unit: UnitCode


class Done(Data, frozen=True, forbid_unknown_fields=True):
    """What those who follow the log read of any event."""

    case: str = ""
    ground: str = ""
    doubts: tuple[str, ...] = ()
    score: int = 0
    commitments: tuple[str, ...] = ()
    policy: str = ""


def _asks(held: Held, act: MadeUp) -> Iterator[Asked]:
    yield Asked("takers", ((act.unit, (act.holders[0].ref,)),))


def _parties(register: Any, act: MadeUp) -> tuple[str, ...]:
    return (act.friend,)


def _friend(act: MadeUp) -> str:
    return act.friend


def _unknown(view: View[Happened]) -> bool:
    return view.register.get(Unit, view.data.unit) is None


def _effects(view: ActView[MadeUp]) -> ActEffects:
    return ActEffects(())


def _happens(view: View[Happened]) -> Effects:
    return Effects("recorded")


KIND = ActKind(
    type=MadeUp,
    title=Title("虚构登记", "made-up registration", "甲 one, 乙 two"),
    applicants=(Role.BANK, Role.NOTARY),
    about=("note",),
    giving=("holders",),
    units=predicates.named_unit,
    parties=_parties,
    discreet=True,
    secures=_friend,
    ends=securing.none,
    begins=rights.following,
    disposes=True,
    taxed=True,
    backing=Backing(asks=_asks, tells=always(Stated.TERMS), paper=always(True), gives=nothing),
    rules=(Rule(Code.UNIT_UNKNOWN, (law.CC_209,), predicates.unit_is_unknown),),
    effects=_effects,
    since=NEWEST.number,
)
EVENT = EventKind(
    type="made.up-event",
    title=Title("虚构事件", "made-up event"),
    senders=(Role.NOTARY,),
    signed_by=KeyClass.GOVERNANCE,
    open=True,
    compared=Compared.TITLE,
    does=Does.NOTHING,
    parts={"title": payload_shapes.Title},
    data=Happened,
    rules=(Rule(Code.UNIT_UNKNOWN, (law.CC_209,), _unknown),),
    effects=_happens,
    since=NEWEST.number,
)

# One event for each thing that events do, named after it.
DOING = [
    replace(
        EVENT, type=f"doing.{does}", title=Title("某事", "something done"), does=does, data=Done, parts={}
    )
    for does in Does
]


def import_with(name: str, before: str, line: str) -> None:
    """Import a module of the ledger with one line added to its source."""
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.origin is not None
    source = Path(found.origin).read_text(encoding="utf-8")
    assert source.count(before) == 1
    module = ModuleType(name)
    module.__file__ = found.origin
    module.__dict__["made_up"] = sys.modules[__name__]
    sys.modules[name] = module
    setattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2], module)
    exec(compile(source.replace(before, before + line), found.origin, "exec"), module.__dict__)  # noqa: S102


def followed() -> dict[str, Any]:
    """Return what those who follow the log take from one event of each kind, in the order of a case."""
    from dengbu.ledger.advisory.clocks import Step, course
    from dengbu.ledger.advisory.timeline import Handling
    from dengbu.nodes.wiring import erased_by
    from tests.nodes.desk.test_desk import Counter, entry
    from tests.worlds import policy

    number, result = "441302-20261122-000001", {"case": "441302-20261122-000001"}
    data: dict[str, Any] = {
        "case": number, "ground": "requisition", "doubts": ["minor"], "score": 4, "commitments": ["c"],
        "policy": policy(), "acts": [{"act": "mortgage.discharge", "mortgage": "M-1"}], "channel": "outlet", "district": "441302",
    }  # fmt: skip
    decided = {Does.ENTERS: "entered", Does.REFUSES: "refused", Does.WITHDRAWS: "withdrawn"}

    def step(time: int, does: Does, **more: Any) -> Step:
        return Step(time, f"doing.{does}", data, result | more)

    def at(index: int, does: Does) -> Any:
        return msgspec.structs.replace(entry(f"doing.{does}", data, result=result), index=index)

    def handled(*course: Does) -> Any:
        made = Handling("desk")
        made.add(at(index, does) for index, does in enumerate((Does.SETS_POLICY, Does.ACCEPTS, *course)))
        return next(made.cases())

    def noted(does: Does) -> tuple[int, int]:
        """The numbers of cases to be tried, and under way, after an event about a case that the desk has sent."""
        desk = Counter().desk
        desk._send(number, b"")
        desk.note([at(1, does)])
        return desk.load().queued, desk.load().sent

    waited = [
        step(1, Does.ACCEPTS, deal=True), step(2, Does.SUSPENDS), step(3, Does.RESUMES),
        step(4, Does.CLEARS_TAX, state="CLEARED"), step(5, Does.AWAITS_TAX), step(6, Does.ENTERS),
    ]  # fmt: skip
    run = course(waited)
    case = handled(Does.SUSPENDS, Does.HANDS_OVER, Does.WITHDRAWS, Does.RATES)
    return {
        "course": [run.accepted, run.decided, *map(list, map(astuple, run.waits))],
        "ends": {does: handled(does).state for does in decided},
        "handled": [case.requisitioned, case.handed_over, case.rating],
        "desk tries": [does for does in Does if noted(does)[0]],
        "desk is answered": [does for does in Does if not noted(does)[1]],
        "erased": {does: found for does in Does if (found := erased_by(at(1, does)))},
    }


def facts(home: Path) -> dict[str, Any]:
    """Return what every part that knows acts and events says of these two."""
    from dengbu.api.client import acts, bundles
    from dengbu.api.edge.access import senders
    from dengbu.api.shapes.event_shapes import private_of, private_shapes
    from dengbu.api.shapes.of_ledger import published
    from dengbu.api.views.views import Viewer
    from dengbu.ledger import ruleset
    from dengbu.ledger.cases import representation
    from dengbu.ledger.cases.judging import typed
    from dengbu.ledger.catalogue import AnyAct, acts_in
    from dengbu.ledger.log.envelope import convert
    from dengbu.ledger.register.members import Policy
    from dengbu.ledger.register.records import Deal
    from dengbu.ledger.rules import policies
    from dengbu.nodes.private.backing import asked
    from dengbu.nodes.private.package import PrivatePart
    from dengbu.nodes.private.parts import Part
    from dengbu.scripts.docs import rulesdoc
    from tests.ledger.test_act_table import case, entry
    from tests.nodes.backed import STRANGER, TERMS, parts, settle
    from tests.nodes.one_node import RIGHT, UNIT, Town
    from tests.worlds import UNIT as THEIRS
    from tests.worlds import codes, holder, policy, signer, world

    act = {
        "act": "made.up", "unit": UNIT, "right": RIGHT, "cause": "sale", "seller": "person", "mode": "single",
        "holders": [holder("x")], "note": "a", "other": "b", "friend": FRIEND,
    }  # fmt: skip
    (home / "notary").mkdir()
    town = Town(home, "hz-registry", "registry")
    settle(town)
    made = world()
    made.join("notary-1", "notary")
    made.title(THEIRS)
    mine = {**act, "unit": THEIRS}
    page = rulesdoc.document()
    made_case = case(act, (UNIT,), True)

    def sees(institution: str, role: Role) -> Any:
        told = Viewer(institution, role, town.register, 1).case(made_case)
        return told and sorted(told["acts"][0])

    def left(given: Any) -> list[str]:
        town.entries.clear()
        town.apply([act], given)
        return sorted(town.left())

    def by(institution: str) -> list[Signer]:
        return [signer(institution, "governance")]

    def applied(who: str, *all_acts: Any) -> list[str]:
        return codes(made.apply(who, *all_acts))

    number = made.accepted("bank-a", mine)
    schemas = published(AnyAct)[1]
    named = policy(desk=("made.up",), limits={"made.up": 9}, online_acts=("made.up",))
    changed = convert(named, Policy)
    notary = Town(home / "notary", "bank-a", "notary")
    title = PrivatePart({"location": "x", "holders": [{**STRANGER, "id_no": "1"}]}, ("bank-a",))  # type: ignore[dict-item]
    imported = {"unit": UNIT, "right": {"holders": []}}
    return {
        "typed": type(typed([act])[0]).__name__,
        "called": acts.title("made.up"),
        "headings": [line for line in page.splitlines() if line.startswith("### 虚构")],
        "roles": [line for line in page.splitlines() if line.startswith("| `made.up")],
        "documented": "MadeUp" in schemas,
        "in the rule set": [
            "made.up" in ruleset.rule_set(NEWEST.number)[part] for part in ("acts", "act_roles")
        ],
        "event in it": [
            "made.up-event" in ruleset.rule_set(NEWEST.number)[part] for part in ("events", "event_roles")
        ],
        "sets that change": [one.number for one in KEPT if ruleset.digest(one.number) != one.tables],
        "dated": [part.split("\n\n")[1] for part in page.split("\n### ") if part.startswith("虚构")],
        "policy may name it": not policies.is_invalid(changed, acts_in(NEWEST.number)),
        "bank applies": applied("bank-a", mine),
        "registry applies": applied("hz-registry", mine),
        "twice": applied("bank-a", mine, {**mine, "other": "c", "friend": OTHER}),
        "twice, of other notes": applied("bank-a", mine, {**mine, "note": "b"}),
        "taxes": made.one(Deal, number).required,
        "friend sees": sees(FRIEND, Role.BANK),
        "another bank sees": sees(OTHER, Role.BANK),
        "tax bureau sees": sees("hz-tax", Role.TAX),
        "asked": [one.role for one in asked(town.register, typed([act]))],
        "left with nothing": left({}),
        "left with all": left(parts({"takers": [STRANGER]}, terms=TERMS)),
        "notary sends": codes(made.do("notary-1", "made.up-event", {"unit": THEIRS}, signers=by("notary-1"))),
        "registry sends": codes(
            made.do("hz-registry", "made.up-event", {"unit": THEIRS}, signers=by("hz-registry"))
        ),
        "compared": [one.code for one in notary.checks.before("made.up-event", imported, {"title": title})],
        "followed": followed(),
        "part expected": [Part("made.up-event", name, None, None).is_expected for name in ("title", "terms")],
        "parts published": private_shapes()["made.up-event"],
        "part in words": private_of("made.up-event"),
        "route open to": senders("made.up-event"),
        "begun in a bundle": bundles.named([act, {"act": "mortgage.set", "unit": UNIT}])[1]["right"],
        "gives up": representation.stands(act, holder("x")["ref"], giving=True),
        "open": Viewer("nobody", Role.UTILITY, town.register, 1).may_see_entry(entry("made.up-event")),
    }


if __name__ == "__main__":
    import_with("dengbu.ledger.catalogue", "KINDS: tuple[ActKind[Any], ...] = (\n", "    made_up.KIND,\n")
    import_with(
        "dengbu.ledger.transition", "    for kind in (\n", "        made_up.EVENT,\n        *made_up.DOING,\n"
    )
    with TemporaryDirectory() as folder:
        json.dump(facts(Path(folder)), sys.stdout, ensure_ascii=False)
