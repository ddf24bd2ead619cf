"""The report of a bench whose loads ran out of titles: each such load is one line, and the rest is there."""

import json
import os
import subprocess

import pytest

from dengbu.scripts.bench.report import AIMS, ORDER_AIMS, percentiles, ran_out, verdicts
from dengbu.scripts.commands.bench import lines
from dengbu.scripts.net.engines import SEQUENCER
from dengbu.scripts.net.processes import dengbu, environ

BENCH_S_MAX = 600


@pytest.mark.parametrize(
    ("relation", "figure", "met"),
    [
        (">=", 500, True),
        (">=", 499, False),
        ("<=", 500, True),
        ("<=", 501, False),
        (">=", None, None),
        ("<=", None, None),
    ],
)
def test_an_aim_is_met_missed_or_not_measured(relation: str, figure: int | None, met: bool | None) -> None:
    found = verdicts({"x": figure}, {"x": (relation, 500)})["x"]
    assert (found["met"], found["figure"], found["aim"]) == (met, figure, f"{relation} 500")
    assert (found["ratio"] is None) == (figure is None)


def test_nothing_measured_is_said_and_the_rest_is_shown() -> None:
    figures = dict.fromkeys(ORDER_AIMS[SEQUENCER] | AIMS, 1) | {
        f"open_50_{name}": one for name, one in percentiles([]).items()
    }
    aims = verdicts(figures, ORDER_AIMS[SEQUENCER] | AIMS)
    line = ran_out("open_50", 0, 0.0, 4.0, 240)
    shown = lines(
        {
            "engine": SEQUENCER,
            "machine": {"cores": 2},
            "figures": {**figures, "receipt_bytes": 5},
            "aims": aims,
            "ran_out": [line],
        }
    )
    assert line in shown
    assert "\n" not in line
    assert all(said in line for said in ("open_50", "240", "0.0 of 4 s", "--units", "产权用完"))
    (p95,) = [one for one in shown if one.startswith("open_50_p95_ms")]
    assert p95.endswith("— 未测 not measured")
    assert any(one.startswith("receipt_bytes") for one in shown)
    assert any(one.endswith("✓ 达标 met") for one in shown)


def test_a_bench_with_too_few_units_ends_with_its_report() -> None:
    command = dengbu("bench", "--seconds", "2", "--units", "50", "--events", "300", "--json")
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env=environ() | {"NO_COLOR": "1", "PATH": os.environ["PATH"]},
        timeout=BENCH_S_MAX, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["ran_out"]
    assert report["ran_out"][-1].startswith("open_50: ")
    assert report["figures"]["open_50_submits"] == 0
    assert report["aims"]["open_50_p50_ms"]["met"] is None
    assert report["aims"]["ingest_per_s"]["figure"] > 0
    assert report["figures"]["receipts_verified_per_s"] > 0
