"""Parts of the API that need no node: cursors, buckets, figures, log lines, nonces, idempotency."""

import json
import logging
import re
from pathlib import Path

import pytest
from flask import Flask

from dengbu.api.edge import logs, paging, problem
from dengbu.api.edge.buckets import Buckets, Spent, headers
from dengbu.api.edge.database import Database
from dengbu.api.edge.encoding import NotJson, loads
from dengbu.api.edge.errors import CATALOGUE, Problem
from dengbu.api.edge.idempotency import Request, Requests, key_of
from dengbu.api.edge.metrics import Answered, Metrics
from dengbu.api.edge.nonces import Nonces
from dengbu.api.edge.problem import flatten
from dengbu.nodes.home.rate_limits import Rate
from dengbu.nodes.store.connection import FatalStorage


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "api.db")


def test_cursor_goes_round_and_a_foreign_one_is_not_found() -> None:
    assert paging.row_of(paging.encode_cursor("120")) == 120
    assert paging.row_of(None) == 0
    for foreign in (
        "",
        "====",
        "é",
        "MTIw=",
        "LTE",
        paging.encode_cursor("1" * 19),
        paging.encode_cursor("x"),
    ):
        with pytest.raises(Problem, match="not-found"):
            paging.row_of(foreign)


def test_bucket_empties_and_refills() -> None:
    now = [0.0]
    rate = Rate(burst=2, per_minute=30)
    buckets = Buckets(rate, clock=lambda: now[0])
    assert buckets.take("a") == Spent(rate, wait_s=0.0, left=1, full_s=2.0)
    assert buckets.take("a") == Spent(rate, wait_s=0.0, left=0, full_s=4.0)
    assert buckets.take("a") == Spent(rate, wait_s=2.0, left=0, full_s=4.0)
    assert buckets.take("b").wait_s == 0.0
    now[0] = 2.0
    assert buckets.take("a").wait_s == 0.0
    assert buckets.take("a").wait_s > 0


def test_an_answer_tells_of_every_bucket_it_took_from() -> None:
    buckets = Buckets(Rate(burst=600, per_minute=60), clock=lambda: 0.0)
    one, other = buckets.take("a"), buckets.take("a")
    assert headers([("writes", one), ("personal-reads", other)]) == {
        "RateLimit-Policy": '"writes";q=600;w=600, "personal-reads";q=600;w=600',
        "RateLimit": '"writes";r=599;t=1, "personal-reads";r=598;t=2',
    }
    assert headers([]) == {}


def test_metrics_text_has_types_buckets_and_escaped_labels() -> None:
    metrics = Metrics()
    metrics.gauge("dengbu_log_entries", "Now.", lambda: 3)
    metrics.checks(lambda: {"db": True, "disk": False})
    metrics.answered(Answered("GET", '/a"\\\n', 200, 0.02, "", ()))
    text = metrics.text().decode()
    count = 'dengbu_http_requests_total{method="GET",route="/a\\"\\\\\\n",status="200"} 1.0\n'
    assert f"# TYPE dengbu_http_requests_total counter\n{count}" in text
    bucket = 'dengbu_http_request_seconds_bucket{le="%s",route="/a\\"\\\\\\n"} %s\n'
    assert bucket % ("0.01", "0.0") + bucket % ("0.025", "1.0") in text
    assert bucket % ("+Inf", "1.0") in text
    assert "dengbu_log_entries 3.0\n" in text
    assert 'dengbu_check_ok{check="db"} 1.0\ndengbu_check_ok{check="disk"} 0.0\n' in text


def test_made_up_methods_make_no_series_of_their_own() -> None:
    metrics = Metrics()
    for method in ("GET", "BREW", "X" * 50):
        metrics.answered(Answered(method, "-", 405, 0.01, "", ()))
    found = re.findall(r'requests_total\{method="(\w+)"', metrics.text().decode())
    assert sorted(found) == ["GET", "other"]


def test_the_names_of_the_figures_are_kept_and_two_apps_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.answered(Answered("GET", "/a", 429, 0.02, "too-many-requests", ("writes",)))
    names = re.findall(r"^# TYPE (dengbu\S+) (\S+)$", one.text().decode(), re.MULTILINE)
    assert names == [
        ("dengbu_http_requests_total", "counter"),
        ("dengbu_http_request_seconds", "histogram"),
        ("dengbu_http_problems_total", "counter"),
        ("dengbu_http_rate_limited_total", "counter"),
    ]
    assert 'dengbu_http_problems_total{code="too-many-requests"} 1.0' in one.text().decode()
    assert 'dengbu_http_rate_limited_total{policy="writes"} 1.0' in one.text().decode()
    assert "dengbu_http_requests_total{" not in other.text().decode()


def test_a_log_line_is_json_and_takes_no_unknown_field() -> None:
    record = logging.LogRecord("dengbu.api", logging.INFO, "", 0, "http.request", (), None)
    record.route, record.name_of_person = "/v1/cases/<number>", "测试甲"
    line = json.loads(logs.JsonLines().format(record))
    assert line["event"] == "http.request"
    assert line["route"] == "/v1/cases/<number>"
    assert "测试甲" not in json.dumps(line, ensure_ascii=False)
    with pytest.raises(ValueError, match="not a log field"):
        logs.event("x", unit="441302001001GB00001F00010001")


def test_a_library_message_is_logged_without_what_fills_it_in() -> None:
    record = logging.LogRecord("waitress", logging.WARNING, "", 0, "bad request %s", ("测试甲",), None)
    assert "测试甲" not in logs.JsonLines().format(record)


def test_a_nonce_is_taken_once_per_key_and_forgotten_when_it_expires(
    database: Database, tmp_path: Path
) -> None:
    nonces = Nonces(database)
    assert nonces.take("k", "n", 100, 50)
    assert not nonces.take("k", "n", 100, 50)
    assert nonces.take("other", "n", 100, 50)
    database.close()
    assert not Nonces(Database(tmp_path / "api.db")).take("k", "n", 100, 50), "a restart must not forget"
    fresh = Nonces(Database(tmp_path / "api.db"))
    assert fresh.take("k", "m", 300, 200)
    assert fresh.take("k", "n", 300, 200), "expired, so it may come again"


def test_same_request_gets_its_envelope_and_another_is_refused(database: Database) -> None:
    requests = Requests(database)
    first = Request("id-1", "key", "POST /v1/cases", b"{}")
    assert requests.begin(first) is None
    with pytest.raises(Problem, match="request-in-progress"):
        requests.begin(first)
    requests.signed("id-1", b"envelope")
    assert requests.begin(first) == b"envelope"
    assert requests.begin(Request("id-1", "other", "POST /v1/cases", b"{}")) == b"envelope"
    for other in (
        Request("id-1", "key", "POST /v1/cases", b"{ }"),
        Request("id-1", "key", "POST /v1/titles", b"{}"),
        Request("id-1", "other", "POST /v1/cases", b"{ }"),
    ):
        with pytest.raises(Problem, match="idempotency-key-reused"):
            requests.begin(other)
    requests.forget("id-1")
    assert requests.begin(first) is None


def test_a_request_cut_off_before_it_was_signed_is_free_again(database: Database, tmp_path: Path) -> None:
    Requests(database).begin(Request("id-1", "key", "POST /v1/cases", b"{}"))
    database.close()
    again = Requests(Database(tmp_path / "api.db"))
    assert again.begin(Request("id-1", "key", "POST /v1/titles", b"{}")) is None


def test_no_body_is_kept_in_the_clear(database: Database, tmp_path: Path) -> None:
    Requests(database).begin(Request("id-1", "key", "POST /v1/titles", b'{"id_no":"TEST-CANARY-1"}'))
    database.close()
    for path in tmp_path.iterdir():
        assert b"TEST-CANARY-1" not in path.read_bytes()


@pytest.mark.parametrize("header", [None, "", "a b", "é", "x" * 65, "a/b"])
def test_idempotency_key_must_be_there_and_well_formed(header: str | None) -> None:
    with pytest.raises(Problem, match="idempotency-key-required"):
        key_of(header)


def test_nested_messages_become_pointers() -> None:
    nested = {"acts": {0: {"a/b": ["Missing data for required field."]}}, "_schema": ["Invalid input type."]}
    assert flatten(nested) == [
        {"in": "body", "pointer": "#/acts/0/a~1b", "detail": "缺少必填项。 Missing data for required field."},
        {"in": "body", "pointer": "#", "detail": "应为对象。 Invalid input type."},
    ]


def test_every_problem_says_what_and_what_to_do_in_both_languages() -> None:
    for kind in CATALOGUE.values():
        assert 400 <= kind.status < 600
        assert all((kind.title_zh, kind.title_en, kind.action_zh, kind.action_en)), kind.code
        assert kind.title_en.isascii(), kind.code
        assert kind.action_en.isascii(), kind.code


def test_a_storage_that_fails_is_unavailable_and_says_what_to_do(database: Database) -> None:
    """The disk is full, or the file is closed because the node is ending: 503. A bug of ours stays a 500."""
    app = Flask(__name__)
    problem.install(app)
    database.close()

    @app.route("/closed")
    def closed() -> str:
        return str(database.rows("SELECT 1"))

    @app.route("/full")
    def full() -> str:
        raise FatalStorage("ledger.db", "SQLITE_FULL: database or disk is full")

    @app.route("/bug")
    def bug() -> str:
        raise KeyError("测试甲")

    client = app.test_client()
    for path in ("/closed", "/full"):
        answer = client.get(path)
        assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
        assert answer.headers["Retry-After"] == str(problem.STORAGE_RETRY_AFTER_S)
        assert "磁盘已满" in answer.json["detail_zh"]
        assert "same Idempotency-Key" in answer.json["detail_en"]
        assert "ledger.db" not in answer.text
    answer = client.get("/bug")
    assert (answer.status_code, answer.json["code"]) == (500, "internal")
    assert "测试甲" not in answer.text


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a":1,"b":2,"a":null}',
        '{"a":[{"b":{"c":1,"c":2}}]}',
        '{"a":1,"\\u0061":2}',
        '{"":1,"":2}',
    ],
)
def test_a_member_that_stands_twice_is_refused(text: str) -> None:
    with pytest.raises(NotJson, match="twice"):
        loads(text.encode())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a":{"a":1},"b":{"a":[{"a":2}]}}', {"a": {"a": 1}, "b": {"a": [{"a": 2}]}}),
        ('{"a":1,"A":2,"a ":3}', {"a": 1, "A": 2, "a ": 3}),
        ("8100.0", 8100),
        ('{"n":' + "9" * 5000 + "}", None),
    ],
)
def test_what_stands_once_is_read(text: str, value: object) -> None:
    if value is None:  # a number that nothing can hold is no integer, and no error of ours
        with pytest.raises(NotJson):
            loads(text.encode())
        return
    assert loads(text.encode()) == value
