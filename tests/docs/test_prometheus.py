"""A real Prometheus scrapes real nodes by the files of docs/deploy: every figure and every alert is asked of it.

Grafana asks Prometheus for the expressions of the board in the same way; Grafana itself is not started here.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from dengbu.nodes.founding.addresses import free_ports
from dengbu.scripts.net.devnet import Devnet
from tests.api.town import HOST
from tests.docs.test_monitoring import ALERTS, SCRAPING, panels, rules, selectors
from tests.scripts.small_town import small_town
from tests.waiting import until

PROMETHEUS = shutil.which("prometheus")
EVERY_S = 1  # between two scrapes; in a real network 15
STOP_S = 30
STOPPED = "bank-b"  # at the end, so that an alert is raised

pytestmark = pytest.mark.skipif(PROMETHEUS is None, reason="Prometheus is not on this machine")


@dataclass(frozen=True)
class Prometheus:
    """A running one."""

    url: str
    net: Devnet
    instances: tuple[str, ...]  # of the nodes

    def asked(self, path: str, **query: str) -> Any:
        """The data of an answer."""
        answer = requests.get(f"{self.url}/api/v1/{path}", params=query, timeout=STOP_S).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def found(self, expression: str) -> list[dict[str, Any]]:
        """The samples of an expression; `$instance` is each node in turn, as on the board."""
        return [
            one
            for instance in self.instances
            for one in self.asked("query", query=expression.replace("$instance", instance))["result"]
        ]


def configured(folder: Path, instances: tuple[str, ...]) -> Path:
    """The configuration of docs/deploy with the nodes of a test, beside the alerts."""
    scraping = yaml.safe_load(SCRAPING.read_text(encoding="utf-8"))
    scraping["global"] = {"scrape_interval": f"{EVERY_S}s", "evaluation_interval": f"{EVERY_S}s"}
    scraping["scrape_configs"][0]["static_configs"] = [{"targets": list(instances)}]
    shutil.copy(ALERTS, folder / ALERTS.name)
    file = folder / SCRAPING.name
    file.write_text(yaml.safe_dump(scraping), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("prometheus")
    town = small_town(folder, titles=4)
    with ExitStack() as stack:
        stack.enter_context(town.net)
        instances = tuple(town.net.url(id).removeprefix("http://") for id in town.net.members)
        address = f"{HOST}:{free_ports(1)[0]}"
        command = [str(PROMETHEUS), f"--config.file={configured(folder, instances)}"]
        command += [f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={address}"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        stack.callback(process.wait, STOP_S)
        stack.callback(process.terminate)
        made = Prometheus(f"http://{address}", town.net, instances)
        until(lambda: _is_ready(made), lambda: (folder / "log").read_text())
        until(
            lambda: all(
                made.asked("query", query=f'up{{instance="{one}"}} == 1')["result"] for one in instances
            )
        )
        with town.net.client("bank-a") as bank:
            bank.cases.apply(**town.mortgage(town.title()), key="loan-1", wait=20)
        assert requests.get(f"{town.net.url('bank-a')}/v1/cases", timeout=STOP_S).status_code == 401
        yield made


def _is_ready(made: Prometheus) -> bool:
    try:
        return requests.get(f"{made.url}/-/ready", timeout=STOP_S).status_code == 200
    except requests.ConnectionError:
        return False


def test_it_loads_every_alert_and_can_evaluate_it(prometheus: Prometheus) -> None:
    def evaluated() -> list[dict[str, Any]]:
        (group,) = prometheus.asked("rules")["groups"]
        return list(group["rules"]) if all(one["health"] != "unknown" for one in group["rules"]) else []

    loaded = until(evaluated, "every rule was evaluated")
    assert [one["name"] for one in loaded] == [one["alert"] for one in rules()]
    assert [(one["name"], one["lastError"]) for one in loaded if one["health"] != "ok"] == []


@pytest.mark.parametrize("name", sorted({name for one in rules() for name, _ in selectors(one["expr"])}))
def test_every_figure_of_an_alert_has_samples(prometheus: Prometheus, name: str) -> None:
    assert until(lambda: prometheus.asked("query", query=name)["result"], f"samples of {name}")


@pytest.mark.parametrize(
    ("title", "expression"), [(panel["title"], one["expr"]) for panel in panels() for one in panel["targets"]]
)
def test_every_expression_of_the_board_has_data(prometheus: Prometheus, title: str, expression: str) -> None:
    found = until(lambda: prometheus.found(expression), f"{title}: {expression}")
    assert all(one["value"][1] != "" for one in found)


def test_a_stopped_node_raises_an_alert_and_only_that_one(prometheus: Prometheus) -> None:
    """The alert waits for a minute before it speaks, which is not waited for: it is pending at once."""
    raised = 'ALERTS{severity="critical"}'
    assert prometheus.asked("query", query=raised)["result"] == []
    prometheus.net.stop([STOPPED])
    (found,) = until(lambda: prometheus.asked("query", query=raised)["result"], "an alert")
    assert found["metric"]["alertname"] == "DengbuDown"
    assert found["metric"]["instance"] == prometheus.net.url(STOPPED).removeprefix("http://")
