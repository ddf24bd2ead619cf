"""What a node does when it cannot continue."""

import logging
import os
import sys
from collections.abc import Callable

Failed = Callable[[BaseException], None]  # called in a thread of the node

log = logging.getLogger("dengbu.node")


def exit_process(error: BaseException) -> None:
    """End the process at once: after a failed write memory and disk may differ, and continuing would lose events."""
    log.critical("node.failed", exc_info=error)
    sys.stderr.write(f"fatal: {error}\n")
    sys.stderr.flush()
    os._exit(1)
