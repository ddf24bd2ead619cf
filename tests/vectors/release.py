"""Pytest plugin that keeps the logs of a release, so that later releases can audit what its rules decided.

    scripts/demo --keep --units 20 --net DIR; dengbu net down --net DIR
    python -m pytest -p tests.vectors.release tests/ledger --release 0.1.0 --home DIR/homes/hz-registry

The ledger of that home is the first log that is kept, with its final checkpoint and the policy file that trusts it.
Every world of these tests that began with a genesis, and that only events have changed, is executed once more as a log of
its own. Kept are the shortest logs that together show each type of event, each act, each outcome and each reason that any
of them shows. tests/nodes/audit/test_released.py audits what is kept.
"""

import lzma
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.log.envelope import Envelope
from dengbu.ledger.log.merkle import Frontier
from dengbu.ledger.register.record import Record
from dengbu.nodes.execution.envelope_cache import Seen
from dengbu.nodes.execution.execution import Execution
from dengbu.nodes.home.config import POLICY_FILE
from dengbu.nodes.store.block import Head, Row
from dengbu.nodes.store.reads import Reads
from tests import worlds

FOLDER = Path(__file__).resolve().parent / "released"


class Log(msgspec.Struct, frozen=True, omit_defaults=True):
    """A whole log from its genesis: where it came from, its network, its leaves, its last root (hex).

    `checkpoint` is a final note over all of it and `policy` the tlog-policy that trusts it, where the network was real.
    """

    name: str
    net: str
    leaves: tuple[str, ...]
    root: str
    checkpoint: str = ""
    policy: str = ""


class NoRows:
    """Stands for the register before the first entry: it has no rows."""

    def row(self, table: str, key: str) -> Row | None:
        """Return None: there are no rows."""
        return None

    def rows(self, places: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row]:
        """Return nothing: there are no rows."""
        return {}


@dataclass
class _Lived:
    """What happened to one world: its events with their times, and whether anything else changed the world."""

    name: str
    events: list[tuple[Envelope, int]] = field(default_factory=list)
    edited: bool = False


class Recorder:
    """Watches every world of a run."""

    def __init__(self) -> None:
        self.logs: list[Log] = []
        self._test = ""
        self._lived: dict[int, tuple[worlds.World, _Lived]] = {}

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Keep every judged event, and notice when a world is edited."""
        judge, change = worlds.World.judge, worlds.World.change

        def judged(world: worlds.World, envelope: Envelope) -> Any:
            self._of(world).events.append((envelope, world.time))
            return judge(world, envelope)

        def changed(world: worlds.World, record: Record, **fields: Any) -> None:
            self._of(world).edited = True
            change(world, record, **fields)

        patch.setattr(worlds.World, "judge", judged)
        patch.setattr(worlds.World, "change", changed)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Note which test begins."""
        self._test = item.nodeid

    def pytest_runtest_teardown(self) -> None:
        """Turn the worlds of a finished test into logs."""
        for _, lived in self._lived.values():
            log = None if lived.edited else _executed(lived)
            if log is not None:
                self.logs.append(log)
        self._lived.clear()

    def _of(self, world: worlds.World) -> _Lived:
        return self._lived.setdefault(id(world), (world, _Lived(self._test)))[1]


def _executed(lived: _Lived) -> Log | None:
    """Return the log of a world; None where its events form no log, because some were only tried or never admitted."""
    execution = Execution(worlds.NET, Head(), Frontier(), NoRows(), Seen())
    try:
        for height, (envelope, time) in enumerate(lived.events, start=1):
            execution.begin(height, time)
            execution.step(envelope)
            execution.seal()
    except (NotAdmitted, ValueError, AssertionError):
        return None
    leaves = tuple(one.leaf.decode() for one in execution.additions)
    return Log(lived.name, worlds.NET, leaves, execution.root().hex()) if leaves else None


def of_home(home: Path) -> Log:
    """Return the log in a stopped node's home; all of it must be final."""
    with Reads(home) as reads:
        size, note = reads.last_checkpoint() or (0, b"")
        assert size == reads.size(), f"{size} of {reads.size()} entries are final"
        leaves = tuple(leaf.decode() for leaf in reads.leaves(0, size))
        root = reads.load_head().root.hex()
        return Log("demo", reads.net(), leaves, root, note.decode(), (home / POLICY_FILE).read_text())


def shows(log: Log) -> frozenset[str]:
    """Return what a log shows, as names: type and outcome of each event, its acts, its reasons."""
    found: list[str] = []
    for leaf in log.leaves:
        entry: Mapping[str, Any] = msgspec.json.decode(leaf)
        body, decision = entry["event"]["body"], entry["decision"]
        acts = [f" {act['act']}" for act in body["data"].get("acts", ())] or [""]
        reasons = [f" {reason['name']}" for reason in decision.get("reasons", ())] or [""]
        found += [f"{body['type']}{act} {decision['outcome']}{why}" for act in acts for why in reasons]
    return frozenset(found)


def chosen(logs: list[Log]) -> list[Log]:
    """Return the logs to keep: beginning with the shortest, each one that shows something no earlier one did."""
    kept: list[Log] = []
    shown: frozenset[str] = frozenset()
    for log in sorted(logs, key=lambda one: (len(one.leaves), one.name)):
        if not shows(log) <= shown:
            kept.append(log)
            shown |= shows(log)
    return kept


def write(version: str, logs: list[Log]) -> Path:
    """Write the logs of a release; return the file."""
    path = FOLDER / f"{version}.json.xz"
    path.write_bytes(lzma.compress(msgspec.json.encode(logs), preset=9 | lzma.PRESET_EXTREME))
    return path


def read(path: Path) -> list[Log]:
    """Read the logs of a release."""
    return msgspec.json.decode(lzma.decompress(path.read_bytes()), type=list[Log])


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that name the release and the home."""
    parser.addoption("--release", required=True, help="version whose logs are kept, like 0.1.0")
    parser.addoption("--home", required=True, type=Path, help="home of a stopped node of that version")


def pytest_configure(config: pytest.Config) -> None:
    """Register the recorder that watches the run."""
    recorder = Recorder()
    recorder.watch(pytest.MonkeyPatch())
    config.pluginmanager.register(recorder, "release-recorder")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write down what a successful run showed."""
    recorder = session.config.pluginmanager.get_plugin("release-recorder")
    if exitstatus or recorder is None:
        return
    real = of_home(session.config.getoption("--home"))
    path = write(session.config.getoption("--release"), [real, *chosen(recorder.logs)])
    session.config.get_terminal_writer().line(f"\nwrote {path}, {path.stat().st_size} bytes")
