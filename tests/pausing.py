"""Suspends the processes of a member of a local network, as when its machine hangs, and lets them go on."""

import signal
from collections.abc import Iterable

from dengbu.scripts.net import running
from dengbu.scripts.net.devnet import Devnet


def pause(net: Devnet, id: str, parts: Iterable[str] = running.PARTS) -> None:
    """Suspend a member's processes (SIGSTOP)."""
    running.signal_parts(net.member(id), parts, signal.SIGSTOP)


def resume(net: Devnet, id: str) -> None:
    """Let a member's suspended processes continue (SIGCONT)."""
    running.signal_parts(net.member(id), running.PARTS, signal.SIGCONT)
