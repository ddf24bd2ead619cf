"""The log itself, as static files: checkpoint, tiles of hashes, bundles of entries (C2SP tlog-tiles)."""

from flask import Response

from api.auth import AUDITOR, access, public
from api.blueprint import Blueprint
from api.errors import Problem
from api.state import state
from nodes import tilefiles

blp = Blueprint("log", __name__, url_prefix="/v1", description="账本 The log")

IMMUTABLE = "public, max-age=31536000, immutable"


@blp.route("/checkpoint", methods=["GET"])
@blp.response(200, content_type="text/plain", description="检查点 checkpoint (C2SP tlog-checkpoint)")
@public
def read_checkpoint() -> Response:
    """检查点 The newest final checkpoint with its cosignatures."""
    found = state().node.store.last_checkpoint()
    if found is None:
        raise Problem("not-found", "尚无最终检查点。", "There is no final checkpoint yet.")
    response = Response(found[1], content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response
