"""SIGKILL of a node, or of the CometBFT beside it, at every step between the two: the member comes back as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dengbu.scripts.net import running
from tests.faults.scene import Scene, Work, scene
from tests.scripts.engine_tests import needs_cometbft
from tests.waiting import until

pytestmark = needs_cometbft
WHO = "bank-b"
KINDS = ("info", "check_tx", "prepare_proposal", "process_proposal", "finalize_block", "commit")
STEPS = [
    *(("node", kind, moment) for kind in KINDS for moment in ("before", "after")),
    *(("engine", kind, "before") for kind in KINDS),
    ("engine", "commit", "after"),  # to the engine every other step looks the same, handled or not
]


class Dying:
    """The member whose node dies or kills its engine at the step that is written into a file."""

    def __init__(self, town: Scene, file: Path) -> None:
        self.town = town
        self.file = file

    def arm(self, *step: str) -> None:
        """Arm the next such step."""
        beside = self.file.with_suffix(".new")
        beside.write_text(" ".join(step))
        beside.replace(self.file)

    def start(self) -> None:
        """Start the node again, whatever is left of the member."""
        net = self.town.net
        if running.processes_of(net.member(WHO)):
            net.kill(WHO)
        self.town.start_as(WHO, "tests.faults.dying", str(self.file))

    def start_engine(self) -> None:
        """Start the CometBFT beside the node."""
        net = self.town.net
        net.members[WHO] = running.start_engine(net.layout, net.member(WHO))


@pytest.fixture(scope="module")
def dying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dying]:
    folder = tmp_path_factory.mktemp("steps")
    with scene(folder) as town:
        made = Dying(town, folder / "armed")
        made.start()
        yield made


@pytest.mark.parametrize(("victim", "kind", "moment"), STEPS, ids=[" ".join(step) for step in STEPS])
def test_killed_at_a_step(dying: Dying, victim: str, kind: str, moment: str) -> None:
    town, net = dying.town, dying.town.net
    part = "running" if victim == "node" else "engine_running"
    with Work(town, f"{victim}-{kind}-{moment}") as work:
        work.more(1)
        dying.arm(victim, kind, moment)
        if kind == "info":  # asked once, when CometBFT connects to its node
            net.kill(WHO, ["engine"])
            dying.start_engine()
        until(lambda: not dying.file.exists(), "the step is reached")
        until(lambda: not getattr(net.member(WHO), part), "it is dead")
        work.more(1, ("bank-a",))
        dying.start()
        work.more(1)
    work.check()
