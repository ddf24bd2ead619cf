"""The page at `/` says to a person, on every node, what the node is and where to go on; it takes nothing from elsewhere."""

import re
from html.parser import HTMLParser

import pytest

from dengbu.api.pages.home import ROLES
from dengbu.ledger.register.members import Institution, Role
from tests.api.town import MEMBERS, Town


class Page(HTMLParser):
    """What the tests ask of a page: its text and its links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]

    def handle_data(self, data: str) -> None:
        self.said += data


@pytest.mark.parametrize("member", MEMBERS)
def test_every_node_says_what_it_is(city: Town, member: str) -> None:
    answer = city.apps[member].test_client().get("/")
    page = Page(answer.get_data(as_text=True))
    own = city.nodes[member].register.get(Institution, member)
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    assert own is not None
    for said in (own.name_zh, own.name_en, member, city.nodes[member].net, *ROLES[Role(MEMBERS[member])]):
        assert said in page.said
    keys = [key for key in city.nodes[member].listings.public_keys() if key.institution == member]
    assert keys
    assert [key.id for key in keys if key.id not in page.said or key.public not in page.said] == []


def test_every_link_leads_somewhere_on_this_node(city: Town) -> None:
    asking = city.apps["hz-registry"].test_client()
    links = Page(asking.get("/").get_data(as_text=True)).links
    assert {"/openapi.json", "/problems", "/v1/policy.txt", "/readyz", "/pages.css"} <= set(links)
    assert [
        (link, asking.get(link).status_code) for link in links if asking.get(link).status_code != 200
    ] == []


def test_nothing_comes_from_elsewhere_and_nothing_runs(city: Town) -> None:
    answer = city.apps["bank-a"].test_client().get("/")
    page = Page(answer.get_data(as_text=True))
    assert [link for link in page.links if not link.startswith("/") or link.startswith("//")] == []
    assert page.tags.isdisjoint({"script", "style", "iframe", "img"})
    assert " style=" not in answer.get_data(as_text=True)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_style_sheet_asks_for_nothing(city: Town) -> None:
    sheet = city.apps["bank-a"].test_client().get("/pages.css")
    assert sheet.mimetype == "text/css"
    assert not re.search(r"url\(|@import|https?:", sheet.get_data(as_text=True))


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_it_is_only_read(city: Town, method: str) -> None:
    assert getattr(city.apps["bank-a"].test_client(), method)("/").status_code == 405


def test_every_role_has_its_words() -> None:
    assert list(ROLES) == list(Role)
