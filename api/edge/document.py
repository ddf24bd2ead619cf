"""The OpenAPI document: what smorest made of the routes, and what only we know: signatures and the acts'
shapes."""

import re
from typing import Any

import msgspec
from flask import Flask

from dengbu.api.edge.auth import access_of
from dengbu.ledger.catalogue import AnyAct
from dengbu.ledger.rules.representation import Agents

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


def complete(app: Flask, found: Json) -> Json:
    """The document with acts as the ledger has them, and each operation's need of a signature."""
    _acts(found["components"]["schemas"])
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


def _acts(schemas: Json) -> None:
    (any_act, agents), components = msgspec.json.schema_components(
        [AnyAct, Agents], ref_template="#/components/schemas/{name}"
    )
    schemas.update(_ecma(components))
    schemas["CaseIn"]["properties"]["acts"] = {
        "type": "array",
        "minItems": 1,
        "maxItems": 16,
        "items": any_act,
    }
    schemas["CaseIn"]["properties"]["agents"] = agents


def _ecma(value: Any) -> Any:
    """The schema with Python's end-of-text written as ECMA-262 does."""
    if isinstance(value, dict):
        return {name: _ecma(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_ecma(each) for each in value]
    return value.replace(r"\Z", "$") if isinstance(value, str) else value
