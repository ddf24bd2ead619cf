"""Any bad input gives a 4xx problem that says what, where and what to do, never a 500; headers are on everything."""

import json
import re
from typing import Any

import pytest
from markupsafe import escape
from werkzeug.test import TestResponse

from dengbu.api.body_size import BODY_BYTES_MAX
from dengbu.api.edge.headers import HEADERS
from tests.api.town import AUTHORITY, Town

APPLICATION = {
    "district": "441302",
    "channel": "outlet",
    "acts": [{"act": "mortgage.discharge", "mortgage": "M-441302-20260101-999999-1"}],
}


def _problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json()
    assert problem["code"] == code, problem
    assert problem["type"] == f"/problems/{code}"
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert all(
        problem[name] for name in ("title_zh", "title_en", "detail_zh", "detail_en", "action_zh", "action_en")
    )
    return problem


def test_wrong_content_type_is_415(city: Town) -> None:
    for content_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "json",
    ):
        answer = city.caller("bank-a").post(
            "/v1/cases", json.dumps(APPLICATION).encode(), Content_Type=content_type
        )
        _problem(answer, 415, "unsupported-media-type")


def test_a_large_body_is_413(city: Town) -> None:
    raw = b'{"district":"' + b"1" * BODY_BYTES_MAX + b'"}'
    _problem(city.caller("bank-a").post("/v1/cases", raw), 413, "body-too-large")


def test_large_headers_are_431(city: Town) -> None:
    _problem(city.caller("bank-a").get("/v1/cases", X_Padding="x" * 9000), 431, "header-too-large")


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"nonsense",
        b'{"a":NaN}',
        b"\xff\xfe",
        b'{"a":"\\ud800"}',
        b"[" * 5000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"district":"441302"} trailing',
    ],
)
def test_what_is_not_json_is_400_and_says_where(city: Town, raw: bytes) -> None:
    problem = _problem(city.caller("bank-a").post("/v1/cases", raw), 400, "malformed-request")
    assert problem["errors"][0]["in"] == "body"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/district"),
        ([], "#"),
        ("text", "#"),
        ({**APPLICATION, "district": 441302}, "#/district"),
        ({**APPLICATION, "surprise": 1}, "#/surprise"),
        ({**APPLICATION, "acts": []}, "#/acts"),
        ({**APPLICATION, "acts": [{"act": "unknown"}]}, "#/acts/0/act"),
        ({**APPLICATION, "acts": [{"act": "mortgage.discharge"}]}, "#/acts/0"),
        ({**APPLICATION, "acts": [{"act": "mortgage.discharge", "mortgage": 7}]}, "#/acts/0/mortgage"),
        ({**APPLICATION, "private": {"Bad Name": {"value": 1, "to": ["bank-a"]}}}, "#/private/Bad Name/key"),
        ({**APPLICATION, "private": {"terms": {"value": 1, "to": []}}}, "#/private/terms/value/to"),
        ({**APPLICATION, "private": {"terms": {"to": ["bank-a"]}}}, "#/private/terms/value/value"),
    ],
)
def test_a_wrong_shape_is_422_and_points_at_it(city: Town, body: object, pointer: str) -> None:
    problem = _problem(
        city.caller("bank-a").post("/v1/cases", json.dumps(body).encode()), 422, "invalid-request"
    )
    assert pointer in [each["pointer"] for each in problem["errors"]], problem["errors"]


@pytest.mark.parametrize("value", [1.5, 2**60, "e\u0301"])
def test_a_private_value_outside_the_ledgers_profile_is_422(city: Town, value: object) -> None:
    body = {**APPLICATION, "private": {"terms": {"value": {"x": value}, "to": ["bank-a"]}}}
    _problem(city.caller("bank-a").post("/v1/cases", body), 422, "invalid-request")


@pytest.mark.parametrize(
    "target",
    [
        "/v1/cases?limit=0",
        "/v1/cases?limit=101",
        "/v1/cases?limit=ten",
        "/v1/cases?state=gone",
        "/v1/cases?mine=maybe",
        "/v1/cases?sate=accepted",
        "/v1/events?after=-2",
        "/v1/events?after=1e3",
        "/v1/events?wait=31",
        "/v1/events?unit=1",
        "/v1/events?after=" + "9" * 40,
        "/v1/mortgages",
        "/v1/mortgages?mortgagee=bank-b",
    ],
)
def test_a_wrong_query_is_422_and_names_the_parameter(city: Town, target: str) -> None:
    problem = _problem(city.caller("bank-a").get(target), 422, "invalid-request")
    assert problem["errors"][0]["in"] == "query"


def test_paths_that_lead_nowhere_are_404_and_wrong_methods_405(city: Town) -> None:
    caller = city.caller("bank-a")
    for target in (
        "/v1",
        "/v1/cases/",
        "/v1/cases/1",
        "/v1/units/1",
        "/v1/units/%00",
        "/v1/receipts/x",
        "/v2/cases",
        "/v1/cases?cursor=foreign",
        "/v1/tile/0/999",
        "/v1/tile/0/../../etc",
        "/problems/none",
    ):
        _problem(caller.get(target), 404, "not-found")
    answer = caller.call("DELETE", "/v1/cases")
    _problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET, HEAD, POST"
    assert caller.call("OPTIONS", "/v1/cases").status_code == 405


def test_language_follows_the_caller_and_both_are_there(city: Town) -> None:
    chinese = city.caller("bank-a").get("/v1/cases/none").get_json()
    english = city.caller("bank-a").get("/v1/cases/none", Accept_Language="en-GB,en").get_json()
    assert chinese["title"] == chinese["title_zh"] == "未找到"
    assert english["title"] == english["title_en"] == "Not found"


def test_an_unforeseen_error_is_a_500_that_says_nothing(
    city: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    app, caller = city.apps["bank-a"], city.caller("bank-a")
    endpoint = "cases.list_cases"
    kept = app.view_functions[endpoint]

    def broken(**_: object) -> None:
        raise RuntimeError("SECRET-CANARY in /etc/passwd")

    broken.__dict__.update(kept.__dict__)
    app.view_functions[endpoint] = broken
    try:
        answer = caller.get("/v1/cases")
    finally:
        app.view_functions[endpoint] = kept
    _problem(answer, 500, "internal")
    assert "CANARY" not in answer.text
    assert "RuntimeError" not in answer.text
    assert "CANARY" not in capsys.readouterr().err


def test_security_headers_are_on_every_answer(city: Town) -> None:
    client = city.apps["bank-a"].test_client()
    caller = city.caller("bank-a")
    answers = [
        client.get(path, base_url=f"http://{AUTHORITY}")
        for path in (
            "/healthz",
            "/readyz",
            "/metrics",
            "/version",
            "/openapi.json",
            "/problems",
            "/v1/checkpoint",
            "/v1/policy.txt",
            "/nowhere",
            "/v1/cases",
        )
    ]
    answers += [caller.get("/v1/cases"), caller.post("/v1/cases", b"{")]
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
        assert "Server" not in answer.headers
        assert answer.headers["X-Request-ID"]
        assert "Set-Cookie" not in answer.headers
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_request_id_is_kept_only_where_it_has_the_form_of_one(city: Town) -> None:
    caller = city.caller("bank-a")
    assert caller.get("/v1/cases", X_Request_ID="abcd-1234").headers["X-Request-ID"] == "abcd-1234"
    numbers = (
        "11010519491231002X",
        "110105491231002",
        "13800000000",
        "outlet-13800000000",
        "11010519491231002X.7",
    )
    for refused in ("<script>", "short", "x" * 65, "two words", *numbers):
        assert caller.get("/v1/cases", X_Request_ID=refused).headers["X-Request-ID"] != refused


def test_problem_pages_are_html_or_json(city: Town) -> None:
    client = city.apps["bank-a"].test_client()
    listed = client.get("/problems").get_json()["items"]
    for item in listed:
        page = client.get(item["type"], headers={"Accept": "text/html"})
        assert page.content_type == "text/html; charset=utf-8"
        for said in ("title_zh", "title_en", "action_zh", "action_en"):
            assert escape(item[said]) in page.text
        assert client.get(item["type"]).get_json() == item
    page = client.get("/problems", headers={"Accept": "text/html"})
    assert sorted(re.findall(r'href="(/problems/[a-z-]+)"', page.text)) == sorted(
        item["type"] for item in listed
    )


def test_no_identifier_is_in_logs_or_figures(city: Town, caplog: pytest.LogCaptureFixture) -> None:
    unit = "441302001001GB00077F00010001"
    with caplog.at_level("INFO"):
        city.caller("bank-a").get(f"/v1/units/{unit}")
    ours = [record for record in caplog.records if record.name == "dengbu.api"]
    assert any(record.__dict__.get("route") == "/v1/units/<code>" for record in ours)
    assert unit not in " ".join(str(record.__dict__) for record in ours)
    figures = city.apps["bank-a"].test_client().get("/metrics").text
    assert 'route="/v1/units/<code>"' in figures
    assert unit not in figures


def test_health_version_and_log_files_answer_unsigned(city: Town) -> None:
    client = city.apps["bank-b"].test_client()
    assert client.get("/healthz").data == b"ok\n"
    ready = client.get("/readyz")
    assert ready.status_code == 200, ready.text
    assert ready.get_json()["checks"]
    assert client.get("/version").get_json()["institution"] == "bank-b"
    assert client.get("/v1/policy.txt").text.startswith("log ")
    assert client.get("/v1/checkpoint").text.startswith(city.nodes["bank-b"].net)
    size = city.nodes["bank-b"].final_size
    tile = client.get(f"/v1/tile/0/000.p/{size}" if size < 256 else "/v1/tile/0/000")
    assert len(tile.data) == 32 * min(size, 256)
    assert client.get("/v1/tile/0/000.p/255").status_code in (200, 404)
    assert client.get("/v1/tile/entries/000.p/1").status_code == 401


def test_entries_are_for_auditors(city: Town) -> None:
    assert city.caller("bank-b", "officer").get("/v1/tile/entries/000.p/1").status_code == 403
    answer = city.caller("bank-b", "auditor").get("/v1/tile/entries/000.p/1")
    assert answer.status_code == 200
    assert b"network.genesis" in answer.data
