"""Every field with a pattern, in the API's document and in an envelope, refuses texts that only begin or end well.

A line feed, a carriage return, a line separator or a NUL before or after a good value is refused with its place, never
taken and never a 500.
"""

import base64
import secrets
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from dengbu.api.views.writing import preferred_wait
from dengbu.ledger.log.encoding import canonical
from dengbu.ledger.log.envelope import signed_bytes
from dengbu.ledger.log.keys import Signer
from dengbu.nodes.home.clock import now_ms
from tests.api.described import resolved
from tests.api.town import AUTHORITY, MEMBERS, Caller, Town
from tests.test_patterns import SAMPLES, is_whole

Json = dict[str, Any]
Place = tuple[str | int, ...]

ATTACKS = ("{}\n", "\n{}", "{}\r", "{}\u2028", "{}\x00")
OTHER_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PUBLISHED = {pattern.replace(r"\Z", "$"): sample for pattern, sample in SAMPLES.items()} | {
    r'^"v[0-9]{1,15}"$': '"v1"',
}
SIGNED = {"/v1/events", "/v1/drafts/countersign"}
CASE = PUBLISHED[r"^[0-9]{6}-[0-9]{8}-[0-9]{6,9}$"]
ROLES = ("hz-registry", "hz-tax", "bank-a")


def _document(city: Town) -> Json:
    found: Json = city.apps["bank-a"].test_client().get("/openapi.json").get_json()
    return found


class Samples:
    """Bodies that fit the document's shapes, and the places in them that have a pattern."""

    def __init__(self, document: Json) -> None:
        self._schemas = document["components"]["schemas"]

    def shape(self, given: Json) -> Json:
        """Resolve a reference to the shape it names; of several shapes, return the first that is not null."""
        if "$ref" in given:
            return self.shape(self._schemas[given["$ref"].rpartition("/")[2]])
        if "anyOf" in given:
            return self.shape(next(one for one in given["anyOf"] if one.get("type") != "null"))
        return given

    def value(self, given: Json) -> Any:
        """Return a value of the shape with all its members."""
        shape = self.shape(given)
        kind = shape.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if "enum" in shape:
            return shape["enum"][0]
        if kind == "string":
            return PUBLISHED[shape["pattern"]] if "pattern" in shape else "x" * shape.get("minLength", 1)
        if kind == "array":
            return [self.value(shape["items"])] * max(1, shape.get("minItems", 1))
        if kind == "object":
            return {name: self.value(each) for name, each in shape.get("properties", {}).items()}
        return {"integer": shape.get("minimum", 1), "boolean": False}.get(str(kind))

    def places(self, given: Json, place: Place = ()) -> Iterator[tuple[Place, str]]:
        """Yield each place below a shape that has a pattern, with the pattern."""
        shape = self.shape(given)
        if "pattern" in shape:
            yield place, shape["pattern"]
        for name, each in shape.get("properties", {}).items():
            yield from self.places(each, (*place, name))
        if "items" in shape:
            yield from self.places(shape["items"], (*place, 0))


def _changed(value: Any, place: Place, to: str) -> Any:
    if not place:
        return to
    made = value.copy()
    made[place[0]] = _changed(made[place[0]], place[1:], to)
    return made


def _attacked(sample: str, pattern: str = "[0-9]") -> list[str]:
    """Return texts that do not match; with digits of another script where the pattern spells digits out."""
    texts = [attack.format(sample) for attack in ATTACKS]
    other = sample.translate(OTHER_DIGITS)
    return [*texts, other] if other != sample and "0-9" in pattern else texts


def _caller(city: Town, operation: Json) -> Caller:
    wanted = operation["x-access"]
    found = [one for one in ROLES if MEMBERS[one] in wanted["roles"]]
    scope = "officer" if "officer" in wanted["scopes"] else wanted["scopes"][0]
    return city.caller((found or ["hz-court"])[0], scope)


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in ("get", "post"):
                yield method.upper(), path, operation


def _filled(path: str) -> str:
    """Return the path with well-formed values in its places."""
    good = {"number": CASE, "code": "441302001001GB00058F00010001", "index": "0"}
    return path.format(**good) if "{" in path else path


def _shape_is_refused(answer: TestResponse, pointer: str, text: str) -> None:
    assert answer.status_code == 422, (answer.status_code, text, answer.text)
    assert pointer in [one["pointer"] for one in answer.get_json()["errors"]], (text, answer.text)


def _bodies(samples: Samples, shape: Json) -> Iterator[tuple[Json, Json]]:
    """Yield bodies to try, each with its shape; an application once for each act and each way to be an agent.

    A statement once for each type.
    """
    if "anyOf" in shape:
        yield from ((samples.value(one), samples.shape(one)) for one in shape["anyOf"])
        return
    whole = samples.shape(shape)
    variants = {
        name: each["items"]["anyOf"]
        for name, each in whole.get("properties", {}).items()
        if "anyOf" in each.get("items", {})
    }
    if not variants:
        yield samples.value(whole), whole
    for name, several in variants.items():
        for one in several:
            narrowed = {
                **whole,
                "properties": {**whole["properties"], name: {"type": "array", "items": one}},
            }
            yield samples.value(narrowed), narrowed


def test_every_body_field_with_a_pattern_takes_whole_texts_only(city: Town) -> None:
    document = _document(city)
    samples, tried = Samples(document), 0
    for method, path, operation in _operations(document):
        shape = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if shape is None or path in SIGNED:  # a signed event: see below
            continue
        caller, seen = _caller(city, operation), set()
        for body, narrowed in _bodies(samples, shape):
            for place, pattern in samples.places(narrowed):
                known = (place, pattern, str(body.get("acts", "")) if place[0] == "acts" else "")
                if known in seen:
                    continue
                seen.add(known)
                pointer = "#/" + "/".join(map(str, place))
                for text in _attacked(PUBLISHED[pattern], pattern):
                    answer = caller.call(method, _filled(path), _changed(body, place, text), _key())
                    _shape_is_refused(answer, pointer, text)
                    tried += 1
    assert tried > 500


def _key() -> dict[str, str]:
    return {"Idempotency-Key": f"pattern-{secrets.token_hex(8)}"}


def test_every_query_field_with_a_pattern_takes_whole_texts_only(city: Town) -> None:
    tried = 0
    document = _document(city)
    for method, path, operation in _operations(document):
        for one in (resolved(document, each) for each in operation.get("parameters", ())):
            if one["in"] != "query" or "pattern" not in one["schema"]:
                continue
            for text in _attacked(PUBLISHED[one["schema"]["pattern"]]):
                target = f"{_filled(path)}?{one['name']}={quote(text, safe='')}"
                _shape_is_refused(_caller(city, operation).call(method, target), f"#/{one['name']}", text)
                tried += 1
    assert tried > 50


def test_paths_name_nothing_but_by_the_whole_text(city: Town) -> None:
    title = city.title()
    applied = city.mortgage(title).get_json()
    case = applied["result"]["case"]
    shown = city.entered("bank-a", case)
    caller = city.caller("hz-registry")
    certificate = quote(title["certificate"], safe="")
    good = {
        f"/v1/units/{title['unit']}": "",
        f"/v1/units/{title['unit']}/history": "",
        f"/v1/cases/{case}": "",
        f"/v1/cases/{case}/clock": "",
        f"/v1/cases/{case}/receipt": "",
        f"/v1/certificates/{certificate}": "",
        f"/v1/receipts/{shown['decided']}": "",
        f"/v1/events/bank-a/{applied['id']}": "",
        f"/v1/cases/{case}/private": "?purpose=review",
    }
    for path, query in good.items():
        assert caller.get(path + query).status_code == 200, path
        before, _, last = path.rpartition("/")
        if last in ("history", "clock", "receipt", "private"):
            before, _, last = before.rpartition("/")
        for text in _attacked(last):
            there = path.replace(last, quote(text, safe="%") if last == certificate else quote(text, safe=""))
            assert there != path
            assert caller.get(there + query).status_code in (400, 404), (there, path)


@pytest.mark.parametrize(
    "name", ["Idempotency-Key", "If-Match", "Signature", "Signature-Input", "Content-Digest"]
)
def test_headers_are_taken_whole_or_not_at_all(city: Town, name: str) -> None:
    caller = city.caller("hz-registry")
    target = f"/v1/cases/{CASE}/enter"
    for attack in ATTACKS:
        headers = {
            **_key(),
            "If-Match": '"v1"',
            **caller.signature("POST", target, b"{}", "application/json"),
        }
        # Pass on the bytes as a server receives them: the test client itself would not send a line feed.
        came = attack.format(headers.pop(name)).encode().decode("latin-1")
        answer = caller.app.test_client().post(
            target,
            data=b"{}",
            content_type="application/json",
            headers=headers,
            base_url=f"http://{AUTHORITY}",
            environ_overrides={f"HTTP_{name.upper().replace('-', '_')}": came},
        )
        assert 400 <= answer.status_code < 500, (attack, answer.text)


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("", 0),
        ("wait=7", 7),
        ("respond-async, wait=5", 5),
        ("return=minimal; wait=5;x", 5),
        ("wait=99", 30),
        ("wait=5\n", 5),
        ("await=5", 0),
        ("wait=55555", 0),
        ("wait=٥", 0),
        ("wait=5x", 0),
    ],
)
def test_a_preference_is_read_as_a_whole(city: Town, header: str, wait_s: int) -> None:
    with city.apps["bank-a"].test_request_context(environ_overrides={"HTTP_PREFER": header}):
        assert preferred_wait() == wait_s


# ---- the names of private parts, and the envelope itself --------------------------------------------------------------


def _private(name: str, to: str) -> Json:
    act = {"act": "mortgage.discharge", "mortgage": "M-441302-20260101-999999-1"}
    part = {name: {"value": 1, "to": [to]}}
    return {"district": "441302", "channel": "outlet", "acts": [act], "private": part}


@pytest.mark.parametrize("path", ["/v1/cases", "/v1/drafts", f"/v1/cases/{CASE}/resume"])
def test_names_of_private_parts_and_of_their_readers_are_whole(city: Town, path: str) -> None:
    caller = city.caller("bank-a")
    for text in _attacked("p"):
        body = (
            _private(text, "bank-a")
            if "resume" not in path
            else {"private": _private(text, "bank-a")["private"]}
        )
        _shape_is_refused(caller.post(path, body), f"#/private/{text}/key", text)
    for text in _attacked("bank-a"):
        body = _private("p", text) if "resume" not in path else {"private": _private("p", text)["private"]}
        _shape_is_refused(caller.post(path, body), "#/private/p/value/to/0", text)


def _sealed(body: Mapping[str, Any], signer: Signer) -> bytes:
    """Return an envelope as made by a client that checks nothing."""
    raw = canonical(dict(body))
    signature = signer.sign(signed_bytes(str(body["net"]), signer.key_id, raw))
    sig = {"alg": "Ed25519", "key": signer.key_id, "sig": base64.b64encode(signature).decode()}
    return b'{"body":' + raw + b',"sigs":' + canonical([sig]) + b"}"


def test_every_text_of_an_envelope_is_whole(city: Town) -> None:
    part = {"name": "terms", "commitment": "0" * 64, "to": ["bank-a"]}
    body: Json = {
        "v": 1,
        "net": city.nodes["bank-a"].net,
        "type": "case.apply",
        "id": "t-envelope-1",
        "actor": "bank-a",
        "office": "outlet-1",
        "officer": "officer-1",
        "not_after": now_ms() + 60_000,
        "data": {"district": "441302", "channel": "outlet", "acts": []},
        "private": [part],
    }
    signer = Signer(bytes(32))
    texts: list[Place] = [("net",), ("type",), ("id",), ("actor",), ("office",), ("officer",)]
    texts += [("private", 0, "name"), ("private", 0, "commitment"), ("private", 0, "to", 0)]
    before = city.nodes["bank-a"].head.size
    for place in texts:
        good: Any = body
        for step in place:
            good = good[step]
        for attack in ATTACKS:
            changed = _changed(body, place, attack.format(good))
            answer = city.caller("bank-a").post("/v1/events", _sealed(changed, signer))
            _shape_is_refused(answer, "#/body/" + "/".join(map(str, place)), attack)
    assert city.nodes["bank-a"].head.size == before


# ---- what is published -------------------------------------------------------------------------------------------------


def _patterns(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (one for name, one in value.items() if name == "pattern" and isinstance(one, str))
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from _patterns(each)


def test_published_patterns_are_whole_and_as_ecma_writes_them(city: Town) -> None:
    found = set(_patterns(_document(city)))
    assert len(found) > 20
    for pattern in found:
        assert pattern.endswith("$"), pattern
        assert is_whole(pattern.replace("$", r"\Z")), pattern
