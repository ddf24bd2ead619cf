"""After the story: every other answer that the document names for an operation, got from the nodes of the story.

Each request is the operation's own of the story with one thing wrong, or sent at a moment when it must fail.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from dengbu.api.body_size import BODY_BYTES_MAX
from dengbu.api.edge.idempotency import Request
from dengbu.api.edge.state import STREAMS_MAX, Limits, state_of
from dengbu.nodes.home.config import SCOPES
from dengbu.nodes.home.rate_limits import Rate, RateLimits
from tests.api.described import operations, resolved
from tests.api.shapes.story import BANK, FAR, REGISTRY, Story
from tests.api.town import MEMBERS, UNITS
from tests.nodes.access_logs import sql
from tests.waiting import WAIT_S_MAX

Json = dict[str, Any]
ONCE = Rate(burst=1, per_minute=1)
FEW = RateLimits(ONCE, ONCE, ONCE, ONCE)
UNKNOWN = {
    "number": "441302-20260101-999999",
    "code": "441302001001GB09999F00010001",
    "actor": "nobody",
    "event_id": "nothing",
    "index": 9999,
    "level": 9,
    "place": "999",
}
# A value for each parameter of a query that the story has no need of.
ASKED: Json = {
    "limit": 2,
    "cursor": "MQ",
    "at": FAR,
    "at_index": 1,
    "valid": "2021-01-01",
    "state": {"list_cases": "entered", "list_deals": "CLEARED"},
    "act": "mortgage.set",
    "mine": "true",
    "order": "newest",
    "after": 0,
    "wait": 1,
    "type": "title.import",
    "unit": "441302001001GB00200F00010001",
    "subject": "0" * 63 + "1",
    "by": "act,office",
}


class Tour:
    """The operations of the document, and how the story called each."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.document = story.document
        self.found = {one["operationId"]: one for _, _, one in operations(story.document)}
        self.turns = count(1)
        self.paths = {one["operationId"]: path for _, path, one in operations(story.document)}

    def parameters(self, name: str) -> list[Json]:
        """The parameters of an operation, those of its path included."""
        own = self.found[name].get("parameters", ())
        return [
            resolved(self.document, one)
            for one in (*self.document["paths"][self.paths[name]].get("parameters", ()), *own)
        ]

    def named(self, name: str, where: str) -> list[str]:
        """The names of its parameters in path, query or headers."""
        return [one["name"] for one in self.parameters(name) if one["in"] == where]

    def writes(self) -> list[str]:
        """The operations that make an event."""
        return [name for name, one in self.found.items() if "202" in one["responses"]]

    def with_status(self, status: int) -> list[str]:
        """The operations that may answer with a status."""
        return [name for name, one in self.found.items() if str(status) in one["responses"]]

    def sent(self, name: str, **changed: Any) -> tuple[str, Json]:
        """Who called an operation in the story and with what, but for what is changed; a write has a key of its own."""
        who, first = self.story.sent[name]
        headers = dict(first["headers"])
        if "Idempotency-Key" in headers and name != "submit_event":
            headers["Idempotency-Key"] = f"tour-{name.replace('_', '-')}-{next(self.turns)}"
        if "If-Match" in headers:
            headers["If-Match"] = (
                self.story.town.caller(REGISTRY).get(f"/v1/cases/{first['path']['number']}").headers["ETag"]
            )
        more = changed.pop("headers", {})
        return who, {**first, "headers": {**headers, **more}, **changed}

    def fails(self, status: int, name: str, who: str | None = None, **changed: Any) -> None:
        """Call an operation otherwise than in the story; it must answer with a problem of this status."""
        asker, sent = self.sent(name, **changed)
        answer = self.story.send(name, who or asker, sent)
        try:
            self.story.failed(status, answer)
        except AssertionError as fault:
            raise AssertionError(f"{name}: {fault}") from fault


def toured(story: Story) -> Story:
    """Go everywhere, at last to nodes that are stopped."""
    tour = Tour(story)
    each_parameter(tour)
    other_kinds(tour)
    strangers(tour)
    nothing_there(tour)
    wrong_forms(tour)
    conflicts(tour)
    personal_numbers(tour)
    of_any_request(tour)
    waiting(tour)
    too_often(tour)
    no_place(tour)
    log_of_access_broken(tour)
    stopped(tour)
    return story


def each_parameter(tour: Tour) -> None:
    """Every parameter of every query is asked with once."""
    for name in tour.found:
        who, sent = tour.story.sent[name]
        for one in tour.named(name, "query"):
            value = ASKED.get(one)
            value = value[name] if isinstance(value, dict) else value
            if one not in tour.story.operations[name].get("query", {}):
                query = {**sent["query"], one: value}
                tour.story.call(name, who, path=sent["path"], query=query, headers=sent["headers"])


def other_kinds(tour: Tour) -> None:
    """Pages for people, a stream, and what the caller has already."""
    for name, one in tour.found.items():
        for kind in one["responses"].get("200", {}).get("content", {}):
            if kind != "text/html":
                continue
            who, sent = tour.sent(name)
            given = (
                tour.story.town.apps[BANK]
                .test_client()
                .get(tour.paths[name].format(**sent["path"]), headers={"Accept": kind})
            )
            assert given.mimetype == kind, name
            tour.story.keep(name, given)
        if "304" in one["responses"]:
            who, sent = tour.sent(name)
            etag = tour.story.send(name, who, sent).headers["ETag"]
            again = tour.story.send(name, who, {**sent, "headers": {"If-None-Match": etag}})
            assert (again.status_code, again.data) == (304, b""), name
    _stream(tour)


def _stream(tour: Tour) -> None:
    """The feed as a stream, as far as its first entry; `Last-Event-ID` says where it goes on."""
    who, sent = tour.sent("read_feed", headers={"Accept": "text/event-stream", "Last-Event-ID": "0"})
    answer = tour.story.send("read_feed", who, sent)
    lines = answer.iter_encoded()
    begun, entry = (next(lines).decode() for _ in range(2))
    answer.close()
    head, _, data = entry.partition("data: ")
    tour.story.keep_stream(begun + head, data)


def strangers(tour: Tour) -> None:
    """Without a signature, and by a key or an institution that may not."""
    for name in tour.with_status(401):
        tour.fails(401, name, f"{BANK}/nobody")
    for name in tour.with_status(403):
        for who in _not_allowed(tour.found[name]["x-access"])[:1]:
            tour.fails(403, name, who)


def _not_allowed(wanted: Json) -> list[str]:
    """Callers who may not: of another role, and with another scope."""
    of_others = [
        f"{one}/{wanted['scopes'][0]}" for one, role in MEMBERS.items() if role not in wanted["roles"]
    ]
    return [*of_others, *(f"{BANK}/{one}" for one in SCOPES if one not in wanted["scopes"])]


def nothing_there(tour: Tour) -> None:
    """What nobody registered, and places in a listing that were never handed out."""
    for name in tour.with_status(404):
        names = tour.named(name, "path")
        if name == "read_problem":
            tour.fails(404, name, path={"code": "no-such-problem"})
        elif names:
            tour.fails(404, name, path={one: UNKNOWN[one] for one in names})
        elif "cursor" in tour.named(name, "query"):
            tour.fails(404, name, query={**tour.story.sent[name][1]["query"], "cursor": "foreign"})


def wrong_forms(tour: Tour) -> None:
    """Bodies, headers and queries that are not as the document says."""
    for name, one in tour.found.items():
        said = one["responses"]
        if "requestBody" in one:
            if name not in ("submit_event", "countersign_draft"):
                tour.fails(400, name, body=b"{")
            tour.fails(415, name, headers={"Content-Type": "text/plain"})
            tour.fails(413, name, body=b" " * (BODY_BYTES_MAX + 1))
            tour.fails(422, name, body={"surprise": 1})
        elif "422" in said and tour.named(name, "query"):
            tour.fails(422, name, query={"surprise": 1})
        elif "422" in said:
            tour.fails(422, name, body={"surprise": 1})
        if "Idempotency-Key" in tour.named(name, "header") and name != "submit_event":
            tour.fails(400, name, headers={"Idempotency-Key": "two words"})
        if "428" in said:
            who, sent = tour.sent(name)
            del sent["headers"]["If-Match"]
            tour.story.failed(428, tour.story.send(name, who, sent))
            tour.fails(412, name, headers={"If-Match": '"v9999"'})
    tour.fails(400, "submit_event", headers={"Idempotency-Key": "other"})
    another = tour.story.signed_by_bank("case.withdraw", {"case": UNKNOWN["number"]})
    tour.fails(400, "countersign_draft", body=another)
    tour.fails(415, "rate_case", headers={"Content-Encoding": "gzip"})
    tour.fails(400, "read_feed", headers={"Accept": "text/event-stream", "Last-Event-ID": "x"})


def conflicts(tour: Tour) -> None:
    """A key that another event has, and one whose first request is still at work."""
    for name in tour.with_status(409):
        who, sent = tour.sent(name)
        if name == "submit_event":  # its id is in its body; the story sent one that another event has
            continue
        key = sent["headers"]["Idempotency-Key"]
        institution = who.partition("/")[0]
        client = tour.story.town.caller(institution)
        asked = Request(
            key,
            client.signer.key_id,
            f"POST {tour.paths[name].format(**sent['path'])}",
            tour.story.raw(sent["body"]),
        )
        requests = state_of(client.app).tables.requests
        assert requests.begin(asked) is None
        tour.story.failed(409, tour.story.send(name, who, sent))
        requests.forget(key)
    who, sent = tour.sent("make_draft")
    assert tour.story.send("make_draft", who, sent).status_code == 200
    tour.story.failed(
        422, tour.story.send("make_draft", who, {**sent, "body": {**sent["body"], "channel": "online"}})
    )


def personal_numbers(tour: Tour) -> None:
    """A key that looks like somebody's number: the problem does not repeat it."""
    tour.fails(400, "withdraw_case", headers={"Idempotency-Key": "loan-13800000000"})


def of_any_request(tour: Tour) -> None:
    """Problems that any request may meet: of the method, of the headers, and of our own making."""
    story, caller = tour.story, tour.story.town.caller(BANK)
    story.failed(405, caller.call("PUT", "/v1/institutions"))
    story.failed(431, caller.get("/v1/institutions", X_Padding="x" * 9000))
    views, endpoint = caller.app.view_functions, "institutions.list_institutions"
    kept = views[endpoint]

    def broken() -> None:
        raise KeyError("a fault of ours")

    broken.__dict__.update(kept.__dict__)
    views[endpoint] = broken
    try:
        story.failed(500, caller.get("/v1/institutions"))
    finally:
        views[endpoint] = kept


def waiting(tour: Tour) -> None:
    """While nothing is ordered a write is taken, and not final."""
    sequencer, held = tour.story.town.nodes[REGISTRY].engine, threading.Event()
    sequencer._collect = lambda: held.set() or ()  # type: ignore[attr-defined]  # it takes, and orders nothing
    try:
        assert held.wait(WAIT_S_MAX)
        for name in tour.writes():
            who, sent = tour.sent(name, headers={"Prefer": "wait=0"})
            if name == "submit_event":
                sent = {**sent, "body": tour.story.signed_anew("tour-taken"), "headers": {"Prefer": "wait=0"}}
            if name == "import_titles":  # what is in the ledger word for word is not signed again
                fresh = {"unit": UNITS[-1], "certificate": "粤(2020)惠州市不动产权第0009999号"}
                sent["body"] = {"titles": [{**sent["body"]["titles"][0], **fresh}]}
            if name == "repay_overpayment":  # what it paid back in the story is not overpaid again
                sent["body"] = {**sent["body"], "private": {}}
            answer = tour.story.send(name, who, sent)
            assert answer.status_code == 202, (name, answer.status_code, answer.text)
            tour.story.keep(name, answer)
    finally:
        del sequencer._collect  # type: ignore[attr-defined]


@contextmanager
def narrowed(tour: Tour, institution: str) -> Iterator[None]:
    """A node whose limits leave one request of each kind, and that one is used."""
    held = state_of(tour.story.town.apps[institution])
    kept, held.limits = held.limits, Limits(FEW)
    for buckets in (held.limits.officer_writes, held.limits.officer_personal_reads):
        buckets.take(tour.story.town.caller(institution).signer.key_id)
    try:
        yield
    finally:
        held.limits = kept


def too_often(tour: Tour) -> None:
    """Keys whose limits are used up."""
    for name in tour.with_status(429):
        with narrowed(tour, tour.story.sent[name][0].partition("/")[0]):
            tour.fails(429, name)


def no_place(tour: Tour) -> None:
    """All places for waiting readers are taken."""
    places = state_of(tour.story.town.apps[BANK]).limits.streams
    assert all(places.take() for _ in range(STREAMS_MAX))
    tour.fails(503, "read_feed", query={"wait": 1})
    for _ in range(STREAMS_MAX):
        places.release()


def log_of_access_broken(tour: Tour) -> None:
    """Personal data is not read over an access log that does not stand."""
    for name in ("check_tax", "read_private"):
        node = tour.story.town.nodes[tour.story.sent[name][0].partition("/")[0]]
        sql("DELETE FROM access_log WHERE n = (SELECT max(n) FROM access_log)")(node.home)
        tour.fails(503, name)


def stopped(tour: Tour) -> None:
    """Nodes that are stopped take no writes, and are not ready."""
    asked = {name: tour.sent(name) for name in (*tour.writes(), "readyz")}
    asked["submit_event"][1].update(body=tour.story.signed_anew("tour-too-late"), headers={})
    for node in tour.story.town.nodes.values():
        node.stop()
    for name, (who, sent) in asked.items():
        answer = tour.story.send(name, who, sent)
        assert answer.status_code == 503, (name, answer.status_code, answer.text)
        if name == "readyz":
            tour.story.keep(name, answer)
        else:
            tour.story.failed(503, answer)
