"""Marshmallow shapes of what comes in about tax: assessments, clearances, refunds, listings of deals."""

from marshmallow import fields, validate

from dengbu.api.shapes.patterns import ISO_DATE
from dengbu.api.shapes.schemas import INT_MAX, JsonInt, Page, Strict, private_parts, text
from dengbu.ledger.tax.assessment import VOUCHER

TAXES = ("deed", "iit", "lvat")


class DealsQuery(Page):
    """Which deals."""

    state = fields.String(
        load_default=None,
        validate=validate.OneOf(
            [
                "DECLARED",
                "ASSESSED",
                "PART_PAID",
                "CLEARED",
                "LOCKED",
                "CONSUMED",
                "REFUND_REQUESTED",
                "REFUNDED",
                "CANCELLED",
                "CLAWBACK_DUE",
            ]
        ),
    )


class AssessIn(Strict):
    """A tax assessment: which taxes stand in the way; amounts only as a private part."""

    version = JsonInt(required=True, validate=validate.Range(min=1, max=INT_MAX))
    gates = fields.Dict(
        keys=fields.String(validate=validate.OneOf(TAXES)),
        values=fields.String(validate=validate.OneOf(["due", "none"])),
        required=True,
        validate=validate.Length(max=len(TAXES)),
    )
    private = private_parts(load_default=dict)


class ClearIn(Strict):
    """A tax clearance: the vouchers of payment or exemption."""

    class VoucherIn(Strict):
        """One voucher."""

        tax = fields.String(required=True, validate=validate.OneOf(TAXES))
        number = text(rf"{VOUCHER}$", required=True)
        kind = fields.String(required=True, validate=validate.OneOf(["payment", "part", "exemption"]))

    version = JsonInt(required=True, validate=validate.Range(min=1, max=INT_MAX))
    vouchers = fields.List(fields.Nested(VoucherIn), required=True, validate=validate.Length(min=1, max=16))
    private = private_parts(load_default=dict)


class RefundRequestIn(Strict):
    """Why a refund is asked for."""

    ground = text(r"^[a-z0-9-]{1,64}$", required=True)


class OverpaymentIn(Strict):
    """Which tax was paid too much, when, and who found it; the amount only as a private part `repayment`."""

    tax = fields.String(required=True, validate=validate.OneOf(TAXES))
    paid_on = text(ISO_DATE, required=True)
    found_by = fields.String(required=True, validate=validate.OneOf(["taxpayer", "bureau"]))
    private = private_parts(load_default=dict)


class ClawbackIn(Strict):
    """Why deed tax that was spared falls due; amounts only as a private part."""

    ground = text(r"^[a-z0-9-]{1,64}$", required=True)
    private = private_parts(load_default=dict)


class ClawbackPaidIn(Strict):
    """The vouchers by which it was paid."""

    vouchers = fields.List(text(rf"{VOUCHER}$"), required=True, validate=validate.Length(min=1, max=16))
    private = private_parts(load_default=dict)
