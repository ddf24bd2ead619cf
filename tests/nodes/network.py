"""A network in one process: real stores, real listeners on loopback, real keys from fixed seeds."""

import hashlib
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from dengbu.ledger.log.checkpoint import Checkpoint, cosignature_line, sign_checkpoint
from dengbu.ledger.log.envelope import parse_envelope, seal
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.log.note import KeyKind, NoteSigner
from dengbu.nodes.engines.follower import Follower
from dengbu.nodes.engines.sequencer import Sequencer
from dengbu.nodes.execution.application import Application
from dengbu.nodes.finality.appender import Appender
from dengbu.nodes.finality.cosigner import Cosigner
from dengbu.nodes.finality.cosigning import Cosigning
from dengbu.nodes.finality.dating import Dating
from dengbu.nodes.finality.evidence import Evidence
from dengbu.nodes.finality.finality_waiters import Progress
from dengbu.nodes.finality.lastsigned import LastSigned
from dengbu.nodes.finality.publisher import Publisher
from dengbu.nodes.finality.readings import Readings
from dengbu.nodes.peer_client.log_source import Source
from dengbu.nodes.peer_client.peer_client import PeerClient
from dengbu.nodes.peer_server.listener import Listener
from dengbu.nodes.peer_server.peer_server import PeerApp, ServedLog
from dengbu.nodes.store.block import Block
from dengbu.nodes.store.bundles import Bundles
from dengbu.nodes.store.store import Store
from tests import worlds
from tests.worlds import MEMBERS, NET, START, genesis_data, signer

REGISTRY = "hz-registry"
WITNESSES = ("bank-a", "bank-b", "hz-tax")
LOOPBACK = "127.0.0.1"
WAIT_S = 20.0
HOUR_MS = 3_600_000

LOG = NoteSigner(NET, KeyKind.NOTE, signer(REGISTRY, "log"))


def cosigner(institution: str) -> NoteSigner:
    """Return an institution's cosigning key."""
    return NoteSigner(f"{NET}/{institution}", KeyKind.COSIGNATURE, signer(institution, "cosign"))


def now_ms() -> int:
    """Return the real time: two processes of one test must agree on it."""
    return time.time_ns() // 1_000_000


class Clock:
    """A node's clocks: a test may set the wall clock wrong (`ahead_ms`) or hold the steady one back (`slept_ms`)."""

    def __init__(self) -> None:
        self.ahead_ms = 0
        self.slept_ms = 0

    def now_ms(self) -> int:
        return now_ms() + self.ahead_ms

    def steady_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000 - self.slept_ms

    def readings(self) -> Readings:
        """Return readings of the clocks of others against this one."""
        return Readings(self.now_ms, self.steady_ms)


NOT_AFTER = now_ms() + 24 * HOUR_MS  # the same for all events: the same number gives the same bytes


def genesis() -> bytes:
    """Return the genesis event, signed by every founder."""
    body = {
        "v": 1,
        "net": NET,
        "type": "network.genesis",
        "id": "genesis",
        "actor": REGISTRY,
        "not_after": START + HOUR_MS,
        "data": genesis_data(),
    }
    return seal(body, [signer(member, "governance") for member in MEMBERS])


def open_ledger(home: Path) -> Application:
    """Open the ledger of a home; found it if it is new."""
    if (home / "ledger.db").exists():
        return Application(Store.open(home), NET)
    application = Application(Store.create(home, NET), NET)
    application.commit(application.finalize(Block(1, START, (genesis(),))))
    return application


def event(number: int | str, actor: str = REGISTRY, key: Signer | None = None, **body: Any) -> bytes:
    """Return an event that is admitted, then accepted or refused; each number gives another event."""
    right = {
        "mode": "single",
        "holders": [worlds.holder(f"owner {number}")],
        "certificate": f"粤(2020)惠州市不动产权第{number}号",
        "registered_on": "2020-05-06",
    }
    digest = int(hashlib.sha256(str(number).encode()).hexdigest(), 16)
    unit = f"441302001001GB{digest % 10**5:05}F{digest // 10**5 % 10**8:08}"
    made = {
        "v": 1,
        "net": NET,
        "type": "title.import",
        "id": f"import-{number}",
        "actor": actor,
        "not_after": NOT_AFTER,
        "data": {"unit": unit, "use": "dwelling", "area_cm2": 980_000, "right": right},
        **body,
    }
    return seal(made, [key or signer(actor, "event")])


def name_of(raw: bytes) -> tuple[str, str]:
    """Return actor and event id."""
    body = parse_envelope(raw).body
    return body.actor, body.id


def signed(size: int, root: bytes) -> bytes:
    """Return a checkpoint signed by the log key."""
    return sign_checkpoint(Checkpoint(NET, size, root), LOG)


def final(size: int, root: bytes, names: tuple[str, ...] = ("bank-a", "bank-b", "hz-tax")) -> bytes:
    """Return a checkpoint with cosignatures, whether or not anyone ever agreed to it."""
    body = Checkpoint(NET, size, root).body()
    return signed(size, root) + b"".join(cosignature_line(body, cosigner(name), 1) for name in names)


class NoPayloads:
    """A payload desk that has no payloads and takes none."""

    def receive(self, raw: bytes, sender: str) -> bytes:
        return b"{}"

    def serve(self, commitment: str, requester: str) -> bytes | None:
        return None


class Failures:
    """Collects the errors that would have ended a process."""

    def __init__(self) -> None:
        self.seen: list[BaseException] = []

    def __call__(self, error: BaseException) -> None:
        self.seen.append(error)


def serve(
    reads: Any,
    register: Any,
    progress: Progress,
    bundles: Bundles,
    desk: Any,
    failed: Callable[[BaseException], None],
    wrap: Callable[[Any], Any] = lambda app: app,
    port: int = 0,
) -> tuple[Listener, str]:
    """Serve a peer app on a loopback port; return the listener and its URL. `wrap` may add a layer around the app."""
    late: dict[str, Any] = {}
    listener = Listener(lambda environ, start: late["app"](environ, start), LOOPBACK, port, failed)
    listener.start()
    authority = f"{LOOPBACK}:{listener._server.effective_port}"
    late["app"] = wrap(
        PeerApp(
            ServedLog(NET, reads, register, progress, bundles),
            desk,
            NoPayloads(),
            authority,
            lambda: now_ms() // 1_000,
            failed,
        )
    )
    return listener, f"http://{authority}"


class Member:
    """One follower and its listener."""

    def __init__(
        self, home: Path, name: str, source_url: str, wrap: Callable[[Any], Any] = lambda app: app
    ) -> None:
        home.mkdir(exist_ok=True)
        self.home, self.name = home, name
        self.clock = Clock()
        self.failures = Failures()
        self.application = open_ledger(home)
        self.client = PeerClient(source_url, signer(name, "node"))
        self.follower = Follower(
            Appender(self.application, LOG.verifier),
            Source(self.client),
            Cosigner(name, cosigner(name), LastSigned(home / "last-signed")),
            Evidence(home / "evidence"),
            self.clock.readings(),
            self.failures,
        )
        engine = self.follower
        self.listener, self.url = serve(
            self.application.store,
            self.application.register,
            engine.progress,
            engine.bundles,
            engine,
            self.failures,
            wrap,
        )

    def stop(self) -> None:
        """Stop and close; the home stays."""
        with ExitStack() as stops:
            stops.callback(self.application.store.close)
            stops.callback(self.listener.stop)
            stops.callback(self.follower.stop)


class Head:
    """The sequencer and its listener; it is given its witnesses when it starts."""

    def __init__(
        self,
        home: Path,
        engine: type[Sequencer] = Sequencer,
        port: int = 0,
        publisher: type[Publisher] = Publisher,
    ) -> None:
        home.mkdir(exist_ok=True)
        self.home = home
        self.clock = Clock()
        self.failures = Failures()
        self.application = open_ledger(home)
        self.last_signed = LastSigned(home / "last-signed")
        self._engine = engine
        self._publisher = publisher
        self.sequencer: Any = None
        self.progress = Progress(self.application.store)
        late = self

        class Desk:
            def add_checkpoint(self, body: bytes) -> Any:
                return late.sequencer.add_checkpoint(body)

            def cosigned(self) -> bytes | None:
                return late.sequencer.cosigned()

            def submit(self, raw: bytes) -> Any:
                return late.sequencer.submit(raw)

        class Now:
            """The sequencer's progress or bundles, once there is a sequencer."""

            def __init__(self, part: str) -> None:
                self._part = part

            def __getattr__(self, name: str) -> Any:
                return getattr(getattr(late.sequencer, self._part), name)

        store = self.application.store
        self.listener, self.url = serve(
            store,
            self.application.register,
            Now("progress"),
            Now("bundles"),
            Desk(),
            self.failures,
            port=port,
        )

    def start(self, witnesses: dict[str, str]) -> None:
        """Start ordering with these witnesses (name -> URL)."""
        appender = Appender(self.application, LOG.verifier)
        clients = {name: PeerClient(url, signer(REGISTRY, "node")) for name, url in witnesses.items()}
        readings = self.clock.readings()
        publisher = self._publisher(
            appender,
            LOG,
            Cosigner(REGISTRY, cosigner(REGISTRY), self.last_signed),
            Cosigning(self.application.store, clients, LOG.verifier, readings, self.failures),
            Dating(appender, Evidence(self.home / "evidence"), self.clock.now_ms),
            readings,
        )
        self.sequencer = self._engine(appender, publisher, self.failures)
        self.sequencer.start()

    def stop(self) -> None:
        """Stop and close; the home stays."""
        with ExitStack() as stops:
            stops.callback(self.application.store.close)
            stops.callback(self.listener.stop)
            if self.sequencer:
                stops.callback(self.sequencer.stop)


class Network:
    """A sequencer and followers, as a context manager. `wrap` adds a layer around a member's app, by name and app."""

    def __init__(
        self,
        folder: Path,
        names: tuple[str, ...] = WITNESSES,
        engine: type[Sequencer] = Sequencer,
        wrap: Callable[[str, Any], Any] = lambda _, app: app,
    ) -> None:
        self.head = Head(folder / REGISTRY, engine)
        self.members = {
            name: Member(folder / name, name, self.head.url, partial(wrap, name)) for name in names
        }

    def __enter__(self) -> "Network":
        self.head.start({name: member.url for name, member in self.members.items()})
        for member in self.members.values():
            member.follower.start()
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as stops:  # each is stopped, whatever happens to the others
            for member in reversed(self.members.values()):
                stops.callback(member.stop)
            stops.callback(self.head.stop)
        failures = self.head.failures.seen + [one for m in self.members.values() for one in m.failures.seen]
        assert not failures, failures

    def order(self, raw: bytes, timeout_s: float = WAIT_S) -> int:
        """Submit an event at the sequencer and wait; return its index."""
        index = self.head.sequencer.wait_final(self.head.sequencer.submit(raw), timeout_s)
        assert index is not None, self.head.sequencer.trouble
        return int(index)
