"""A registry that orders by its wrong clock all the same: `python -m tests.faults.reckless SECONDS run --home ...`"""

import sys

from dengbu.nodes.engines.sequencer import Sequencer
from dengbu.nodes.finality.readings import Agreement
from dengbu.scripts.cli import main
from tests.faults import skewed

Agreement.moment = lambda self: self._readings.now_ms()  # type: ignore[method-assign]
Agreement.apart = lambda self: None  # type: ignore[method-assign]

if __name__ == "__main__":
    assert skewed.wrong_s()
    assert Sequencer
    main(["node", *sys.argv[2:]])
