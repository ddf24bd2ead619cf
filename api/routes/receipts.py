"""Receipts: one file that proves an entry to anyone, offline."""

from flask import Response

from dengbu.api.edge.access import AUDITOR, OFFICER, SYSTEM, access
from dengbu.api.shapes.blueprint import TEXT, Blueprint
from dengbu.api.shapes.headers import A_FILE
from dengbu.api.views.lookup import receipt_of

blp = Blueprint("receipts", __name__, url_prefix="/v1/receipts", description="回执 Receipts")


@blp.route("/<int:index>")
@blp.response(
    200, TEXT, content_type="text/plain", description="回执 receipt (C2SP tlog-proof)", headers=A_FILE
)
@access(OFFICER, SYSTEM, AUDITOR)
def read_receipt(index: int) -> Response:
    """回执 The receipt of an entry: entry, inclusion proof, cosigned checkpoint."""
    return receipt_of(index)
