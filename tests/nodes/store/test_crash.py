"""Killed at any point or out of disk, the node has all that was acknowledged, and its ledger opens in order."""

import base64
import random
import resource
import shutil
import signal
import subprocess
import sys
from itertools import cycle
from pathlib import Path

import pytest

from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.records import Unit
from dengbu.nodes.audit.audit import audit
from dengbu.nodes.audit.startup import check
from dengbu.nodes.execution.application import Application
from dengbu.nodes.finality.lastsigned import LastSigned
from dengbu.nodes.home.config import LEDGER_FILE
from dengbu.nodes.store.block import Block
from dengbu.nodes.store.store import Store
from tests.nodes.execution.test_application import empty_event
from tests.nodes.homes import bundle, create, story, tell, when
from tests.nodes.writer import POINTS
from tests.worlds import NET, UNIT

EVENTS = 50
ROUNDS = 6  # random kills; each round continues from what the one before left
FATAL = 70
LIMIT_S = 60


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a leader's leaves."""
    folder = tmp_path_factory.mktemp("leader")
    leader = create(folder / "home")
    tell(leader, story())
    for number in range(EVENTS - len(story())):
        size = leader.head.size
        leader.commit(leader.finalize(Block(size + 1, when(size), (empty_event(f"more-{number}"),))))
    lines = [base64.b64encode(leaf).decode() for leaf in leader.store.leaves(0, EVENTS)]
    leader.store.close()
    file = folder / "leaves"
    file.write_text("\n".join(lines))
    return file


def start(home: Path, told: Path, *point: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.nodes.writer", str(home), str(told), *point]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def acked(lines: list[str]) -> int:
    """Return the largest acknowledged size; a line cut off by the kill was not received."""
    return max([int(line) for line in lines if line.endswith("\n") and line.strip().isdigit()], default=0)


def finish(home: Path, told: Path) -> None:
    """Write the rest of the log in this process."""
    with Store.open(home) as store:
        application = Application(store, NET)
        leaves = [base64.b64decode(line) for line in told.read_text().split()]
        head = application.commit(application.replay(leaves[store.head.size :]))
    LastSigned(home / "last-signed").advance(head.size, head.root)


def assert_in_order(home: Path, told: Path, acknowledged: int) -> int:
    """Check that everything acknowledged is stored and the leader's, and passes start-up and audit; return the size."""
    leaves = [base64.b64decode(line) for line in told.read_text().split()]
    with Store.open(home) as store:
        check(store, LastSigned(home / "last-signed"))
        assert audit(store).fault is None
        size = store.head.size
        assert size >= acknowledged
        assert store.leaves(0, size) == leaves[:size]
    return size


@pytest.mark.parametrize(("point", "count"), [*zip(POINTS, cycle((1, 7, 23)), strict=False)])
def test_killed_at_a_named_point_nothing_acknowledged_is_lost(
    tmp_path: Path, told: Path, point: str, count: int
) -> None:
    create(tmp_path).store.close()
    process = start(tmp_path, told, point, str(count))
    lines = process.communicate(timeout=LIMIT_S)[0].splitlines(keepends=True)
    assert process.returncode == -signal.SIGKILL
    size = assert_in_order(tmp_path, told, acked(lines))
    assert size - acked(lines) in (0, 1)  # committed, but not acknowledged: the sender asks again
    finish(tmp_path, told)
    assert assert_in_order(tmp_path, told, EVENTS) == EVENTS


@pytest.mark.parametrize("point", ["finalized", "begun", "before-commit", "after-commit"])
def test_a_bundle_is_whole_or_not_there_wherever_the_node_is_killed(tmp_path: Path, point: str) -> None:
    leader = create(tmp_path / "leader")
    tell(leader, bundle())
    size = leader.head.size
    leaves = list(leader.store.leaves(0, size))
    leader.store.close()
    told = tmp_path / "leaves"
    told.write_text("\n".join(base64.b64encode(leaf).decode() for leaf in leaves))
    home = tmp_path / "home"
    create(home).store.close()
    start(home, told, point, str(size)).communicate(timeout=LIMIT_S)
    with Store.open(home) as store:
        register = Application(store, NET).register
        unit = register.get(Unit, UNIT)
        assert unit is not None
        assert unit.right is not None
        (left,) = unit.mortgages
        row = register.get(Mortgage, left)
        assert row is not None
        found = (store.head.size, unit.right, row.mortgagee, row.rank, len(unit.open_cases))
    before, after = (size - 1, f"R-{UNIT}-1", "bank-a", 1, 1), (size, f"R-{UNIT}-2", "bank-b", 1, 0)
    assert found == (after if point == "after-commit" else before)
    finish(home, told)
    assert assert_in_order(home, told, size) == size


def test_killed_at_random_again_and_again_nothing_acknowledged_is_lost(tmp_path: Path, told: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201
    draw = random.Random(seed)
    create(tmp_path).store.close()
    reached = 0
    for _ in range(ROUNDS):
        process = start(tmp_path, told)
        assert process.stdout is not None
        lines = []
        for _ in range(
            draw.randrange(1, 8)
        ):  # some acknowledgements, then the kill, wherever the writer is by then
            lines.append(process.stdout.readline())
        process.kill()
        lines += process.communicate(timeout=LIMIT_S)[0].splitlines(keepends=True)
        reached = assert_in_order(tmp_path, told, max(reached, acked(lines)))
    assert reached > 0


# ---- out of disk -----------------------------------------------------------------------------------------------------


def write_until_full(home: Path, told: Path, limit_bytes: int) -> list[str]:
    """Run the writer where no file may grow past a limit; it must end by itself with a fatal error."""

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    command = [sys.executable, "-m", "tests.nodes.writer", str(home), str(told)]
    run = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, timeout=LIMIT_S, check=False, preexec_fn=limited
    )
    assert run.returncode == FATAL, run.stdout
    lines = run.stdout.splitlines(keepends=True)
    assert lines[-1].startswith("fatal ")
    assert "storage failed" in lines[-1]
    return lines[:-1]


@pytest.mark.parametrize("limit_kib", [250, 777])
def test_out_of_disk_the_process_ends_and_nothing_acknowledged_is_lost(
    tmp_path: Path, told: Path, limit_kib: int
) -> None:
    create(tmp_path).store.close()
    lines = write_until_full(tmp_path, told, limit_kib * 1024)
    size = assert_in_order(tmp_path, told, acked(lines))
    assert size == acked(lines) < EVENTS
    finish(tmp_path, told)  # there is room again
    assert assert_in_order(tmp_path, told, EVENTS) == EVENTS


def test_on_a_full_file_system_nothing_acknowledged_is_lost(tmp_path: Path, told: Path) -> None:
    mount = tmp_path / "small"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mount)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here; the file size limit above stands in for it")
    try:
        home = mount / "home"
        create(home).store.close()
        process = start(home, told)
        lines = process.communicate(timeout=LIMIT_S)[0].splitlines(keepends=True)
        assert process.returncode == FATAL
        assert "storage failed" in lines[-1]
        copy = Path(shutil.copytree(home, tmp_path / "copy"))
        assert assert_in_order(copy, told, acked(lines)) < EVENTS
    finally:
        subprocess.run(["umount", str(mount)], check=True)


def test_a_ledger_that_was_never_closed_opens(tmp_path: Path) -> None:
    application = create(tmp_path / "home")
    tell(application, story()[:5])
    shutil.copytree(tmp_path / "home", tmp_path / "copy")
    assert (tmp_path / "copy" / f"{LEDGER_FILE}-wal").stat().st_size
    with Store.open(tmp_path / "copy") as store:
        assert store.head == application.head
        tell(Application(store, NET), story()[5:])
        assert audit(store).fault is None
    application.store.close()
