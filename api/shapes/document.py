"""The OpenAPI document: what smorest makes of the routes, completed by signatures and the ledger's shapes."""

import re
from typing import Any

from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask
from flask_smorest import Api
from marshmallow import fields

from dengbu.api.edge.auth import access_of
from dengbu.api.shapes.of_ledger import OfLedger, published

SECURITY = "HttpSignature"
SCHEME = {
    "type": "apiKey",
    "in": "header",
    "name": "Signature",
    "description": (
        "RFC 9421, tag dengbu-http/v1, ed25519: @method @authority @path @query, and content-type and "
        "content-digest where there is a body; created, expires, nonce, keyid. Goes with Signature-Input."
    ),
}
_CONVERTER = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
Json = dict[str, Any]


def prepare(api: Api) -> None:
    """Let the document describe signatures, and show members whose shape is the ledger's as the ledger defines them."""
    api.spec.components.security_scheme(SECURITY, SCHEME)
    api.ma_plugin.converter.add_attribute_function(_as_the_ledger_has_it)


def _as_the_ledger_has_it(converter: OpenAPIConverter, field: fields.Field, **_: Any) -> Json:
    """Return the schema of a field whose shape is the ledger's, else {}; add the schemas it refers to to the components."""
    if not isinstance(field, OfLedger):
        return {}
    shape, components = published(field.kind)
    converter.spec.components.schemas.update(components)
    if field.allow_none and "type" in shape:
        shape["type"] = [shape["type"], "null"]
    return shape


def complete(app: Flask, found: Json) -> Json:
    """Return the document, with the signature and access that each operation needs added."""
    for rule in app.url_map.iter_rules():
        path = found["paths"].get(_CONVERTER.sub(r"{\1}", rule.rule), {})
        wanted = access_of(app.view_functions[rule.endpoint])
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if method.lower() in path and wanted is not None:
                _access(path[method.lower()], sorted(wanted.scopes), sorted(wanted.roles))
    return found


def _access(operation: Json, scopes: list[str], roles: list[str]) -> None:
    operation["security"] = [{SECURITY: []}] if scopes else []
    if scopes:
        operation["x-access"] = {"scopes": scopes, "roles": roles}
