"""What a node's /metrics shows of what is going on, and what it costs to show it."""

import re
import time

from dengbu.api.edge.figures import ROWS
from dengbu.nodes.node import Node
from tests.api.routes.test_tax import sale
from tests.api.town import MEMBERS, Town
from tests.waiting import until

FAMILIES_MIN = 20
SCRAPE_S_MAX = 0.5  # on a machine with other work; alone it takes a few milliseconds
UNIT = re.compile(r"(_total|_seconds|_bytes|_entries|_events|_cases|_deals|_rows|_info|_ok)$")
# Counts of things that have no unit, and what is a state.
PLAIN = {
    "dengbu_log_height", "dengbu_checkpoint_cosignatures", "dengbu_checkpoint_cosignatures_needed", "dengbu_members_away",
    "dengbu_payloads_undelivered", "dengbu_payloads_missing", "dengbu_peer_reachable", "dengbu_rule_set",
    "dengbu_streams_free", "dengbu_feed_followers", "dengbu_threads", "dengbu_threads_busy", "dengbu_queued_requests",
    "dengbu_cases_open",
}  # fmt: skip


def scraped(town: Town, institution: str) -> str:
    answer = town.apps[institution].test_client().get("/metrics")
    assert answer.status_code == 200
    return answer.text


def value(text: str, series: str) -> float:
    """The value of one series."""
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    assert found is not None, series
    return float(found[1])


def test_names_have_a_unit_and_every_family_says_what_it_is(city: Town) -> None:
    text = scraped(city, "hz-registry")
    families = dict(re.findall(r"^# HELP (\S+) (.+)$", text, re.MULTILINE))
    own = {name for name in families if name.startswith("dengbu_")}
    assert len(own) >= FAMILIES_MIN
    assert {row.name for row in ROWS} <= own
    for name in own:
        assert UNIT.search(name) or name in PLAIN, name
        assert re.match(r"\S*[\u4e00-\u9fff]\S* [A-Z]", families[name]) or "readyz" in families[name], (
            families[name]
        )
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    assert {name for name in own if kinds[name] == "counter"} == {
        name for name in own if name.endswith("_total")
    }
    assert {
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
        "process_open_fds",
    } <= families.keys()


def test_no_case_and_no_unit_is_a_label(city: Town) -> None:
    number = sale(city)
    text = scraped(city, "hz-registry")
    assert number not in text
    assert "441302001001GB" not in text


def test_a_sale_shows_where_it_waits(city: Town) -> None:
    before = {one: scraped(city, one) for one in MEMBERS}
    number = sale(city)
    until(lambda: city.nodes["hz-registry"].desk_worklist(), "the desk leaves it to a person")
    city.everywhere(city.nodes["hz-registry"].head.size - 1)
    for institution in MEMBERS:
        text = scraped(city, institution)
        assert value(text, "dengbu_cases_open") == value(before[institution], "dengbu_cases_open") + 1
        assert (
            value(text, "dengbu_tax_waiting_deals")
            == value(before[institution], "dengbu_tax_waiting_deals") + 1
        )
        assert value(text, "dengbu_log_final_entries") == city.nodes[institution].final_size
        assert value(text, "dengbu_log_behind_entries") == 0
        assert (
            value(text, "dengbu_checkpoint_cosignatures")
            >= value(text, "dengbu_checkpoint_cosignatures_needed")
            > 1
        )
        assert 0 <= value(text, "dengbu_checkpoint_age_seconds") < 60
        assert value(text, "dengbu_state_age_seconds") < 10
    registry = scraped(city, "hz-registry")
    assert value(registry, "dengbu_desk_left_cases") >= 1
    assert value(scraped(city, "bank-a"), "dengbu_desk_left_cases") == 0
    city.caller("hz-registry").post(f"/v1/cases/{number}/withdraw")
    assert value(scraped(city, "hz-registry"), "dengbu_cases_open") == value(
        before["hz-registry"], "dengbu_cases_open"
    )


def test_refusals_are_counted_by_code(city: Town) -> None:
    series = 'dengbu_http_problems_total{code="signature-refused"}'
    app = city.apps["bank-b"]
    app.test_client().get("/v1/cases", headers={"Signature": "x", "Signature-Input": "x"})
    before = value(scraped(city, "bank-b"), series)
    app.test_client().get("/v1/cases", headers={"Signature": "x", "Signature-Input": "x"})
    assert value(scraped(city, "bank-b"), series) == before + 1
    assert value(scraped(city, "bank-b"), 'dengbu_http_rate_limited_total{policy="writes"}') == 0


def test_peers_and_what_waits_for_them_are_shown_by_name(city: Town) -> None:
    text = scraped(city, "hz-registry")
    for peer in set(MEMBERS) - {"hz-registry"}:
        assert value(text, f'dengbu_payloads_undelivered{{peer="{peer}"}}') == 0
        series = f'dengbu_peer_reachable{{peer="{peer}"}}'
        until(lambda series=series: value(scraped(city, "hz-registry"), series) == 1, f"{peer} is reached")  # type: ignore[misc]
    assert value(text, 'dengbu_threads{lane="cosign",listener="peers"}') > 0
    assert value(text, 'dengbu_database_bytes{file="ledger.db"}') > 10_000


def test_a_scrape_is_cheap_and_reads_no_table_through(city: Town) -> None:
    scraped(city, "hz-registry")
    began = time.perf_counter()
    scraped(city, "hz-registry")
    assert time.perf_counter() - began < SCRAPE_S_MAX
    node: Node = city.nodes["hz-registry"]
    sql = "EXPLAIN QUERY PLAN SELECT count(*) FROM (SELECT 1 FROM register WHERE tbl = 'deal' AND status = 'x' LIMIT 9)"
    plan = [str(row[3]) for row in node.store.readers.rows(sql)]
    assert any("SEARCH register USING COVERING INDEX" in line for line in plan), plan
    assert not any(line.startswith("SCAN register") for line in plan), plan
