"""Whether the process lives, whether the node is ready, and its figures; open to all, as nothing here is personal."""

import platform
import sqlite3

from flask import Response

from dengbu.api.edge.access import public
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.metrics import CONTENT_TYPE
from dengbu.api.edge.state import state
from dengbu.api.shapes import node_answers as shapes
from dengbu.api.shapes.blueprint import TEXT, Blueprint
from dengbu.ledger import __version__
from dengbu.ledger.log import envelope, httpsig

blp = Blueprint("health", __name__, description="健康与指标 Health and figures")

RETRY_AFTER_S = 5


@blp.route("/healthz")
@blp.response(200, TEXT, content_type="text/plain", description="存活 alive")
@public
def healthz() -> Response:
    """存活检查 Whether the process answers; uses neither disk nor network."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@blp.route("/readyz")
@blp.response(200, shapes.Readiness)
@blp.alt_response(503, schema=shapes.Readiness, description="未就绪 not ready")
@public
def readyz() -> Response:
    """就绪检查 Whether the node is ready: each check with its value; 503 when one that readiness depends on fails."""
    checks = state().node.health()
    body: Json = {
        "ready": checks.is_ready,
        "degraded": any(not check.ok for check in checks if check.degraded),
        "checks": {check.name: {"ok": check.ok, "value": check.value} for check in checks},
    }
    return reply(body, 200) if checks.is_ready else reply(body, 503, {"Retry-After": str(RETRY_AFTER_S)})


@blp.route("/metrics")
@blp.response(200, TEXT, content_type="text/plain", description="Prometheus text format 0.0.4")
@public
def metrics() -> Response:
    """运行指标 Figures for Prometheus."""
    return Response(state().metrics.text(), content_type=CONTENT_TYPE)


@blp.route("/version")
@blp.response(200, shapes.Version)
@public
def version() -> Response:
    """版本 The versions of the software and its protocols."""
    node = state().node
    return reply(
        {
            "version": __version__,
            "protocol": {"event": envelope.TAG, "http": httpsig.TAG, "entry": 1},
            "net": node.net,
            "institution": node.institution,
            "role": node.role,
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
        }
    )
