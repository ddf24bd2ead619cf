"""Alerts and board name only metrics that a running node shows, with labels that they have."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import requests
import yaml

from tests.docs.manual import DOCUMENT, UNITS
from tests.scripts.small_town import small_town

ALERTS = UNITS / "prometheus/alerts.yml"
SCRAPING = UNITS / "prometheus/prometheus.yml"
BOARD = UNITS / "grafana/dengbu.json"
PROMTOOL = shutil.which("promtool")
BY_PROMETHEUS = {"up": {"job", "instance"}}  # what it adds by itself
SEVERITIES = {"critical", "warning", "info"}
SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? \S+$", re.MULTILINE)
CHINESE_FIRST = re.compile(r"^[^A-Za-z]*[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[a-z]{3,}\b.*\b[a-z]{3,}")
WAIT_S = 10


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return list(group["rules"])


def panels() -> list[dict[str, Any]]:
    return list(json.loads(BOARD.read_text(encoding="utf-8"))["panels"])


EXPRESSIONS = [
    *((rule["alert"], rule["expr"]) for rule in rules()),
    *((panel["title"], target["expr"]) for panel in panels() for target in panel["targets"]),
]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, set[str]]]:
    """The names of the samples that nodes of a running network show, each with its labels."""
    made = small_town(tmp_path_factory.mktemp("town"), titles=1)
    found: dict[str, set[str]] = {}
    with made.net:
        for id in made.net.members:
            url = made.net.url(id)
            assert requests.get(f"{url}/v1/cases", timeout=WAIT_S).status_code == 401  # one problem to count
            text = requests.get(f"{url}/metrics", timeout=WAIT_S).text
            for name, labels in SAMPLE.findall(text):
                found.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
        yield found


def selectors(expression: str) -> list[tuple[str, set[str]]]:
    """Each metric that an expression asks for, with the labels that it selects by."""
    found: list[tuple[str, set[str]]] = []

    def visit(node: object) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.append((str(node.name), {one.name for one in node.matchers.matchers}))

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


def grouped(expression: str) -> set[str]:
    """The labels that an expression groups by."""
    return {
        label
        for group in re.findall(r"\bby \(([^)]*)\)", expression)
        for label in group.replace(" ", "").split(",")
    }


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS)
def test_a_running_node_shows_what_is_asked_for(
    shown: Mapping[str, set[str]], where: str, expression: str
) -> None:
    asked = selectors(expression)
    assert asked
    known = BY_PROMETHEUS | {name: labels | {"instance", "job"} for name, labels in shown.items()}
    for name, labels in asked:
        assert name in known, f"{where}: no node shows {name}"
        assert labels <= known[name], f"{where}: {name} has no labels {labels - known[name]}"
    assert grouped(expression) <= set().union(*(known[name] for name, _ in asked)), where


def test_every_figure_of_a_node_is_on_the_board(shown: Mapping[str, set[str]]) -> None:
    on_board = {name for panel in panels() for one in panel["targets"] for name, _ in selectors(one["expr"])}
    own = {name for name in shown if name.startswith("dengbu_")}
    beside = {
        "dengbu_http_request_seconds_sum",
        "dengbu_http_request_seconds_count",
    }  # of a histogram that is there
    assert own - beside == {name for name in on_board if name.startswith("dengbu_")}


def test_every_expression_is_promql_and_a_misspelt_one_would_be_found() -> None:
    assert selectors('rate(dengbu_x{a="1"}[5m]) > 2') == [("dengbu_x", {"a"})]
    with pytest.raises(ValueError, match=r"unclosed|unexpected|expected"):
        promql_parser.parse("rate(dengbu_x[5m]")


def test_each_alert_says_what_happened_and_what_to_do_first_in_both_languages() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)
    for rule in rules():
        assert rule["labels"]["severity"] in SEVERITIES
        assert re.fullmatch(r"\d+[mhd]", rule["for"])
        for text in (rule["annotations"]["summary"], rule["annotations"]["runbook"]):
            assert CHINESE_FIRST.match(re.sub(r"\{\{.*?\}\}", "", text)), text
            assert ENGLISH.search(text), text
        used = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
        assert used <= {"check", "peer", "listener", "lane"}


def test_each_alarm_of_the_document_has_an_alert() -> None:
    """Every check of the table in docs/deploy.md is watched, by its own figure or as dengbu_check_ok."""
    told = " ".join(rule["expr"] for rule in rules())
    named = dict.fromkeys(
        ("db", "disk", "evidence", "access-log", "engine", "rules", "erasure"), "dengbu_check_ok"
    )
    figures = {
        "quorum": "dengbu_final_wait_seconds",
        "away": "dengbu_members_away",
        "lag": "dengbu_log_behind_entries",
        "clock": "dengbu_clock_offset_seconds",
        "payloads": "dengbu_payloads_undelivered",
    }
    table = DOCUMENT.read_text(encoding="utf-8").partition("## 9.")[2].partition("| 指标 figure")[0]
    checks = set(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE))
    assert checks == named.keys() | figures.keys()
    for check in named:
        assert re.search(rf'check=~?"[a-z|-]*\b{check}\b', told), check
    assert all(figure in told for figure in figures.values())


def test_the_scraping_configuration_loads_these_alerts_under_the_name_they_ask_for() -> None:
    scraping = yaml.safe_load(SCRAPING.read_text(encoding="utf-8"))
    assert scraping["rule_files"] == [ALERTS.name]
    assert [job["job_name"] for job in scraping["scrape_configs"]] == ["dengbu"]


needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool of Prometheus is not on this machine")


@needs_promtool
def test_promtool_takes_the_rules_and_the_configuration() -> None:
    for command in (["check", "rules", str(ALERTS)], ["check", "config", "--syntax-only", str(SCRAPING)]):
        done = subprocess.run([str(PROMTOOL), *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_alerts_speak_and_keep_still_as_they_should(tmp_path: Path) -> None:
    text = (Path(__file__).parent / "alerts.test.yml").read_text(encoding="utf-8")
    content = yaml.safe_load(text.replace("ALERTS", str(ALERTS)))
    rule_of = {rule["alert"]: rule for rule in rules()}
    for test in content["tests"]:
        for one in test["alert_rule_test"]:
            for expected in one.get("exp_alerts", ()):
                annotations = dict(rule_of[one["alertname"]]["annotations"])
                for label, value in expected["exp_labels"].items():
                    annotations["summary"] = annotations["summary"].replace(
                        f"{{{{ $labels.{label} }}}}", value
                    )
                annotations["summary"] = annotations["summary"].replace("{{ $value }}", "-3")
                expected["exp_annotations"] = annotations
    (tmp_path / "alerts.test.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    command = [str(PROMTOOL), "test", "rules", str(tmp_path / "alerts.test.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
