"""docs/http.md: its test vector and its hook, against the code that verifies requests; the odd requests are sent elsewhere."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from dengbu.ledger.log import httpsig
from dengbu.ledger.log.keys import Signer
from tests.docs.named_blocks import named_blocks

PAGE = Path(__file__).resolve().parents[2] / "docs/http.md"
BLOCKS = named_blocks(PAGE)
SEED = bytes(range(32))
HOOK_LINES_MAX = 25


def vector() -> tuple[httpsig.Request, dict[str, str]]:
    """The request of the page, and its headers."""
    said = re.search(
        r"Request: `(\w+) http://([^/]+)([^`]*)`, `Content-Type: ([^`]+)`", PAGE.read_text("utf-8")
    )
    assert said is not None
    method, authority, path, content_type = said.groups()
    request = httpsig.Request(method, authority, path, "", BLOCKS["body"].rstrip("\n").encode())
    lines = BLOCKS["headers"].splitlines()
    return request, {"Content-Type": content_type} | dict(line.split(": ", 1) for line in lines)


def test_the_vector_is_what_the_node_verifies() -> None:
    request, headers = vector()
    signer = Signer(SEED)
    assert BLOCKS["keyid"].strip() == signer.key_id
    found = httpsig.verify_request(signer.public, request, headers, 1_795_305_630)
    assert found == httpsig.SignedRequest(signer.key_id, "vector-0123456789", 1_795_305_600, 1_795_305_660)
    signed = httpsig.sign_request(
        signer, request, headers["Content-Type"], found.created, found.expires, found.nonce
    )
    assert signed == {name: value for name, value in headers.items() if name != "Content-Type"}


def test_the_signature_base_of_the_vector_is_the_one_that_is_signed() -> None:
    _, headers = vector()
    *lines, last = BLOCKS["base"].rstrip("\n").split("\n")
    components = [tuple(re.fullmatch(r'"([^"]+)": (.*)', line).groups()) for line in lines]  # type: ignore[union-attr]
    params = last.removeprefix('"@signature-params": ')
    assert headers["Signature-Input"] == f"dengbu={params}"
    base = httpsig.signature_base(components, params)
    assert base == BLOCKS["base"].rstrip("\n").encode()


@pytest.mark.parametrize("name", ["body", "base", "headers"])
def test_a_vector_with_another_byte_is_refused(name: str) -> None:
    request, headers = vector()
    if name == "body":
        request = httpsig.Request(request.method, request.authority, request.path, "", request.body + b"\n")
    elif name == "base":
        request = httpsig.Request("PUT", request.authority, request.path, "", request.body)
    else:
        headers["Content-Digest"] = httpsig.content_digest(b"")
    with pytest.raises(httpsig.Unsigned):
        httpsig.verify_request(Signer(SEED).public, request, headers, 1_795_305_630)


def hook() -> Callable[[bytes], Callable[[httpx.Request], None]]:
    """The hook of the page, as it stands there."""
    found: dict[str, Any] = {}
    exec(compile(BLOCKS["hook"], str(PAGE), "exec"), found)  # noqa: S102  (our own page)
    made: Callable[[bytes], Callable[[httpx.Request], None]] = found["signing"]
    return made


def test_the_hook_has_as_many_lines_as_promised() -> None:
    assert len([line for line in BLOCKS["hook"].splitlines() if line]) <= HOOK_LINES_MAX


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("http://127.0.0.1:8017/v1/cases?mine=true&act=%C3%A9", "127.0.0.1:8017"),
        ("http://node.example:80/v1/cases", "node.example"),
        ("https://Node.example:443/v1/cases", "node.example"),
        ("https://node.example:8443/v1/units/%E5%8D%95", "node.example:8443"),
    ],
)
@pytest.mark.parametrize("body", [None, {"名": "值"}])
def test_the_hook_signs_what_the_node_verifies(url: str, authority: str, body: Any) -> None:
    request = httpx.Request("POST", url, json=body)
    hook()(SEED)(request)
    path, _, query = request.url.raw_path.decode().partition("?")
    came = httpsig.Request("POST", authority, path, query, request.content)
    found = httpsig.verify_request(Signer(SEED).public, came, request.headers, int(time.time()))
    assert found.key_id == Signer(SEED).key_id
