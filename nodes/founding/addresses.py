"""The addresses where nodes listen, from the command line (ID=HOST:PORT:PORT and the like) or free loopback ports."""

import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from dengbu.nodes.founding.genesis import Address
from dengbu.nodes.home.config import Listener, split_address

LOOPBACK = "127.0.0.1"
PORTS_EACH = 4  # API, peer listener, and for CometBFT p2p and RPC

Engine = tuple[Listener, Listener]  # where a CometBFT listens: p2p, RPC


class BadAddress(Exception):
    """A word of the command line is not an address; the message says what it should look like."""


def free_addresses(names: Sequence[str]) -> dict[str, Address]:
    """Return loopback addresses for each name, all ports different and free now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(PORTS_EACH * len(names))]
        for one in sockets:
            one.bind((LOOPBACK, 0))
        listeners = [Listener(LOOPBACK, one.getsockname()[1]) for one in sockets]
    return {
        name: Address(*listeners[PORTS_EACH * place : PORTS_EACH * (place + 1)])
        for place, name in enumerate(names)
    }


def complete(
    names: Sequence[str], given: Mapping[str, Address], engines: Mapping[str, Engine]
) -> dict[str, Address]:
    """Return the address of each name: as given, or else free loopback ports."""
    found = {}
    for name, free in free_addresses(names).items():
        own, engine = given.get(name, free), engines.get(name, (free.p2p, free.rpc))
        found[name] = Address(own.api, own.peer, *engine)
    return found


def listen(text: str) -> tuple[str, Address]:
    """Parse ID=HOST:API_PORT:PEER_PORT. Raises BadAddress."""
    name, equals, address = text.partition("=")
    parts = address.split(":")
    digits = all(part.isascii() and part.isdigit() for part in parts[1:])
    if not equals or len(parts) != 3 or not digits:
        raise BadAddress(f"{text!r} 须为 is not ID=HOST:API_PORT:PEER_PORT")
    host, api, peer = parts
    return name, Address(Listener(host, int(api)), Listener(host, int(peer)))


def engine_listen(text: str) -> tuple[str, Engine]:
    """Parse ID=HOST:P2P_PORT:RPC_PORT; the RPC listens on loopback, because it authenticates nobody.

    Raises BadAddress.
    """
    try:
        name, address = listen(text)
    except BadAddress:
        raise BadAddress(f"{text!r} 须为 is not ID=HOST:P2P_PORT:RPC_PORT") from None
    return name, (address.api, Listener(LOOPBACK, address.peer.port))


def engine_peer(text: str) -> tuple[str, str]:
    """Parse ID=HOST:PORT. Raises BadAddress."""
    name, equals, place = text.partition("=")
    if not equals or split_address(place) is None:
        raise BadAddress(f"{text!r} 须为 is not ID=HOST:PORT")
    return name, place


def peer(text: str) -> tuple[str, str]:
    """Parse ID=URL. Raises BadAddress."""
    name, equals, url = text.partition("=")
    if not equals or not url.startswith(("http://", "https://")):
        raise BadAddress(f"{text!r} 须为 is not ID=URL")
    return name, url


def place(text: str) -> Listener:
    """Parse HOST:PORT. Raises BadAddress."""
    found = split_address(text)
    if found is None:
        raise BadAddress(f"{text!r} 须为 is not HOST:PORT")
    return found
