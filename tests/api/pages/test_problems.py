"""The pages behind the `type` of a problem look like the page at `/`: same templates, same style, nothing from elsewhere."""

import re

import pytest

from dengbu.api.routes.problems import GROUPS
from tests.api.pages.test_home import Page
from tests.api.town import Town

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}  # as a browser asks


@pytest.mark.parametrize("path", ["/problems", "/problems/seized", "/problems/invalid-request"])
def test_a_problem_is_a_page_with_the_style_of_all(city: Town, path: str) -> None:
    client = city.apps["bank-a"].test_client()
    answer = client.get(path, headers=HTML)
    page = Page(answer.text)
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    assert "/pages.css" in page.links
    assert page.tags.isdisjoint({"script", "style", "iframe", "img"})
    assert " style=" not in answer.text
    assert [link for link in page.links if client.get(link, headers=HTML).status_code != 200] == []
    assert re.search(r'<html lang="zh-CN">.*<meta name="viewport"', answer.text, re.S)
    assert "登簿" in page.said


def test_a_problem_of_the_ledger_has_its_number(city: Town) -> None:
    client = city.apps["bank-a"].test_client()
    said = Page(client.get("/problems/seized", headers=HTML).text).said
    assert str(client.get("/problems/seized").get_json()["number"]) in said


def test_all_problems_stand_under_headings_that_are_named(city: Town) -> None:
    page = city.apps["bank-a"].test_client().get("/problems", headers=HTML).text
    assert re.findall(r"<h2>(\S+) <span", page) == [zh for zh, _ in GROUPS.values()]


def test_a_browser_that_asks_for_no_such_problem_gets_a_problem(city: Town) -> None:
    answer = city.apps["bank-a"].test_client().get("/problems/no-such-problem", headers=HTML)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
