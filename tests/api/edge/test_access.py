"""Who may call what: signatures, replay, scopes and roles, which every route must declare."""

import pkgutil
import secrets
import time
from collections.abc import Iterator

import pytest
from flask import Flask

from dengbu.api import routes as routes_package
from dengbu.api.edge.access import access, access_of, public, require_declared
from dengbu.ledger.log import httpsig
from dengbu.ledger.log.keys import Signer
from dengbu.nodes.home.config import SCOPES
from tests.api.town import AUTHORITY, MEMBERS, Caller, Town

CASE, UNIT, ACTOR = "441302-20260101-000001", "441302001001GB00099F00010001", "hz-registry"
PATHS = {
    "number": CASE,
    "code": UNIT,
    "actor": ACTOR,
    "event_id": "nothing",
    "index": "0",
    "level": "0",
    "place": "000",
}


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Return method, filled-in path and endpoint of every route."""
    for rule in app.url_map.iter_rules():
        values = {name: PATHS[name] for name in rule.arguments}
        path = rule.rule
        for name, value in values.items():
            for form in (f"<{name}>", f"<int:{name}>", f"<path:{name}>"):
                path = path.replace(form, value)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield method, path, rule.endpoint


def test_every_route_declares_its_access(city: Town) -> None:
    for app in city.apps.values():
        for endpoint, view in app.view_functions.items():
            assert access_of(view) is not None, endpoint


def test_every_file_of_routes_is_listed() -> None:
    files = {one.name for one in pkgutil.iter_modules(routes_package.__path__)}
    assert {blp.import_name.rpartition(".")[2] for blp in routes_package.BLUEPRINTS} == files


def test_an_app_with_an_undeclared_route_is_refused() -> None:
    app = Flask("undeclared", static_folder=None)
    app.add_url_rule("/open", "open", public(lambda: ""))
    require_declared(app)
    app.add_url_rule("/forgotten", "forgotten", lambda: "")
    with pytest.raises(RuntimeError, match="forgotten"):
        require_declared(app)


def test_access_takes_known_scopes_and_roles_only() -> None:
    for wrong in (lambda: access(), lambda: access("root"), lambda: access("officer", roles=("king",))):
        with pytest.raises(ValueError, match="unknown access"):
            wrong()


@pytest.mark.parametrize("institution", MEMBERS)
@pytest.mark.parametrize("scope", SCOPES)
def test_role_and_scope_matrix(city: Town, institution: str, scope: str) -> None:
    """For every route, role and scope: 403 exactly where the declaration says no, never 401 or 500."""
    app, caller = city.apps[institution], city.caller(institution, scope)
    for method, path, endpoint in routes(app):
        wanted = access_of(app.view_functions[endpoint])
        assert wanted is not None
        allowed = wanted.is_public or (MEMBERS[institution] in wanted.roles and scope in wanted.scopes)
        answer = caller.call(method, path)
        assert answer.status_code < 500, (method, path, answer.text)
        assert (answer.status_code == 403) != allowed, (method, path, answer.status_code)
        assert answer.status_code != 401


def test_without_a_signature_only_public_routes_answer(city: Town) -> None:
    app = city.apps["bank-a"]
    for method, path, endpoint in routes(app):
        wanted = access_of(app.view_functions[endpoint])
        answer = app.test_client().open(path, method=method, base_url=f"http://{AUTHORITY}")
        assert wanted is not None
        assert (answer.status_code == 401) != wanted.is_public, (method, path)
        if answer.status_code == 401:
            assert answer.get_json()["code"] == "unsigned"
            assert "WWW-Authenticate" in answer.headers


def _refused(caller: Caller, headers: dict[str, str], target: str = "/v1/institutions") -> str:
    answer = caller.app.test_client().get(target, headers=headers, base_url=f"http://{AUTHORITY}")
    assert answer.status_code == 401, answer.text
    return str(answer.get_json()["code"])


def test_a_signature_serves_once(city: Town) -> None:
    caller = city.caller("bank-a")
    headers = caller.signature("GET", "/v1/institutions", b"", None)
    client = caller.app.test_client()
    assert client.get("/v1/institutions", headers=headers, base_url=f"http://{AUTHORITY}").status_code == 200
    assert _refused(caller, headers) == "replayed"


def test_a_signature_is_for_one_target_and_method(city: Town) -> None:
    caller = city.caller("bank-a")
    assert _refused(caller, caller.signature("GET", "/v1/cases", b"", None)) == "signature-refused"
    assert _refused(caller, caller.signature("POST", "/v1/institutions", b"", None)) == "signature-refused"
    assert (
        _refused(caller, caller.signature("GET", "/v1/institutions?limit=1", b"", None))
        == "signature-refused"
    )


def test_a_signature_for_another_host_is_refused_whatever_the_host_header_says(city: Town) -> None:
    caller = city.caller("bank-a")
    now = int(time.time())
    headers = httpsig.sign_request(
        caller.signer,
        httpsig.Request("GET", "evil.test", "/v1/institutions", "", b""),
        None,
        now,
        now + 60,
        secrets.token_urlsafe(16),
    )
    answer = caller.app.test_client().get("/v1/institutions", headers=headers, base_url="http://evil.test")
    assert answer.status_code == 401
    assert answer.get_json()["code"] == "signature-refused"


@pytest.mark.parametrize(("created", "expires"), [(-3600, -3000), (3000, 3060), (0, 86_400)])
def test_a_signature_out_of_its_time_is_refused(city: Town, created: int, expires: int) -> None:
    caller = city.caller("bank-a")
    now = int(time.time())
    headers = httpsig.sign_request(
        caller.signer,
        httpsig.Request("GET", AUTHORITY, "/v1/institutions", "", b""),
        None,
        now + created,
        now + expires,
        secrets.token_urlsafe(16),
    )
    assert _refused(caller, headers) == "signature-refused"


def test_an_unknown_key_and_another_nodes_client_are_refused(city: Town) -> None:
    stranger = Caller(city.apps["bank-a"], Signer(secrets.token_bytes(32)))
    assert stranger.get("/v1/institutions").get_json()["code"] == "signature-refused"
    neighbour = Caller(city.apps["bank-a"], city.caller("bank-b").signer)
    assert neighbour.get("/v1/institutions").status_code == 401


def test_a_body_changed_after_signing_is_refused(city: Town) -> None:
    caller = city.caller("bank-a")
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": "changed-1",
        **caller.signature("POST", "/v1/cases", b'{"a":1}', "application/json"),
    }
    answer = caller.app.test_client().post(
        "/v1/cases", data=b'{"a":2}', headers=headers, base_url=f"http://{AUTHORITY}"
    )
    assert answer.status_code == 401
    assert answer.get_json()["code"] == "signature-refused"


@pytest.mark.parametrize("garbage", ["", "x", "sig=:AAAA:", "dengbu=::", "é", "dengbu=:" + "A" * 4000 + ":"])
def test_garbage_for_a_signature_is_refused(city: Town, garbage: str) -> None:
    caller = city.caller("bank-a")
    headers = caller.signature("GET", "/v1/institutions", b"", None)
    for name in ("Signature", "Signature-Input"):
        answer = caller.app.test_client().get(
            "/v1/institutions", headers={**headers, name: garbage}, base_url=f"http://{AUTHORITY}"
        )
        assert answer.status_code == 401, (name, answer.text)
