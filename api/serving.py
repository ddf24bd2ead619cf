"""The process of one node with its API (`dengbu node run`), which runs until SIGTERM or SIGINT."""

import gc
import os
import resource
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import waitress  # type: ignore[import-untyped]

from dengbu.api.app import create_app
from dengbu.api.body_size import BODY_BYTES_MAX, HEADER_BYTES_MAX
from dengbu.api.edge import logs
from dengbu.api.edge.encoding import dumps
from dengbu.api.edge.state import state_of
from dengbu.ledger import __version__
from dengbu.nodes.home.config import ConfigError
from dengbu.nodes.home.keystore import read_passphrase
from dengbu.nodes.node import Node

READ, WRITE = "read", "write"
# A writer may wait until its event is final, and a reader for new entries. At most dengbu.api.edge.state.STREAMS_MAX readers
# may wait at once, so threads remain for other reads.
THREADS = {READ: 48, WRITE: 64}
CONNECTIONS_MAX = 1000  # a bank keeps one for each desk; idle ones cost no thread
DESCRIPTORS = 8_192  # for the connections of both listeners, and for what a node opens besides
CHANNEL_TIMEOUT_S = 120
# A thread back from disk or network waits at most this long for one that computes; Python's default is five times as long.
SWITCH_S = 0.001
# Records and entries hold no reference cycles; looking for them at Python's default pace costs a tenth of the time.
GC_ALLOCATIONS, GC_GENERATION = 50_000, 20
# Above these limits waitress answers in plain text; above its own, lower limits the app answers with a problem.
BODY_CUT_BYTES = 16 * BODY_BYTES_MAX
HEADER_CUT_BYTES = 4 * HEADER_BYTES_MAX
EVERY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104  (named to be refused)
UNNAMED = (
    "接口监听所有地址，须以 --authority 指明签名请求可用的主机名 the API listens on every address: "
    "name with --authority the hosts that signed requests may use"
)


def run(home: Path, passphrase_file: Path, authorities: tuple[str, ...], ready_file: Path | None) -> None:
    """Open the node of a home and serve it until SIGTERM or SIGINT.

    Raises whatever `Node.open` raises, and ConfigError when the API listens on every address and no authority is given.
    """
    logs.install()
    _allow_descriptors()
    sys.setswitchinterval(SWITCH_S)
    node = Node.open(home, read_passphrase(passphrase_file))
    if not authorities and node.config.endpoints.api.host in EVERY_ADDRESS:
        node.stop()
        raise ConfigError(UNNAMED)
    serve(node, authorities, ready_file)


def serve(node: Node, authorities: tuple[str, ...], ready_file: Path | None) -> None:
    """Start an opened node, answer requests until told to stop, and stop everything."""
    stop = _Stop()
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        node.start()
        app = create_app(node)
        workers = node.workers(THREADS, _lane)
        server = waitress.create_server(
            app,
            host=node.config.endpoints.api.host,
            port=node.config.endpoints.api.port,
            _dispatcher=workers,
            connection_limit=CONNECTIONS_MAX,
            asyncore_use_poll=True,  # select() ends at 1024 descriptors
            channel_timeout=CHANNEL_TIMEOUT_S,
            max_request_body_size=BODY_CUT_BYTES,
            max_request_header_size=HEADER_CUT_BYTES,
            ident=None,
            clear_untrusted_proxy_headers=True,
        )
        host, port = server.effective_host, int(server.effective_port)
        held = state_of(app)
        held.answer_to(authorities or _own(node.config.endpoints.api.host, port))
        held.stopping = stop.asked
        held.lanes = workers.loads
        gc.freeze()  # the objects that make up a node never become garbage
        gc.set_threshold(GC_ALLOCATIONS, GC_GENERATION, GC_GENERATION)
        try:
            _say_ready(node, f"http://{host}:{port}", ready_file)
            server.run()
        except SystemExit:
            pass
        finally:
            held.close()
            server.close()
    except SystemExit:
        return
    finally:
        node.stop()
    logs.event("node.stopped")


def _allow_descriptors() -> None:
    """Raise this process's limit on open files to DESCRIPTORS, or as far as the system lets it; many start at 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _lane(request: Any) -> str:
    """Return which threads answer a request; one that waitress could not parse has no method and counts as a read."""
    return READ if getattr(request, "command", "GET") in ("GET", "HEAD") else WRITE


def _own(host: str, port: int) -> tuple[str, ...]:
    """Return the names by which a request may call this listener: its address, and localhost if that is the loopback."""
    names = [host.lower()] + (["localhost"] if host in ("127.0.0.1", "::1") else [])
    return tuple(f"{name}:{port}" for name in names)


def _say_ready(node: Node, url: str, ready_file: Path | None) -> None:
    peer = node.config.endpoints.peer
    line = (
        dumps(
            {
                "ready": True,
                "version": __version__,
                "institution": node.institution,
                "role": node.role,
                "net": node.net,
                "api": url,
                "peer": f"http://{peer.host}:{peer.port}",
                "pid": os.getpid(),
            }
        )
        + b"\n"
    )
    if ready_file is not None:
        beside = ready_file.with_name(ready_file.name + ".new")
        beside.write_bytes(line)
        beside.replace(ready_file)
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
    logs.event("node.started", institution=node.institution, role=node.role, version=__version__, api=url)


class _Stop:
    """A signal handler that ends the server's loop, once."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if not self.asked.is_set():
            self.asked.set()  # ends the open streams
            raise SystemExit(0)
