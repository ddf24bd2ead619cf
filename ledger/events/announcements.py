"""Notices to holders and announcements 通知与公告, which must precede some corrections and replacements (IR 22, 81).

The registry first tells the holder of a wrong entry that it finds. If he does not apply for a correction, the
registry announces one and then makes it itself. The loss of a certificate is announced before another is issued. The
policy gives the periods in working days.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import last_working_day, legal_date
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.members import KeyClass, Policy
from dengbu.ledger.register.notations import Fault, Loss
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import FaultId, RightId, UnitCode
from dengbu.ledger.rules import roles
from dengbu.ledger.rules.policies import policy_in_force
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View


class FaultTell(Data, frozen=True, forbid_unknown_fields=True):
    """Tell the holders of a right that its entry is wrong."""

    unit: UnitCode
    right: RightId


class FaultAnnounce(Data, frozen=True, forbid_unknown_fields=True):
    """Announce that the registry will correct a wrong entry of which the holders were told."""

    fault: FaultId


class LossAnnounce(Data, frozen=True, forbid_unknown_fields=True):
    """Announce that the certificate of a right is lost, as its holder states."""

    unit: UnitCode
    right: RightId


def told_long_enough(register: Register, fault: Fault, time: int) -> bool:
    """Whether the holder has had his working days to apply for the correction."""
    return _has_run(register, fault.told_on, lambda policy: policy.fault_notice_days, time)


def fault_announced_long_enough(register: Register, fault: Fault, time: int) -> bool:
    """Whether the correction has been announced for its working days."""
    if fault.announced_on is None:
        return False
    return _has_run(register, fault.announced_on, lambda policy: policy.fault_announcement_days, time)


def loss_announced_long_enough(register: Register, loss: Loss, time: int) -> bool:
    """Whether the loss has been announced for its working days."""
    return _has_run(register, loss.announced_on, lambda policy: policy.loss_announcement_days, time)


def _has_run(register: Register, since: str, days: Callable[[Policy], int], time: int) -> bool:
    policy = policy_in_force(register)
    return legal_date(time) > last_working_day(date.fromisoformat(since), days(policy), policy)


# ---- of both events about a right -----------------------------------------------------------------------------------


def unit_is_unknown(view: View[Any]) -> bool:
    """The unit has no first registration."""
    found = view.register.get(Unit, view.data.unit)
    return found is None or found.status != "active"


def _right(view: View[Any]) -> Right | None:
    found = view.register.get(Right, view.data.right)
    return found if found is not None and found.unit == view.data.unit else None


def right_is_unknown(view: View[Any]) -> bool:
    """There is no such right on the unit."""
    return _right(view) is None


def right_has_ended(view: View[Any]) -> bool:
    """The right has ended."""
    found = _right(view)
    return found is not None and found.status != "current"


ABOUT_A_RIGHT: tuple[Rule[View[Any]], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24,), unit_is_unknown),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_unknown),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), right_has_ended),
)


def _fault(view: View[FaultAnnounce]) -> Fault | None:
    return view.register.get(Fault, view.data.fault)


def fault_is_unknown(view: View[FaultAnnounce]) -> bool:
    """No holder was told of the error, or it is already announced or corrected."""
    found = _fault(view)
    return found is None or found.status != "told"


def holder_has_time(view: View[FaultAnnounce]) -> bool:
    """The working days in which the holder may apply are not over."""
    found = _fault(view)
    return found is not None and not told_long_enough(view.register, found, view.at.time)


ANNOUNCE: tuple[Rule[View[FaultAnnounce]], ...] = (
    Rule(Code.FAULT_UNKNOWN, (law.IR_81,), fault_is_unknown),
    Rule(Code.PERIOD_RUNNING, (law.IR_81,), holder_has_time),
)


def _tell(view: View[FaultTell]) -> Effects:
    index, today = view.at.index, legal_date(view.at.time).isoformat()
    fault = Fault(f"F-{index}", view.data.unit, view.data.right, today, index, "told")
    return Effects("recorded", (fault,), {"fault": fault.id, "unit": fault.unit})


def _announce(view: View[FaultAnnounce]) -> Effects:
    found = _fault(view)
    assert found is not None
    today = legal_date(view.at.time).isoformat()
    announced = Fault(
        found.id, found.unit, found.right, found.told_on, found.since, "announced", announced_on=today
    )
    return Effects("recorded", (announced,), {"fault": found.id, "unit": found.unit})


def _lose(view: View[LossAnnounce]) -> Effects:
    index, today, right = view.at.index, legal_date(view.at.time).isoformat(), _right(view)
    assert right is not None
    loss = Loss(f"L-{index}", right.unit, right.id, right.certificate, today, index)
    return Effects("recorded", (loss,), {"loss": loss.id, "unit": loss.unit})


KINDS: tuple[EventKind[Any], ...] = (
    EventKind(
        type="fault.tell",
        title=Title("登记错误通知", "notice of an error to the holder"),
        senders=roles.REGISTRY,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=FaultTell,
        rules=ABOUT_A_RIGHT,
        effects=_tell,
    ),
    EventKind(
        type="fault.announce",
        title=Title("依职权更正公告", "announcement of a correction by the registry"),
        senders=roles.REGISTRY,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=FaultAnnounce,
        rules=ANNOUNCE,
        effects=_announce,
    ),
    EventKind(
        type="loss.announce",
        title=Title("遗失公告", "announcement of the loss of a certificate"),
        senders=roles.REGISTRY,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=LossAnnounce,
        rules=ABOUT_A_RIGHT,
        effects=_lose,
    ),
)
