"""One line about several test runs: what passed, what failed, what was skipped and why.

As a plugin of each run (`-p tests.tally --tally FILE`) it adds a line of JSON to a file; as a program it reads that file.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

FAILED = ("failed", "error")
REASONS_MAX = 12


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the file to count into."""
    parser.addoption("--tally", type=Path, required=True, help="file to which this run's count is added")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Add this run's count to the file; the reports of all workers come together here."""
    if hasattr(config, "workerinput"):
        return
    stats = terminalreporter.stats
    skipped = Counter(_reason(report) for report in stats.get("skipped", ()))
    count = {"passed": len(stats.get("passed", ())), "failed": sum(len(stats.get(one, ())) for one in FAILED)}
    with config.getoption("--tally").open("a", encoding="utf-8") as file:
        file.write(json.dumps({**count, "skipped": skipped}, ensure_ascii=False) + "\n")


def _reason(report: pytest.TestReport) -> str:
    told = report.longrepr
    reason = str(told[2] if isinstance(told, tuple) else told).removeprefix("Skipped: ")
    return reason.partition(": ")[0]  # what follows the colon names the single case


def line(counts: list[dict[str, int | dict[str, int]]]) -> str:
    """Return the totals of several runs in one line."""
    total: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for count in counts:
        for name, value in count.items():
            if isinstance(value, dict):
                skipped.update(value)
            else:
                total[name] += value
    told = f"通过 passed {total['passed']}, 失败 failed {total['failed']}, 跳过 skipped {skipped.total()}"
    why = [f"{count} x {reason}" for reason, count in skipped.most_common(REASONS_MAX)]
    more = len(skipped) - len(why)
    return f"{told}{': ' if why else ''}{'; '.join(why)}{f'; and {more} other reasons' if more > 0 else ''}"


def main(path: Path) -> None:
    """Print the summary of a tally file."""
    sys.stdout.write(line([json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
