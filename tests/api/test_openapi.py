"""The API against its own description, by generated requests: every answer is as described, and none is a 500."""

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from werkzeug.wrappers import Request

from dengbu.ledger.log import httpsig
from tests.api.town import AUTHORITY, MEMBERS, Caller, Town

MARK = "sign-me"
MARKED = dict.fromkeys(("Signature", "Signature-Input", "Content-Digest"), MARK)
SIGNING = ["HTTP_" + name.upper().replace("-", "_") for name in MARKED]
EXAMPLES = 6
SEED = 20261122
# A request of the right shape may still be refused: by the ledger (422), by its own precondition (412, 428), by a check
# of this institution (409), by its role (403), for what is not there (404), or for an event id used before.
STATUSES = ["2xx", "304", "400", "403", "404", "409", "412", "422", "428", "429"]
# Whatever is not of the right shape is refused for that, or before that is looked at, as a body that is too long (413).
NOT_TAKEN = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429"]
CONFIG = {
    "checks": {
        "positive_data_acceptance": {"expected-statuses": STATUSES},
        "negative_data_rejection": {"expected-statuses": NOT_TAKEN},
        "missing_required_header": {"expected-statuses": ["400", "403", "404", "422", "428"]},
    }
}


class Signing:
    """A WSGI app that signs the requests marked for it, as a client library would, and passes others on unchanged."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._count = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Sign and pass on."""
        if all(environ.get(name) == MARK for name in SIGNING):
            del environ["HTTP_CONTENT_DIGEST"]
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
            httpsig.Request(request.method, AUTHORITY, path, query, raw),
            environ.get("CONTENT_TYPE"),
            now,
            now + 60,
            nonce,
        )
        for name, value in signed.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value


CALLERS = [("hz-registry", "officer"), ("hz-tax", "officer"), ("bank-a", "officer"), ("bank-a", "auditor")]


@pytest.mark.parametrize("who", CALLERS, ids="-".join)
def test_every_operation_answers_as_described(city: Town, who: tuple[str, str]) -> None:
    """Try each operation as the first caller that may call it; test_access.py tests what the others get."""
    schema = schemathesis.openapi.from_wsgi(
        "/openapi.json", Signing(city.caller(*who)), config=SchemathesisConfig.from_dict(CONFIG)
    )
    exercised = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if _first_allowed(operation.definition.raw.get("x-access")) != who:
            continue
        exercised += 1
        _exercise(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        if _has_input(operation):
            with contextlib.suppress(Unsatisfiable):  # a free path or header cannot be wrong
                _exercise(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    assert exercised


def _first_allowed(wanted: dict[str, list[str]] | None) -> tuple[str, str]:
    for institution, scope in CALLERS:
        if wanted is None or (MEMBERS[institution] in wanted["roles"] and scope in wanted["scopes"]):
            return institution, scope
    raise AssertionError(f"nobody exercises {wanted}")


def _has_input(operation: Any) -> bool:
    parts = (operation.path_parameters, operation.headers, operation.query, operation.body)
    return any(len(part) for part in parts)


def _exercise(cases: SearchStrategy[Case]) -> None:
    @seed(SEED)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=cases)
    def answers_as_described(case: Case) -> None:
        if case.query and case.operation.path == "/v1/events":
            case.query.pop("wait", None)  # generated patience would only make the test slow
        case.call_and_validate(headers=MARKED)

    answers_as_described()


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
