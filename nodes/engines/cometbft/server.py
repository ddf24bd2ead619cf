"""The unix socket on which CometBFT finds this node's application: ABCI 2.0, one thread for each connection.

CometBFT opens four connections (query, snapshot, mempool, consensus) and sends its requests on each in sequence;
answers go back in the same order. It ends when a connection is closed or answered out of order, so a sound connection
is closed only when the node ends.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from google.protobuf.message import DecodeError

from dengbu.nodes.engines.cometbft.abci_pb2 import Request, Response
from dengbu.nodes.engines.cometbft.framing import BadFrame, Frames, frame

CONNECTIONS_MAX = 8
BACKLOG = 64
RECEIVE_BYTES = 65_536
SOCKET_PATH_BYTES_MAX = 107  # unix(7): sun_path holds 108 bytes, the final zero included

log = logging.getLogger("dengbu.cometbft")
Answer = Callable[[Request], Response]


class SocketPathTooLong(Exception):
    """The path is too long for a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return (
            f"套接字路径过长 the socket path {self.path} is longer than {SOCKET_PATH_BYTES_MAX} bytes; "
            "set [cometbft] socket in node.toml to a shorter absolute path"
        )


class Server:
    """Answers requests on a unix socket; `failed` ends the process if an answer cannot be made."""

    def __init__(self, path: Path, answer: Answer, failed: Callable[[BaseException], None]) -> None:
        if len(os.fsencode(path)) > SOCKET_PATH_BYTES_MAX:
            raise SocketPathTooLong(path)
        self._path = path
        self._answer = answer
        self._failed = failed
        self._listening: socket.socket | None = None
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._stopping = False

    @property
    def connections(self) -> int:
        """How many connections are open now; CometBFT keeps four."""
        return len(self._open)

    def start(self) -> None:
        """Listen, for this user alone. The home is locked, so a socket left by a killed process may be replaced."""
        self._path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listening.bind(str(self._path))
        finally:
            os.umask(before)
        listening.listen(BACKLOG)
        self._listening = listening
        self._begin(self._accept, "cometbft-accept")

    def stop(self) -> None:
        """Close the socket and every connection, and join the threads. CometBFT then ends by itself."""
        self._stopping = True
        if self._listening is None:
            return
        with self._lock:
            for one in (self._listening, *self._open):
                _shut(one)
        for thread in self._threads:
            thread.join()
        self._listening.close()
        self._path.unlink(missing_ok=True)

    def _begin(self, run: Callable[..., None], name: str, *arguments: object) -> None:
        thread = threading.Thread(target=run, name=name, args=arguments)
        self._threads = [one for one in self._threads if one.is_alive() or one.ident is None]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        assert self._listening is not None
        while not self._stopping:
            try:
                one, _ = self._listening.accept()
            except OSError as error:
                if not self._stopping:
                    self._failed(error)
                return
            with self._lock:
                if self._stopping or len(self._open) >= CONNECTIONS_MAX:
                    one.close()
                    continue
                self._open.add(one)
            self._begin(self._serve, "cometbft-connection", one)

    def _serve(self, connection: socket.socket) -> None:
        """Serve one connection until it ends; close a stream that is not well-formed, whoever sent it."""
        frames = Frames()
        try:
            while piece := connection.recv(RECEIVE_BYTES):
                frames.feed(piece)
                said = bytearray()
                while (message := frames.next()) is not None:
                    said += frame(self._answer(Request.FromString(message)).SerializeToString())
                if said:
                    connection.sendall(said)
        except (BadFrame, DecodeError) as fault:
            log.error("cometbft.bad-frame", extra={"why": str(fault)})
        except OSError as fault:
            log.info("cometbft.disconnected", extra={"why": str(fault)})
        except BaseException as error:  # noqa: BLE001  (an unanswered request would stop the engine without a word)
            self._failed(error)
        finally:
            with self._lock:
                self._open.discard(connection)
                connection.close()


def _shut(one: socket.socket) -> None:
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other end closed it first
