"""The API against its own description, by generated requests: nothing answers otherwise than it says, or with
a 500."""

import hashlib
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from werkzeug.wrappers import Request

from ledger import httpsig
from tests.api.town import AUTHORITY, Caller, Town

MARK = "sign-me"
EXAMPLES = 12


class Signing:
    """A WSGI app that signs requests marked for it, as a client library would; others pass as they are."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._count = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Sign and pass on."""
        if environ.get("HTTP_SIGNATURE") == MARK:
            self._sign(environ)
        return self._caller.app(environ, start)

    def _sign(self, environ: dict[str, Any]) -> None:
        request = Request(environ)
        raw = request.get_data()
        environ["HTTP_HOST"] = AUTHORITY
        target = environ.get("REQUEST_URI") or request.full_path
        path, _, query = target.partition("?")
        now = int(time.time())
        self._count += 1
        nonce = hashlib.sha256(f"{id(self)} {time.time_ns()} {self._count}".encode()).hexdigest()[:32]
        signed = httpsig.sign_request(
            self._caller.signer,
            request.method,
            AUTHORITY,
            path,
            query,
            environ.get("CONTENT_TYPE"),
            raw,
            now,
            now + 60,
            nonce,
        )
        for name, value in signed.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value


class Mark:
    """Marks every generated request for signing; the check of ignored auth takes the mark away again."""

    def get(self, case: Case, ctx: schemathesis.AuthContext) -> str:
        """The mark."""
        return MARK

    def set(self, case: Case, data: str, ctx: schemathesis.AuthContext) -> None:
        """Put it on."""
        case.headers = {**(case.headers or {}), "Signature": data}


@pytest.fixture(
    params=[
        ("hz-registry", "officer"),
        ("bank-a", "officer"),
        ("hz-tax", "officer"),
        ("hz-registry", "auditor"),
    ],
    ids=lambda pair: "-".join(pair),
)
def api(request: pytest.FixtureRequest, city: Town) -> Any:
    """The description as one caller's app gives it."""
    schema = schemathesis.openapi.from_wsgi("/openapi.json", Signing(city.caller(*request.param)))
    schema.auth.register()(Mark)
    return schema


schema = schemathesis.pytest.from_fixture("api")


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_operation_answers_as_described(case: Case) -> None:
    if case.operation.path == "/v1/events" and case.method == "GET" and case.query:
        case.query.pop("wait", None)  # generated patience would only make the test slow
    case.call_and_validate()


def test_the_document_is_whole(city: Town) -> None:
    found = city.apps["bank-a"].test_client().get("/openapi.json").get_json()
    assert found["openapi"] == "3.1.0"
    text = str(found)
    assert r"\Z" not in text
    assert "DEFAULT_ERROR" in found["components"]["responses"]
    assert "application/problem+json" in found["components"]["responses"]["DEFAULT_ERROR"]["content"]
    assert {"Transfer", "MortgageSet", "UnitFirst"} <= found["components"]["schemas"].keys()
    for path, item in found["paths"].items():
        for method, operation in item.items():
            if method in ("get", "post"):
                assert "security" in operation, (method, path)
                assert operation.get("summary"), (method, path)
