"""Certificates: what a number stands for now."""

from flask import Response

from dengbu.api.edge.access import AUDITOR, OFFICER, SYSTEM, access
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.errors import Problem
from dengbu.api.edge.spending import personal
from dengbu.api.edge.state import state
from dengbu.api.shapes import register_answers as shapes
from dengbu.api.shapes.blueprint import Blueprint, path
from dengbu.api.views import results
from dengbu.api.views.viewing import viewer
from dengbu.ledger.log.envelope import fits
from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.members import Role
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.shapes import CertificateNumber

blp = Blueprint("certificates", __name__, url_prefix="/v1/certificates", description="证照 Certificates")


@blp.route("/<number>", parameters=[path("number", CertificateNumber, "证号 certificate number")])
@blp.response(200, shapes.RightCertified, shapes.MortgageCertified)
@access(OFFICER, SYSTEM, AUDITOR, roles=(Role.REGISTRY, Role.TAX, Role.BANK, Role.COURT))
@personal
def read_certificate(number: str) -> Response:
    """证照 What a certificate number stands for now.

    An applicant shows the certificate; by its number an institution gets what an application must name: the
    unit, the right and its holders' references. Numbers can be guessed, so these reads count towards the limit
    on reads of personal data.
    """
    found = state().node.listings.certificate(number) if fits(number, CertificateNumber) else None
    shown = _right(found) if isinstance(found, Right) else _mortgage(found)
    if shown is None:
        raise Problem("not-found")
    return reply({"number": number, **shown}, headers={"Cache-Control": "no-store"})


def _right(found: Right) -> Json:
    unit = viewer().register.get(Unit, found.unit)
    return {
        "kind": found.kind,
        "unit": found.unit,
        "use": unit.use if unit else None,
        "right": found.id,
        "mode": found.mode,
        "holders": [{"ref": holder.ref, "share": holder.share} for holder in found.holders],
        "status": found.status,
        "since": found.since,
        "receipt": results.receipt_url(found.since),
    }


def _mortgage(found: Mortgage | None) -> Json | None:
    shown = viewer().mortgage(found) if found is not None else None
    if found is None or shown is None:
        return None
    return {**shown, "mortgage": found.id, "kind": "mortgage", "receipt": results.receipt_url(found.since)}
