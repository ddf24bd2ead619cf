"""A day at five institutions, in which every operation of the API is called once: what was sent, answered, and held by the log."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from werkzeug.test import TestResponse

from dengbu.api.edge.encoding import dumps, loads
from dengbu.ledger.log.envelope import parse_envelope
from dengbu.nodes.home.config import Officer
from tests.api.described import operations
from tests.api.routes.test_tax import BUYER, DUE, SELLER, YUAN, cited, private
from tests.api.shapes.sampling import Sampler
from tests.api.town import AUTHORITY, Town, loan, mortgage_of, sale_of

Json = dict[str, Any]
REGISTRY, TAX, BANK, COURT = "hz-registry", "hz-tax", "bank-a", "hz-court"
FAR = "2031-03-03"


@dataclass
class Story:
    """Calls operations by their names and keeps, of each, the first call as a sample."""

    town: Town
    document: Json
    sampler: Sampler = field(default_factory=Sampler)
    operations: Json = field(default_factory=dict)
    problems: Json = field(default_factory=dict)
    sent: dict[str, tuple[str, Json]] = field(
        default_factory=dict
    )  # by operation, of the first call: who sent what
    held: list[tuple[str, Json, Json]] = field(
        default_factory=list
    )  # operation, what was sent, what the log holds

    def __post_init__(self) -> None:
        self._places = {one["operationId"]: (method, path) for method, path, one in operations(self.document)}

    def call(
        self,
        name: str,
        who: str,
        *,
        path: Json | None = None,
        query: Json | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        """Call an operation as an officer of an institution, or as `institution/scope`, and keep it as a sample."""
        sent = {
            "path": path or {},
            "query": query or {},
            "headers": self._headers(name, headers or {}),
            "body": body,
        }
        answer = self.send(name, who, sent)
        assert answer.status_code in (200, 201), f"{name}: {answer.status_code} {answer.text}"
        self.sent.setdefault(name, (who, sent))
        kept = self.operations.setdefault(
            name, {part: self.sampler(given) for part, given in sent.items() if given not in ({}, None)}
        )
        for one, value in sent[
            "query"
        ].items():  # of each parameter an example, from whichever call has it first
            kept.setdefault("query", {}).setdefault(one, self.sampler(value))
        self.keep(name, answer)
        if answer.status_code == 201:
            self._keep_what_is_held(name, sent, answer.get_json()["index"])
        return answer

    def keep(self, name: str, answer: TestResponse) -> None:
        """Keep an answer of an operation as a sample, the first of its status and kind."""
        kind = f"{answer.status_code} {answer.mimetype}"
        kept = self.operations[name].setdefault("answers", {})
        if kind not in kept:
            kept[kind] = self._shown(answer)

    def keep_stream(self, begun: str, data: str) -> None:
        """Keep the beginning of the feed as a stream, up to the data of its first entry, as a sample."""
        shown = dumps(self.sampler(loads(data.encode()))).decode()
        self.operations["read_feed"]["answers"]["200 text/event-stream"] = f"{begun}data: {shown}\n\n"

    def signed_by_bank(self, event_type: str, data: Json) -> bytes:
        """An event of another type, signed by the bank."""
        return self.town.nodes[BANK].sign(event_type, data, event_id="tour-of-another-type", by=_officer())

    def signed_anew(self, event_id: str) -> bytes:
        """The application of `together`, signed once more under another id."""
        body = parse_envelope(self.sent["submit_event"][1]["body"]).body
        return self.town.nodes[BANK].sign("case.apply", body.data, event_id=event_id, by=_officer())

    @staticmethod
    def raw(body: Any) -> bytes:
        """A body as it is sent."""
        return b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()

    def _shown(self, answer: TestResponse) -> Any:
        if answer.mimetype == "application/json":
            return self.sampler(answer.get_json())
        if answer.mimetype == "application/octet-stream":
            return self.sampler.bytes(answer.data)
        return self.sampler(_begun(answer.text))

    def fail(self, status: int, name: str, who: str, **sent: Any) -> None:
        """Call an operation that must answer with a problem, and keep it as a sample for its status."""
        given = {"path": {}, "query": {}, "headers": {}, "body": None} | sent
        self.failed(status, self.send(name, who, given))

    def failed(self, status: int, answer: TestResponse) -> None:
        """Keep an answer that must be a problem with a status, the first of its status and code."""
        assert answer.status_code == status, (answer.status_code, answer.text)
        problem = answer.get_json()
        self.problems.setdefault(f"{status} {problem['code']}", self.sampler(problem))

    def _headers(self, name: str, more: dict[str, str]) -> dict[str, str]:
        """Return the given headers; for a write, also an idempotency key and how long to wait."""
        method, _ = self._places[name]
        if method == "get" or name in ("holder_reference", "countersign_draft"):
            return more
        key = (
            {}
            if name == "submit_event"
            else {"Idempotency-Key": f"{name.replace('_', '-')}-{len(self.held) + 1}"}
        )
        wait = {} if name == "make_draft" else {"Prefer": "wait=10"}
        return {**key, **wait, **more}

    def send(self, name: str, who: str, sent: Json) -> TestResponse:
        """Send a request; as `institution/nobody` without a signature."""
        method, path = self._places[name]
        target = path.format(**{each: quote(str(one), safe="/") for each, one in sent["path"].items()})
        if sent["query"]:
            target += "?" + urlencode(sent["query"])
        institution, _, scope = who.partition("/")
        if scope == "nobody":
            app = self.town.apps[institution]
            headers = {"Content-Type": "application/json", **sent["headers"]}
            raw = self.raw(sent["body"]) or None
            return app.test_client().open(
                target, method=method.upper(), headers=headers, data=raw, base_url=f"http://{AUTHORITY}"
            )
        caller = self.town.caller(institution, scope or "officer")
        return caller.call(method.upper(), target, sent["body"], sent["headers"])

    def _keep_what_is_held(self, name: str, sent: Json, index: int) -> None:
        self.town.everywhere(index)
        for node in self.town.nodes.values():
            entry = node.ledger.entry(index)
            assert entry is not None
            body = entry.envelope.body
            held = {"id": body.id, "data": body.data, "private": [part.name for part in body.private]}
            self.held.append((name, sent, held))


def _begun(text: str) -> str:
    """The first line of a text, of figures the first line of our own."""
    lines = text.splitlines(keepends=True)
    begun = next((line for line in lines if line.startswith("# HELP dengbu_")), lines[0])
    return begun + ("…" if len(lines) > 1 else "")


def told(story: Story) -> Story:
    """The story from beginning to end."""
    mortgage(story)
    by_hand(story)
    together(story)
    taxed(story)
    refunded(story)
    stated(story)
    about_the_node(story)
    in_batches(story)
    problems(story)
    return story


def _application(act: Json, **more: Any) -> Json:
    return {"district": "441302", "channel": "outlet", "acts": [act], **more}


def mortgage(story: Story) -> None:
    """A title is imported, a bank applies for a mortgage on it, and the automatic desk enters it."""
    town = story.town
    unit, person = "441302001001GB00200F00010001", {"name": "测试甲", "id_type": "2", "id_no": "TEST0000001"}
    body = {
        "unit": unit,
        "use": "dwelling",
        "area_cm2": 890_000,
        "mode": "single",
        "certificate": "粤(2020)惠州市不动产权第0000200号",
        "registered_on": "2020-05-06",
        "location": "惠州市惠城区测试路 1 号",
        "holders": [{**person, "share": "1/1"}],
    }
    story.call("import_title", REGISTRY, body=body)
    asked = {"unit": unit, "id_type": "2", "id_no": "TEST0000001"}
    ref = story.call("holder_reference", REGISTRY, body=asked).get_json()["ref"]
    right = story.call("read_unit", REGISTRY, path={"code": unit}).get_json()["right"]["id"]
    title = {**body, "right": right, "refs": [ref]}
    applied = story.call(
        "apply_for_registration", BANK, body=_application(mortgage_of(title), private=loan(title))
    ).get_json()
    case = applied["result"]["case"]
    decided = town.entered(BANK, case)["decided"]
    again = _application(mortgage_of(title), private=loan(title))
    story.call("apply_for_registration", BANK, query={"check": "true"}, body=again)
    story.call("read_case", BANK, path={"number": case})
    story.call("read_clock", BANK, path={"number": case})
    story.call("read_case_receipt", BANK, path={"number": case})
    story.call("list_cases", BANK, query={"mine": "true", "state": "entered"})
    story.call("list_mortgages", BANK, query={"mortgagee": "mine"})
    story.call("read_event", BANK, path={"actor": BANK, "event_id": applied["id"]})
    story.call("read_feed", BANK, query={"after": applied["index"] - 1, "case": case})
    story.call("read_unit_history", BANK, path={"code": unit}, query={"limit": 2})
    story.call("read_certificate", BANK, path={"number": body["certificate"]})
    story.call("read_receipt", BANK, path={"index": decided})
    story.call("read_private", REGISTRY, path={"number": case}, query={"purpose": "review"})
    story.call("read_access_log", f"{REGISTRY}/auditor", query={"limit": 1})


def in_batches(story: Story) -> None:
    """Titles are imported in a batch, and one of them is sent again with another."""
    first, second, third = (
        {
            "unit": f"441302001001GB0020{n}F00010001",
            "use": "dwelling",
            "area_cm2": 890_000,
            "mode": "single",
            "certificate": f"粤(2020)惠州市不动产权第000020{n}号",
            "registered_on": "2020-05-06",
            "location": f"惠州市惠城区测试路 {n} 号",
            "holders": [{"name": "测试甲", "id_type": "2", "id_no": "TEST0000001", "share": "1/1"}],
        }
        for n in (1, 2, 3)
    )
    story.call("import_titles", REGISTRY, body={"titles": [first, second]})
    again = {"Idempotency-Key": "import-titles-again"}
    story.fail(409, "import_titles", REGISTRY, body={"titles": [third, second]}, headers=again)


def _to_a_person(story: Story) -> str:
    """A case that the automatic desk leaves to a person, for it shows nobody."""
    body = _application(mortgage_of(story.town.title()))
    case = story.call("apply_for_registration", BANK, body=body).get_json()["result"]["case"]
    story.town.handed_over(case)
    story.town.everywhere(story.town.nodes[REGISTRY].head.size - 1)
    return str(case)


def _etag(story: Story, case: str) -> dict[str, str]:
    """The If-Match of a case as it is now."""
    return {"If-Match": story.call("read_case", REGISTRY, path={"number": case}).headers["ETag"]}


def by_hand(story: Story) -> None:
    """Cases that persons decide: one entered, one refused, one withdrawn."""
    case = {"number": _to_a_person(story)}
    story.call("registry_worklist", REGISTRY, query={"limit": 2})
    story.call("overdue_worklist", REGISTRY, query={"at": FAR, "level": "red"})
    story.call("bank_worklist", BANK)
    story.call("review_case", REGISTRY, path=case)
    story.call(
        "suspend_case", REGISTRY, path=case, body={"ground": "requisition", "items": ["survey-report"]}
    )
    note = {"survey": {"value": {"filed": True}, "to": [REGISTRY]}}
    story.call("resume_case", REGISTRY, path=case, body={"private": note})
    story.call("enter_case", REGISTRY, path=case, headers=_etag(story, case["number"]))
    story.call("rate_case", BANK, path=case, body={"score": 5})
    case = {"number": _to_a_person(story)}
    grounds = {"grounds": [{"law": "REG-22", "text_code": "ownership-disputed"}]}
    story.call("refuse_case", REGISTRY, path=case, body=grounds, headers=_etag(story, case["number"]))
    story.call("withdraw_case", BANK, path={"number": _to_a_person(story)})


def together(story: Story) -> None:
    """An application that two institutions sign before one of them submits it."""
    body = _application(mortgage_of(story.town.title()))
    drafted = story.call("make_draft", REGISTRY, body=body)
    signed = story.call("countersign_draft", BANK, body=drafted.data)
    story.operations["countersign_draft"]["body"] = story.sampler(drafted.get_json())
    same = {"Idempotency-Key": parse_envelope(signed.data).body.id}
    accepted = story.call("submit_event", REGISTRY, body=signed.data, headers=same)
    story.operations["submit_event"]["body"] = story.sampler(signed.get_json())
    assert accepted.get_json()["outcome"] == "accepted"
    story.town.handed_over(accepted.get_json()["result"]["case"])
    story.town.everywhere(story.town.nodes[REGISTRY].head.size - 1)


def _sale(story: Story) -> Json:
    """A flat is sold, and the tax on it assessed; the path of its case."""
    title = story.town.title()
    asked = {"unit": title["unit"], "id_type": "2", "id_no": BUYER["id_no"]}
    ref = story.call("holder_reference", REGISTRY, body=asked).get_json()["ref"]
    act = sale_of(title, ref)
    parts = private(
        parties={"transferors": [SELLER], "transferees": [BUYER]}, contract={"price_fen": 1_200_000 * YUAN}
    )
    body = _application(act, private=parts)
    case = {"number": story.call("apply_for_registration", REGISTRY, body=body).get_json()["result"]["case"]}
    facts = {"signed_on": "2026-11-20", "relief": "only-home", "held_since": "2020-05-06"}
    assessed = {
        "version": 1,
        "gates": {"deed": "due", "iit": "due"},
        "private": private(amounts={"due_fen": DUE, "facts": facts}),
    }
    story.call("assess_tax", TAX, path=case, body=assessed)
    return case


def _paid(story: Story, case: Json) -> None:
    vouchers = (("deed", "1", "payment"), ("iit", "2", "payment"))
    body = cited(case["number"], *vouchers, version=1, deed=12_500 * YUAN, iit=12_000 * YUAN)
    story.call("clear_tax", TAX, path=case, body=body)


def taxed(story: Story) -> None:
    """A sale: assessed, checked, paid, entered; then an overpayment is paid back, and spared tax is claimed."""
    case = _sale(story)
    story.call("check_tax", TAX, path=case, query={"purpose": "tax-assessment"})
    story.call("tax_worklist", TAX)
    short = cited(case["number"], ("deed", "1", "payment"), version=1, deed=1)
    story.fail(409, "clear_tax", TAX, path=case, body=short, headers={"Idempotency-Key": "clear-tax-short"})
    _paid(story, case)
    story.call("read_deal", TAX, path=case)
    story.call("list_deals", TAX, query={"state": "CLEARED"})
    story.call("request_refund", TAX, path=case, body={"ground": "contract-rescinded"})
    story.call("decline_refund", TAX, path=case)
    story.call("enter_case", REGISTRY, path=case, headers=_etag(story, case["number"]))
    over = {
        "tax": "deed",
        "paid_on": "2026-11-01",
        "found_by": "bureau",
        "private": private(repayment={"repaid_fen": {"deed": 500 * YUAN}}),
    }
    story.call("repay_overpayment", TAX, path=case, body=over)
    story.call("claim_tax_back", TAX, path=case, body={"ground": "use-changed"})
    story.call("confirm_clawback", TAX, path=case, body={"vouchers": [f"{case['number'][-6:]}-9"]})


def refunded(story: Story) -> None:
    """A sale that fails after the tax was paid."""
    case = _sale(story)
    _paid(story, case)
    story.call("request_refund", TAX, path=case, body={"ground": "contract-rescinded"})
    story.call("pay_refund", TAX, path=case)


def stated(story: Story) -> None:
    """A court seizes a unit, and looks at what it has seized."""
    data = {"unit": story.town.title()["unit"], "document": "(2026)粤13执1号", "until": "2027-12-31"}
    story.call("make_statement", COURT, body={"type": "court.seize", "data": data})
    story.call("list_seizures", COURT, query={"status": "effective"})


def about_the_node(story: Story) -> None:
    """What a node tells of itself, of the network and of the log."""
    story.call("read_policy_in_force", BANK)
    story.call("read_stats", REGISTRY, query={"from": "2026-01-01", "to": FAR, "by": "act"})
    story.call("list_institutions", BANK)
    story.call("read_tile", f"{BANK}/nobody", path={"level": 0, "place": "000.p/1"})
    story.call("read_entries", f"{BANK}/auditor", path={"place": "000.p/1"})
    story.call("read_problem", f"{BANK}/nobody", path={"code": "invalid-request"})
    for name in (
        "read_checkpoint",
        "read_policy",
        "healthz",
        "readyz",
        "metrics",
        "version",
        "list_problems",
    ):
        story.call(name, f"{BANK}/nobody")


def problems(story: Story) -> None:
    """Requests that are answered with problems, one for each shape."""
    unknown = {"number": "441302-20260101-999999"}
    discharge = {"act": "mortgage.discharge", "mortgage": "M-441302-20260101-999999-1"}
    last = {"number": _to_a_person(story)}
    key = {"Idempotency-Key": "problem-1", "Prefer": "wait=10"}
    story.fail(401, "list_institutions", f"{BANK}/nobody")
    story.fail(403, "review_case", BANK, path=unknown)
    story.fail(404, "read_case", BANK, path=unknown)
    story.fail(400, "apply_for_registration", BANK, body=_application(discharge))
    story.fail(422, "apply_for_registration", BANK, body={"district": "441302"}, headers=key)
    story.fail(422, "apply_for_registration", BANK, body=_application(discharge), headers=key)
    story.fail(428, "enter_case", REGISTRY, path=last, headers=key)
    story.fail(412, "enter_case", REGISTRY, path=last, headers={**key, "If-Match": '"v9999"'})
    other = _application({**discharge, "mortgage": "M-441302-20260101-999998-1"})
    signed = story.town.nodes[BANK].sign("case.apply", other, event_id="problem-1", by=_officer())
    story.fail(409, "submit_event", BANK, body=signed)


def _officer() -> Officer:
    return Officer("officer-01", "counter-01")


def sent_data(name: str, sent: Json) -> tuple[Json, list[str]]:
    """The data of the event, and the names of its private parts, that a request asks for."""
    if name == "submit_event":
        body = parse_envelope(sent["body"]).body
        return body.data, [part.name for part in body.private]
    if name == "make_statement":
        return sent["body"]["data"], []
    given = dict(sent["body"] or {})
    parts = sorted(given.pop("private", {}))
    if name == "import_title":
        return _asked(given), ["title"]
    if name == "import_titles":
        places = range(1, len(given["titles"]) + 1)
        return {"titles": list(map(_asked, given["titles"]))}, [f"title-{place:02}" for place in places]
    return {**given, **({"case": sent["path"]["number"]} if sent["path"] else {})}, parts


def _asked(title: Json) -> Json:
    right = {each: title[each] for each in ("mode", "certificate", "registered_on")}
    return {each: title[each] for each in ("unit", "use", "area_cm2")} | {"right": right}


def _without_holders(title: Json) -> Json:
    return {**title, "right": {each: one for each, one in title["right"].items() if each != "holders"}}


def unheld(story: Story) -> Iterator[tuple[str, Any, Any]]:
    """Each write whose event is not what was asked for, as any node holds it."""
    for name, sent, held in story.held:
        data, parts = sent_data(name, sent)
        got = dict(held["data"])
        if name == "import_title":
            got = _without_holders(got)
        if name == "import_titles":
            got["titles"] = list(map(_without_holders, got["titles"]))
        key = sent["headers"].get("Idempotency-Key", held["id"])
        if (data, parts, key) != (got, held["private"], held["id"]):
            yield name, (data, parts, key), (got, held["private"], held["id"])
