"""The API of one node as a Flask app: `create_app(node)`."""

import time
from typing import Any

import flask_smorest
from flask import Flask, Response, g, request
from werkzeug.routing import IntegerConverter

from dengbu.api.body_size import BODY_BYTES_MAX, HEADER_BYTES_MAX
from dengbu.api.edge import authentication, headers, problem
from dengbu.api.edge import state as states
from dengbu.api.edge.access import public, require_declared
from dengbu.api.edge.encoding import OrjsonProvider, reply
from dengbu.api.edge.errors import Problem
from dengbu.api.edge.figures import FiguresCollector
from dengbu.api.edge.metrics import Answered
from dengbu.api.edge.spending import POLICIES
from dengbu.api.edge.state import STREAMS_MAX
from dengbu.api.pages.docs import docs
from dengbu.api.pages.home import pages
from dengbu.api.routes import BLUEPRINTS
from dengbu.api.shapes import document
from dengbu.api.views import derived
from dengbu.ledger import __version__
from dengbu.ledger.log import msgspec_warmup
from dengbu.nodes.node import Node
from dengbu.nodes.peer_server.lanes import LaneLoad


class Digits(IntegerConverter):
    """A number in a path, in ASCII digits only; werkzeug's own converter accepts the digits of every script."""

    regex = "[0-9]+"


class ProblemApi(flask_smorest.Api):
    """Smorest's API, whose errors are answered and documented elsewhere, as problems (RFC 9457)."""

    def _register_error_handlers(self) -> None:
        """Register nothing: api/edge/problem.py handles the errors."""

    def _register_responses(self) -> None:
        """Register nothing: api/shapes/problems.py has the responses."""


def create_app(node: Node, *, authorities: tuple[str, ...] | None = None) -> Flask:
    """Return the app over an opened node.

    `authorities` are the host[:port] values that a signed request may name, by default the API listener's
    own. Raises RuntimeError when a route declares no access.
    """
    app = Flask(__name__, static_folder=None)
    app.json = OrjsonProvider(app)
    app.url_map.converters["int"] = Digits
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_BYTES_MAX,
        PROPAGATE_EXCEPTIONS=False,
        PROVIDE_AUTOMATIC_OPTIONS=False,
        API_TITLE=document.TITLE,
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={"info": {"description": document.DESCRIPTION, "license": {"name": "Apache-2.0"}}},
    )
    own = f"{node.config.endpoints.api.host}:{node.config.endpoints.api.port}".lower()
    states.put(app, states.make_state(node, authorities or (own,)))
    derived.install(app, node)
    problem.install(app)
    headers.install(app)
    _check_requests(app)
    authentication.install(app)
    _measure(app)
    app.register_blueprint(pages)
    app.register_blueprint(docs)
    _document(app)
    require_declared(app)
    return app


def _check_requests(app: Flask) -> None:
    """Refuse requests before any route sees them: headers too large, or a body that is compressed or not declared as JSON."""

    @app.before_request
    def check() -> None:
        if sum(len(name) + len(value) for name, value in request.headers) > HEADER_BYTES_MAX:
            raise Problem("header-too-large")
        coding = request.headers.get("Content-Encoding", "identity").strip().lower()
        if coding != "identity":
            raise Problem(
                "unsupported-media-type",
                "请求体不得压缩。",
                "A body is sent as it is, without a content coding.",
                headers={"Accept-Encoding": "identity"},
            )
        if request.get_data() and request.mimetype != "application/json":
            raise Problem("unsupported-media-type", headers={"Accept-Post": "application/json"})


def _measure(app: Flask) -> None:
    held = states.state_of(app)
    metrics, node, streams = held.metrics, held.node, held.limits.streams
    metrics.build(
        version=__version__,
        institution=node.institution,
        role=node.role,
        engine=node.engine_name,
        net=node.net,
    )
    metrics.register(FiguresCollector(node.figures))
    metrics.gauge("dengbu_streams_free", "剩余的长连接位置 Places left for waiting readers.", streams.free)
    metrics.gauge(
        "dengbu_feed_followers",
        "正在跟随事件流的连接 Readers that follow the feed.",
        lambda: STREAMS_MAX - streams.free(),
    )
    metrics.checks(lambda: {check.name: check.ok for check in node.health()})
    metrics.lanes(lambda: _loads(held))
    metrics.expect(POLICIES)

    @app.after_request
    def count(response: Response) -> Response:
        metrics.answered(
            Answered(
                request.method,
                request.url_rule.rule if request.url_rule else "-",
                response.status_code,
                time.monotonic() - g.get("started", time.monotonic()),
                g.get("problem", ""),
                tuple(policy for policy, one in g.get("spent", ()) if one.wait_s),
            )
        )
        return response


def _loads(held: states.State) -> dict[tuple[str, str], LaneLoad]:
    """The threads of both listeners, by listener and lane."""
    listeners = {"api": held.lanes(), "peers": held.node.peer_lanes()}
    return {(listener, lane): load for listener, lanes in listeners.items() for lane, load in lanes.items()}


def _document(app: Flask) -> None:
    """Register every route file and serve the OpenAPI document made of them."""
    api = ProblemApi(app)
    document.prepare(api)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    kept: list[dict[str, Any]] = []

    @public
    def openapi() -> Response:
        """接口说明 The description of this API (OpenAPI 3.1)."""
        if not kept:
            answers = [shape for blueprint in BLUEPRINTS for shape in blueprint.answers]
            kept.append(document.complete(app, api.spec.to_dict(), answers))
        return reply(kept[0], headers={"Cache-Control": "no-cache"})

    app.add_url_rule("/openapi.json", "openapi", openapi)


msgspec_warmup.ready()
