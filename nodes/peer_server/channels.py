"""Connections to the peer listener: whose they are, how long they may be silent, and which ones make room.

A connection is a stranger's until a member has signed a request on it. Strangers cannot hold a place: one that has not
sent a whole request within seconds is cut off, and if there are too many, the address with the most connections loses
its oldest. Members' connections are not affected; each member has a limit of its own.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.server import TcpWSGIServer  # type: ignore[import-untyped]
from waitress.task import WSGITask  # type: ignore[import-untyped]

STRANGERS_MAX = 128  # connections
STRANGER_S = 8.0  # for each whole request; enough for a full batch of payloads at 2 Mbit/s
MEMBER_CONNECTIONS_MAX = 32
SILENT_S_MAX = 60.0  # without a byte in either direction, whatever is under way
ADMIT = "dengbu.admit"  # key in a request's environment: tells the connection which member signed the request


class _Task(WSGITask):  # type: ignore[misc]
    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[ADMIT] = self.channel.admit
        return environ


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection; `member` is None for a stranger's."""

    task_class = _Task

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.member: str | None = None
        self._since_s = time.monotonic()

    @property
    def source(self) -> str:
        """The address at the other end."""
        return str(self.addr[0])

    @property
    def idle(self) -> bool:
        """Whether no whole request awaits an answer."""
        return not self.requests

    def admit(self, member: str) -> None:
        """Treat the connection as this member's from now on."""
        self.member = member

    def service(self) -> None:
        """Answer one request, and start the time for the next one."""
        super().service()
        self._since_s = time.monotonic()

    def is_over(self, wall_s: float) -> bool:
        """Return whether its time is over. `wall_s` is the wall clock, by which waitress dates the last activity."""
        if self.member is None and self.idle and time.monotonic() - self._since_s > STRANGER_S:
            return True
        return wall_s - self.last_activity > SILENT_S_MAX  # type: ignore[no-any-return]


class Server(TcpWSGIServer):  # type: ignore[misc]
    """Waitress's server, which by itself stops accepting at its connection limit; this one ends old connections."""

    channel_class = Channel

    def handle_accept(self) -> None:
        """Accept a new connection, and end one of whoever has too many."""
        super().handle_accept()
        self._make_room()

    def maintenance(self, now: float) -> None:
        """End connections whose time is over; waitress calls this every second."""
        for channel in list(self.active_channels.values()):
            if channel.is_over(now):
                channel.handle_close()
        self._make_room()

    def _make_room(self) -> None:
        held: dict[str | None, list[Channel]] = defaultdict(list)
        for channel in self.active_channels.values():  # in order of arrival
            held[channel.member].append(channel)
        strangers = held.pop(None, [])
        if len(strangers) > STRANGERS_MAX:
            ((crowd, _),) = Counter(one.source for one in strangers).most_common(1)
            _end_oldest([one for one in strangers if one.source == crowd])
        for channels in held.values():
            if len(channels) > MEMBER_CONNECTIONS_MAX:
                _end_oldest(channels)


def _end_oldest(channels: Sequence[Channel]) -> None:
    """End the oldest idle connection, or else the oldest of all, whose waiting requests are then dropped.

    The newest stays: it has had no time to ask.
    """
    next((one for one in channels[:-1] if one.idle), channels[0]).handle_close()
