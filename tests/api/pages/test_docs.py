"""The page of the document: served whole by the node itself, and the vendored script is the one that VENDOR.md names."""

import hashlib
import re
from pathlib import Path

from dengbu.api.pages import docs
from tests.api.town import Town

FOLDER = Path(docs.__file__).parent / "rapidoc"
_ROW = re.compile(r"^\| ([\w.-]+) \| ([0-9a-f]{64}) \|$", re.MULTILINE)


def test_the_vendored_files_are_those_that_are_named() -> None:
    named = dict(_ROW.findall((FOLDER / "VENDOR.md").read_text(encoding="utf-8")))
    found = {
        one.name: hashlib.sha256(one.read_bytes()).hexdigest()
        for one in FOLDER.iterdir()
        if one.name != "VENDOR.md"
    }
    assert found == named
    assert "RapiDoc 9.3.8 " in docs.SCRIPT[:100].decode()


def test_the_page_asks_for_nothing_beyond_the_node(city: Town) -> None:
    client = city.apps["bank-a"].test_client()
    page = client.get("/docs")
    assert page.status_code == 200
    asked = re.findall(r'(?:src|href|spec-url)="([^"]*)"', page.text)
    assert sorted(set(asked)) == ["/docs/rapidoc.js", "/openapi.json"]
    assert "://" not in page.text
    for one in asked:
        assert client.get(one).status_code == 200, one
    policy = dict(each.strip().split(" ", 1) for each in page.headers["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["connect-src"]) == (
        "'none'",
        "'self'",
        "'self'",
    )
    assert "unsafe-inline" not in client.get("/openapi.json").headers["Content-Security-Policy"]


def test_the_script_is_kept_by_the_reader(city: Town) -> None:
    client = city.apps["bank-a"].test_client()
    first = client.get("/docs/rapidoc.js")
    assert first.data == docs.SCRIPT
    again = client.get("/docs/rapidoc.js", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
