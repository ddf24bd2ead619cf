"""An app of the town on a socket, by the server that a node has."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import waitress
from flask import Flask
from waitress import wasyncore

from dengbu.api.edge.state import state_of
from tests.waiting import WAIT_S_MAX

HOST = "127.0.0.1"


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app's host and port; while it is served, signed requests name it so."""
    server = waitress.create_server(app, host=HOST, port=0)
    authority = f"{HOST}:{int(server.effective_port)}"
    held = state_of(app)
    kept = held.authorities
    held.authorities = (*kept, authority)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield authority
    finally:
        held.authorities = kept
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(WAIT_S_MAX)
        server.task_dispatcher.shutdown()
        assert not thread.is_alive()
