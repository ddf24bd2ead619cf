"""What each scope may do, written down route by route and tried in both directions.

The table is what the routes are meant to declare: a route that declares something else, or is new, fails here.
"""

import pytest

from dengbu.api.edge.access import access_of
from dengbu.nodes.home.config import SCOPES
from tests.api.edge.test_access import routes
from tests.api.town import MEMBERS, Town

OFFICER, SYSTEM, AUDITOR = SCOPES
CASES, TAX = "/v1/cases/<number>", "/v1/cases/<number>/tax"
# group -> (scopes, routes)
GROUPS: dict[str, tuple[set[str], set[tuple[str, str]]]] = {
    "a person's decisions": (
        {OFFICER},
        {
            ("POST", f"{CASES}/suspend"),
            ("POST", f"{CASES}/refuse"),
            ("POST", f"{TAX}/refund-decline"),
            ("POST", f"{TAX}/clawback"),
            ("POST", "/v1/drafts/countersign"),
            ("POST", "/v1/statements"),
        },
    ),
    "personal data": (
        {OFFICER},
        {("GET", f"{CASES}/private"), ("GET", f"{TAX}/check")},
    ),
    "the whole log, and who read what": (
        {AUDITOR},
        {("GET", "/v1/access-log"), ("GET", "/v1/tile/entries/<path:place>")},
    ),
    "filing and deciding by the rules": (
        {OFFICER, SYSTEM},
        {
            ("POST", "/v1/cases"),
            ("POST", "/v1/drafts"),
            ("POST", "/v1/events"),
            ("POST", "/v1/titles"),
            ("POST", "/v1/title-batches"),
            ("POST", "/v1/holder-references"),
            ("POST", f"{CASES}/review"),
            ("POST", f"{CASES}/resume"),
            ("POST", f"{CASES}/enter"),
            ("POST", f"{CASES}/withdraw"),
            ("POST", f"{CASES}/rate"),
            ("POST", f"{TAX}/assess"),
            ("POST", f"{TAX}/clear"),
            ("POST", f"{TAX}/refund-request"),
            ("POST", f"{TAX}/refund"),
            ("POST", f"{TAX}/overpayment"),
            ("POST", f"{TAX}/clawback-paid"),
        },
    ),
}


def declared(town: Town) -> dict[tuple[str, str], tuple[set[str], frozenset[str]]]:
    """Scopes and roles of every route that is not public and not a reading for all scopes."""
    app = town.apps["hz-registry"]
    found = {}
    for rule in app.url_map.iter_rules():
        wanted = access_of(app.view_functions[rule.endpoint])
        assert wanted is not None
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            if not wanted.is_public and wanted.scopes != set(SCOPES):
                found[method, rule.rule] = (set(wanted.scopes), wanted.roles)
    return found


def test_every_route_that_is_not_for_all_is_in_one_group_with_its_scopes(city: Town) -> None:
    listed = {route: scopes for scopes, group in GROUPS.values() for route in group}
    assert {route: scopes for route, (scopes, _) in declared(city).items()} == listed
    assert sum(len(group) for _, group in GROUPS.values()) == len(listed)


def test_what_all_scopes_may_is_reading(city: Town) -> None:
    app = city.apps["hz-registry"]
    for rule in app.url_map.iter_rules():
        wanted = access_of(app.view_functions[rule.endpoint])
        assert wanted is not None
        if wanted.is_public or wanted.scopes == set(SCOPES):
            assert "POST" not in (rule.methods or set()), rule.rule


@pytest.mark.parametrize("group", GROUPS)
def test_each_scope_is_let_in_or_refused_in_both_directions(city: Town, group: str) -> None:
    """At a node whose role fits, so that it is the scope alone that decides."""
    scopes, listed = GROUPS[group]
    tried = set()
    for institution, role in MEMBERS.items():
        app = city.apps[institution]
        for method, path, endpoint in routes(app):
            rule = next(one for one in app.url_map.iter_rules() if one.endpoint == endpoint)
            wanted = access_of(app.view_functions[endpoint])
            assert wanted is not None
            if (method, rule.rule) not in listed or role not in wanted.roles:
                continue
            for scope in SCOPES:
                answer = city.caller(institution, scope).call(method, path)
                assert (answer.status_code == 403) == (scope not in scopes), (path, scope, answer.text)
                if answer.status_code == 403:
                    assert answer.get_json()["code"] == "forbidden"
                    assert "scope" in answer.get_json()["detail_en"]
                tried.add((method, rule.rule, scope))
    assert len(tried) == len(SCOPES) * len(listed)
