"""The peer listener: a WSGI server of its own, so that slow browsers at the API never hold up other nodes."""

import threading
from collections.abc import Callable
from typing import Any

from waitress.adjustments import Adjustments  # type: ignore[import-untyped]

from dengbu.nodes.peer_server.channels import Server
from dengbu.nodes.peer_server.lanes import Dispatcher, Lane, LaneLoad, lane_of

BODY_BYTES_MAX = 2_359_296  # more than the application takes anywhere, so that it can answer with a reason
HEADER_BYTES_MAX = 16_384
# Waitress would stop accepting here; dengbu.nodes.peer_server.channels keeps the number far below.
CONNECTIONS_MAX = 1_000_000
LOOK_S = 1  # between two checks of all connections
STOP_S = 5


class Listener:
    """One WSGI application on one port; `failed` is called if the server's loop ends by itself."""

    def __init__(self, app: Any, host: str, port: int, failed: Callable[[BaseException], None]) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._failed = failed
        self._server: Any = None
        self._stopping = False
        self._unwatched: list[Any] = []
        self._thread = threading.Thread(name="peer-listener", target=self._run)

    def start(self) -> None:
        """Bind and serve. Raises OSError if the port is taken."""
        settings = Adjustments(
            host=self._host,
            port=self._port,
            connection_limit=CONNECTIONS_MAX,
            cleanup_interval=LOOK_S,
            channel_request_lookahead=1,  # keeps reading, and so notices that the other end is gone
            max_request_body_size=BODY_BYTES_MAX,
            max_request_header_size=HEADER_BYTES_MAX,
            ident=None,
            clear_untrusted_proxy_headers=True,
        )
        workers = Dispatcher({lane: lane.threads for lane in Lane}, _lane)
        try:
            self._server = Server(
                self._app, map={}, dispatcher=workers, adj=settings, sockinfo=settings.listen[0]
            )
        except BaseException:
            workers.shutdown()
            raise
        self._thread.start()

    def stop(self) -> None:
        """Finish the requests under way, close the port and every connection, and join the threads."""
        if self._server is None:
            return
        self._stopping = True
        # Answers first: a worker that finishes after the server is closed would find its channel gone.
        workers = self._server.task_dispatcher
        workers.shutdown(cancel_pending=True, timeout=STOP_S)
        self._server.trigger.pull_trigger(self._unwatch)
        self._thread.join()
        # Close only now: a worker may wake and end the loop before pull_trigger() has written to its pipe.
        for channel in self._unwatched:
            if channel is not self._server and channel is not self._server.trigger:
                channel.close()
        # A worker that is still busy writes to that pipe too, so its descriptor must not be reused by then.
        if workers.threads:
            self._server.socket.close()
        else:
            self._server.close()
        self._server = None

    def loads(self) -> dict[str, LaneLoad]:
        """Return the load of each lane; nothing when it does not serve."""
        server = self._server
        return server.task_dispatcher.loads() if server is not None else {}

    def _unwatch(self) -> None:
        """End the server's loop, in its own thread, by leaving it nothing to watch."""
        self._unwatched = list(self._server._map.values())
        self._server._map.clear()

    def _run(self) -> None:
        try:
            self._server.asyncore.loop(timeout=1, map=self._server._map, use_poll=True)
        except BaseException as error:  # noqa: BLE001  (a listener that is gone would be a silent failure)
            if not self._stopping:
                self._failed(error)


def _lane(request: Any) -> Lane:
    """Return the lane of a request as waitress parsed it; one that it could not parse has no path."""
    return lane_of(getattr(request, "path", "/"), getattr(request, "query", ""))
