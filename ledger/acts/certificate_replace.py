"""Replacement of a certificate 换证、补证: a damaged one at once, a lost one after its announcement (IR 22)."""

from typing import Literal

import msgspec

from dengbu.ledger.events.announcements import loss_announced_long_enough
from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.notations import Loss
from dengbu.ledger.register.shapes import LossId, Refs, RightId, UnitCode
from dengbu.ledger.rules import parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView, reissue
from dengbu.ledger.rules.backing import Backing, always, by, nothing
from dengbu.ledger.rules.predicates import (
    named_unit,
    right_has_ended,
    right_is_unknown,
    right_of,
    stranger_consents,
    unit_is_seized,
    unit_is_unknown,
)
from dengbu.ledger.rules.rule import Rule, Title


class CertificateReplace(Act, frozen=True, forbid_unknown_fields=True, tag="certificate.replace"):
    """Issue another certificate for a right.

    `consent` names the holders that ask, and `loss` is the announced statement of loss.
    """

    unit: UnitCode
    right: RightId
    cause: Literal["damaged", "lost"]
    consent: Refs
    loss: LossId | None = None


View = ActView[CertificateReplace]


def nobody_asks(view: View) -> bool:
    """No holder of the right asks for it."""
    return right_of(view) is not None and not view.act.consent


def _loss(view: View) -> Loss | None:
    """The announcement of the loss of the certificate that the right carries now."""
    found, right = view.register.get(Loss, view.act.loss) if view.act.loss else None, right_of(view)
    mine = found is not None and right is not None and found.certificate == right.certificate
    return found if mine else None


def loss_is_not_announced(view: View) -> bool:
    """The certificate is lost, and its loss was not announced."""
    return view.act.cause == "lost" and right_of(view) is not None and _loss(view) is None


def period_is_running(view: View) -> bool:
    """The announcement's working days are not over."""
    found = _loss(view)
    return found is not None and not loss_announced_long_enough(view.register, found, view.at.time)


def seizure_bars(view: View) -> bool:
    """A seizure binds the unit, and the policy does not replace certificates of seized units."""
    return not view.policy.replacing_seized and unit_is_seized(view)


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), unit_is_unknown),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_unknown),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), right_has_ended),
    Rule(Code.NOT_HOLDER, (law.REG_14,), stranger_consents),
    Rule(Code.CO_OWNER_CONSENT, (law.REG_14, law.IR_22), nobody_asks),
    Rule(Code.LOSS_NOT_ANNOUNCED, (law.IR_22,), loss_is_not_announced),
    Rule(Code.PERIOD_RUNNING, (law.IR_22,), period_is_running),
    Rule(Code.SEIZED, (law.IR_22,), seizure_bars),
)


def effects(view: View) -> ActEffects:
    """Reissue the right under a new number; the old certificate becomes void."""
    unit, right = view.unit(view.act.unit), right_of(view)
    assert unit is not None
    assert right is not None
    altered, certificate, counter = reissue(view, right)
    touched = msgspec.structs.replace(unit, head=view.at.index)
    return ActEffects((altered, certificate, counter, touched), {"certificates": [certificate.number]})


KIND = ActKind(
    type=CertificateReplace,
    title=Title("换证补证", "replacement of a certificate"),
    applicants=roles.REGISTRY,
    about=("right",),
    giving=("consent",),
    units=named_unit,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.none,
    disposes=False,
    taxed=False,
    backing=Backing(asks=by("holders"), tells=always(None), paper=always(False), gives=nothing),
    rules=RULES,
    effects=effects,
)
