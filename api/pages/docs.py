"""The page at `/docs`: the API's document for people to read, shown by RapiDoc (rapidoc/VENDOR.md) from this node alone."""

from pathlib import Path

from flask import Blueprint, Response, make_response, render_template

from dengbu.api.edge.access import public
from dengbu.api.edge.conditional import content_etag, not_modified
from dengbu.api.edge.headers import CONTENT_SECURITY_POLICY

docs = Blueprint("docs", __name__, template_folder="templates")

SCRIPT = (Path(__file__).parent / "rapidoc" / "rapidoc-min.js").read_bytes()
# RapiDoc writes style attributes and images into its page; scripts come from this node's files alone, as everywhere.
PAGE_POLICY = CONTENT_SECURITY_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace(
    "img-src 'self'", "img-src 'self' data:"
)


@docs.get("/docs")
@public
def read() -> Response:
    """接口文档 Show the API's document; the page sends no requests of its own, for they would have to be signed."""
    response = make_response(render_template("docs.html"))
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    response.headers["Cache-Control"] = "no-cache"
    return response


@docs.get("/docs/rapidoc.js")
@public
def script() -> Response:
    """脚本 The script of the page."""
    response = Response(SCRIPT, content_type="text/javascript; charset=utf-8")
    return not_modified(response, content_etag(response))
