"""The OpenAPI document: what smorest makes of the routes, completed by signatures, problems, examples and the ledger's shapes."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
import orjson
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask
from flask_smorest import Api
from marshmallow import fields

from dengbu.api.edge.access import ROLES, Requirement, access_of
from dengbu.api.edge.encoding import dumps
from dengbu.api.edge.errors import CATALOGUE
from dengbu.api.edge.spending import is_personal
from dengbu.api.shapes import event_shapes, examples, headers, problems
from dengbu.api.shapes.of_ledger import Json, OfLedger, components, published
from dengbu.ledger.log import httpsig
from dengbu.nodes.home.config import SCOPES

TITLE = "Dengbu node"  # in ASCII: generators name packages and classes after it
DESCRIPTION = """\
登簿 Dengbu：不动产登记账本的一个节点。A node of a shared real-estate registration ledger.

每个请求按 RFC 9421 签名；每次写入带 Idempotency-Key；错误按 RFC 9457 返回。说明见 docs/http.md。
Every request is signed (RFC 9421), every write carries an Idempotency-Key, and every error is a problem (RFC 9457); docs/http.md
explains how.
"""
SERVERS = [{"url": "/", "description": "本节点 this node"}]
_PROFILE = (
    f'RFC 9421, tag "{httpsig.TAG}", {httpsig.ALG}, over @method @authority @path @query, and content-type content-digest '
    f"where there is a body; created, expires (at most {httpsig.LIFE_S_MAX} s later), nonce, "
    "keyid. See docs/http.md, which has a test vector."
)
# Headers that go together; OpenAPI 3.1 has no type of its own for message signatures.
SCHEMES = {
    "SignatureInput": ("Signature-Input", f"签名的范围与参数 what is signed: {_PROFILE}"),
    "Signature": ("Signature", "签名 64 bytes in base64, under the label of Signature-Input"),
    "ContentDigest": ("Content-Digest", "请求体摘要 sha-256 of the body (RFC 9530), where there is one"),
}
BARE: Json = {"SignatureInput": [], "Signature": []}
_CONVERTER = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")


def prepare(api: Api) -> None:
    """Let the document describe signatures and problems, and show members whose shape is the ledger's as the ledger has them."""
    for name, (header, text) in SCHEMES.items():
        scheme = {"type": "apiKey", "in": "header", "name": header, "description": text}
        api.spec.components.security_scheme(name, scheme)
    for name, response in problems.responses().items():
        api.spec.components.response(name, response)
    api.spec.components.response(api.DEFAULT_ERROR_RESPONSE_NAME, problems.of_any())
    api.ma_plugin.converter.add_attribute_function(_as_the_ledger_has_it)


def _as_the_ledger_has_it(converter: OpenAPIConverter, field: fields.Field, **_: Any) -> Json:
    """Return the schema of a field whose shape is the ledger's, else {}; add the schemas it refers to to the components."""
    if not isinstance(field, OfLedger):
        return {}
    shape, found = published(field.kind)
    _merge(converter.spec.components.schemas, found)
    if field.allow_none and "type" in shape:
        shape["type"] = [shape["type"], "null"]
    return shape


def complete(app: Flask, spec: Json, answers: Iterable[type[msgspec.Struct]]) -> Json:
    """Return the document with the shapes of answers and, for each operation, its id, signature, problems and examples added."""
    found: Json = orjson.loads(dumps(spec))  # smorest's has parts that several operations share
    _merge(found["components"]["schemas"], components([*answers, *problems.ALL, *event_shapes.SHAPES]))
    found["components"] |= {"headers": headers.components(), "parameters": headers.parameters()}
    found["servers"] = SERVERS
    found["x-private"] = event_shapes.private_shapes()
    found["x-problems"] = {
        kind.code: {"status": kind.status, "title_zh": kind.title_zh, "title_en": kind.title_en}
        for kind in CATALOGUE.values()
    }
    for rule in app.url_map.iter_rules():
        path = _CONVERTER.sub(r"{\1}", rule.rule)
        item = found["paths"].get(path, {})
        view = app.view_functions[rule.endpoint]
        wanted = access_of(view)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            operation = item.get(method.lower())
            if operation is None or wanted is None:
                continue
            operation["operationId"] = view.__name__
            _access(operation, wanted)
            parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
            _problems(operation, parameters, wanted)
            if is_personal(view):
                _may(operation, 429)
            examples.show(operation, parameters)
            headers.declare(path, method.lower(), operation)
    examples.show_problems(found["components"]["responses"])
    return found


def _merge(held: Json, more: Json) -> None:
    """Add shapes to those that the document has; two of one name must be one."""
    for name, shape in more.items():
        if held.setdefault(name, shape) != shape:
            raise RuntimeError(f"two shapes are called {name}")


def _access(operation: Json, wanted: Requirement) -> None:
    if wanted.is_public:
        operation["security"] = []
        return
    has_body = "requestBody" in operation
    operation["security"] = [BARE | ({"ContentDigest": []} if has_body else {})]
    operation["x-access"] = {"scopes": sorted(wanted.scopes), "roles": sorted(wanted.roles)}


def _problems(operation: Json, parameters: list[Json], wanted: Requirement) -> None:
    """Add the problems implied by an operation's access, path and body."""
    if not wanted.is_public:
        _may(operation, 401)
        if wanted.roles < ROLES or wanted.scopes < set(SCOPES):
            _may(operation, 403)
    if any(one["in"] == "path" or one["name"] == "cursor" for one in parameters):
        _may(operation, 404)
    if "requestBody" in operation:
        _may(operation, 400, 413, 415)


def _may(operation: Json, *statuses: int) -> None:
    for status in statuses:
        operation["responses"].setdefault(
            str(status), {"$ref": f"#/components/responses/{problems.name_of(status)}"}
        )
