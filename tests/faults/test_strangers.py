"""Whatever strangers, or one member's key, do at the peer ports of all nodes, nobody else notices.

During each attack, and right after it, a mortgage filed at a bank becomes final in seconds.
"""

import http.client
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from dengbu.ledger.log.checkpoint import Checkpoint, parse_body, sign_checkpoint
from dengbu.ledger.log.httpsig import Request, sign_request
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.log.note import KeyKind, NoteSigner, split_note
from dengbu.nodes.finality.witness import format_request
from dengbu.nodes.home import keystore as keys
from tests.faults.scene import report
from tests.faults.strangers import Attack, Say, beginning, nothing, unsigned
from tests.scripts.engine_tests import EVERY_ENGINE
from tests.scripts.small_town import SmallTown, small_town
from tests.waiting import until

FINAL_S_MAX = 5.0  # without an attack it takes 0.1 to 0.4 s
ASK_S = 10.0
REGISTRY, GREEDY = "hz-registry", "bank-b"
WAITS_A_MEMBER = 4
FAR = 10**9  # no log here has this many entries
TITLES = 12


class Town:
    """A network and a title, on which bank-a files mortgages."""

    def __init__(self, town: SmallTown) -> None:
        self.net = town.net
        self._title = town.title()
        self._town = town
        self._filed = 0

    @property
    def peers(self) -> list[str]:
        """The addresses where nodes listen for each other."""
        return [member.peer for member in self.net.members.values()]

    def file(self) -> float:
        """File a mortgage; return how many seconds it took to become final."""
        self._filed += 1
        body = self._town.mortgage(self._title)
        began = time.monotonic()
        with self.net.client("bank-a", timeouts=(ASK_S, ASK_S)) as client:
            outcome = client.cases.apply(key=f"strangers-{self._filed}", wait=FINAL_S_MAX, **body).outcome
        assert outcome is not None, f"not final within {FINAL_S_MAX} s"
        assert outcome.final
        return time.monotonic() - began

    def during(self, attack: Attack, name: str) -> None:
        """File mortgages during an attack, and one right after it."""
        with attack:
            until(lambda: attack.turns > 1, "everybody has been attacked")
            took = [self.file() for _ in range(3)]
        after = self.file()
        seconds = " ".join(f"{one:.2f}" for one in took)
        report(f"{self.net.engine}, {name}: {seconds} s, then {after:.2f} s; {dict(attack.answers)}")
        assert max(*took, after) < FINAL_S_MAX
        assert all(member.running for member in self.net.members.values())


@pytest.fixture(scope="module", params=EVERY_ENGINE)
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    made = small_town(tmp_path_factory.mktemp("strangers"), request.param, TITLES)
    with made.net:
        yield Town(made)


def slow_head(authority: str) -> bytes:
    """Send a header line that never ends."""
    return f"GET /checkpoint HTTP/1.1\r\nHost: {authority}\r\nX-Slow: ".encode()


ATTACKS: dict[str, tuple[int, Say, bytes]] = {
    "forty long polls": (40, unsigned(f"/checkpoint?after={FAR}&wait=20"), b""),
    "105 idle connections": (105, nothing, b""),
    "300 idle connections": (300, nothing, b""),
    "1,000 idle connections": (1_000, nothing, b""),
    "120 slow heads": (120, slow_head, b"x"),
    "120 slow bodies": (120, beginning("POST", "/events", 1_000_000), b"x"),
    "forty readers of entries": (40, unsigned("/tile/entries/000.p/1"), b""),
    "forty signed by nobody's key": (40, lambda authority: poll(NOBODY)(authority), b""),
}
NOBODY = Signer(bytes(32))


def push(note: bytes) -> Say:
    """Offer a checkpoint for cosigning."""
    body = format_request(0, [], note)
    return lambda authority: beginning("POST", "/add-checkpoint", len(body))(authority) + body


def poll(signer: Signer) -> Say:
    """Send a long poll signed with a node's key, signed anew each time."""
    numbers = iter(range(10**9))

    def say(authority: str) -> bytes:
        now, query = int(time.time()), f"after={FAR}&wait=20"
        nonce = f"nonce-{time.time_ns()}-{next(numbers)}"
        request = Request("GET", authority, "/checkpoint", query, b"")
        headers = sign_request(signer, request, None, now, now + 30, nonce)
        lines = "".join(f"{name}: {value}\r\n" for name, value in {"Host": authority, **headers}.items())
        return f"GET /checkpoint?{query} HTTP/1.1\r\n{lines}\r\n".encode()

    return say


def ask(peer: str, target: str) -> tuple[int, bytes]:
    """Return a node's answer to a stranger: status and body."""
    connection = http.client.HTTPConnection(urlsplit(peer).netloc, timeout=ASK_S)
    try:
        connection.request("GET", target)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("name", ATTACKS)
def test_strangers_hold_up_nobody(town: Town, name: str) -> None:
    count, opening, drip = ATTACKS[name]
    town.during(Attack(town.peers, count, opening, drip), name)


def test_checkpoints_that_strangers_push_hold_up_nobody(town: Town) -> None:
    """One checkpoint the log did not sign, and one it did: anybody can fetch the second and push it again."""
    newest = ask(town.peers[0], "/checkpoint")[1]
    name = parse_body(split_note(newest)[0]).origin
    forged = sign_checkpoint(Checkpoint(name, 1, bytes(32)), NoteSigner(name, KeyKind.NOTE, NOBODY))
    for what, note, told in (("forged", forged, 403), ("replayed", newest, 409)):
        attack = Attack(town.peers[1:], 40, push(note))
        town.during(attack, f"forty {what} checkpoints")
        assert attack.answers[told], attack.answers
        assert not attack.answers[200]


def test_strangers_are_shown_no_entries(town: Town) -> None:
    for peer in town.peers:
        for target in ("/tile/entries/000.p/1", "/tile/0/000.p/1", f"/checkpoint?after={FAR}&wait=20"):
            status, body = ask(peer, target)
            assert status == 401, (peer, target)
            assert b"network.genesis" not in body


def test_a_query_of_many_fields_ends_no_node(town: Town) -> None:
    for peer in town.peers:
        assert ask(peer, "/checkpoint?&&&&&&")[0] == 400
    assert all(member.running for member in town.net.members.values())
    assert town.file() < FINAL_S_MAX


def test_one_members_key_takes_its_own_places_alone(town: Town) -> None:
    """The key is in the wrong hands, or its institution is hostile: forty long polls at each of the other nodes."""
    home, passphrase = town.net.home(GREEDY), keys.read_passphrase(town.net.layout.passphrase)
    signer = keys.load(home / keys.FILE_NAME, passphrase).signer(keys.NODE)
    others = [member.peer for id, member in town.net.members.items() if id != GREEDY]
    attack = Attack(others, 40, poll(signer))
    town.during(attack, "forty long polls by one member")
    turned_away: Any = attack.answers[429]
    assert turned_away >= len(others) * (40 - WAITS_A_MEMBER)
    until(lambda: sizes(town) == {town.net.client(REGISTRY).log.checkpoint().size}, "it follows again", ASK_S)


def sizes(town: Town) -> set[int]:
    """Return how many entries are final, as each node says."""
    found = set()
    for id in town.net.members:
        with town.net.client(id) as client:
            found.add(client.log.checkpoint().size)
    return found
