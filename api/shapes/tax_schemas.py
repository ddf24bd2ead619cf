"""Marshmallow shapes of requests about tax: assessments, clearances, refunds, listings of deals."""

from marshmallow import fields, validate

from dengbu.api.shapes.of_ledger import member
from dengbu.api.shapes.schemas import PageQuery, Strict, private_parts
from dengbu.ledger.tax.assessment import Assess, Clear
from dengbu.ledger.tax.refunds import Clawback, ClawbackPaid, Overpayment, RefundRequest
from dengbu.ledger.tax.tax import STATES


class DealsQuery(PageQuery):
    """Which deals."""

    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class AssessIn(Strict):
    """A tax assessment: which taxes must be cleared before entry; amounts only as a private part."""

    version = member(Assess, "version")
    gates = member(Assess, "gates")
    private = private_parts("tax.assess", load_default=dict)


class ClearIn(Strict):
    """A tax clearance: the vouchers of payment or exemption."""

    version = member(Clear, "version")
    vouchers = member(Clear, "vouchers")
    private = private_parts("tax.clear", load_default=dict)


class RefundRequestIn(Strict):
    """Why a refund is asked for."""

    ground = member(RefundRequest, "ground")


class OverpaymentIn(Strict):
    """Which tax was paid too much, when, and who found it; the amount only as a private part `repayment`."""

    tax = member(Overpayment, "tax")
    paid_on = member(Overpayment, "paid_on")
    found_by = member(Overpayment, "found_by")
    private = private_parts("tax.overpayment", load_default=dict)


class ClawbackIn(Strict):
    """Why deed tax that was exempted or reduced falls due; amounts only as a private part."""

    ground = member(Clawback, "ground")
    private = private_parts("tax.clawback", load_default=dict)


class ClawbackPaidIn(Strict):
    """The vouchers of the payment of a clawback."""

    vouchers = member(ClawbackPaid, "vouchers")
    private = private_parts("tax.clawback-paid", load_default=dict)
