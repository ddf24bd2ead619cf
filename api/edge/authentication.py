"""The check of every request before its route: signed by a known key, fresh, not replayed, and allowed here."""

import time

from flask import Flask, current_app, g, request

from dengbu.api.edge.access import Requirement, access_of
from dengbu.api.edge.errors import Problem
from dengbu.api.edge.state import State, state
from dengbu.ledger.log import httpsig
from dengbu.ledger.log.encoding import Malformed
from dengbu.nodes import logging_context
from dengbu.nodes.home.config import Client

CHALLENGE = f'Signature realm="dengbu", tag="{httpsig.TAG}"'


def install(app: Flask) -> None:
    """Check access before every request that has a route; a route that declares no access answers `forbidden`."""

    @app.before_request
    def check() -> None:
        if request.url_rule is None or request.endpoint is None:
            return  # the router answers 404 or 405
        wanted = access_of(current_app.view_functions[request.endpoint])
        if wanted is None:
            raise Problem("forbidden")
        if wanted.is_public:
            return
        g.client = authenticate(state())
        logging_context.add(caller=g.client.key, officer=g.client.officer)
        _authorise(wanted, g.client)


def _authorise(wanted: Requirement, client: Client) -> None:
    role = state().node.role
    if role not in wanted.roles:
        raise Problem(
            "forbidden",
            f"此操作不由本机构({role})办理。",
            f"An institution with the role {role} does not do this.",
        )
    if not wanted.scopes & set(client.scopes):
        scopes = ", ".join(sorted(wanted.scopes))
        raise Problem(
            "forbidden", f"此密钥缺少所需权限({scopes})。", f"This key lacks the scope needed: {scopes}."
        )


def authenticate(held: State) -> Client:
    """Return the client whose key signed this request. Raises Problem unsigned, signature-refused or replayed."""
    try:
        claimed = httpsig.key_id_of(request.headers)
    except Malformed as fault:
        raise _refused(fault) from fault
    if claimed is None:
        raise Problem("unsigned", headers={"WWW-Authenticate": CHALLENGE})
    client = held.node.client(claimed)
    if client is None:
        raise Problem(
            "signature-refused",
            "密钥未在本节点登记。",
            "The key is not registered at this node.",
            headers={"WWW-Authenticate": CHALLENGE},
        )
    try:
        signed = _verify(held, client)
    except (Malformed, httpsig.Unsigned) as fault:
        raise _refused(fault) from fault
    if not held.tables.nonces.take(
        signed.key_id, signed.nonce, signed.expires + httpsig.SKEW_S, int(time.time())
    ):
        raise Problem("replayed", headers={"WWW-Authenticate": CHALLENGE})
    return client


def _verify(held: State, client: Client) -> httpsig.SignedRequest:
    """Verify the request as it came over the wire, but with an authority of this node's own, whatever Host says."""
    target = request.environ.get("REQUEST_URI") or request.full_path
    path, _, query = target.partition("?")
    authority = request.host.lower() if request.host.lower() in held.authorities else held.authorities[0]
    asked = httpsig.Request(request.method, authority, path, query, request.get_data())
    return httpsig.verify_request(client.public, asked, request.headers, int(time.time()))


def _refused(fault: Malformed | httpsig.Unsigned) -> Problem:
    return Problem(
        "signature-refused",
        f"请求签名未通过({fault.code})。",
        f"{fault.code}: {fault.message}",
        headers={"WWW-Authenticate": CHALLENGE},
    )
