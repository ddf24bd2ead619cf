"""The addresses where nodes listen, from the command line (ID=HOST:PORT:PORT and the like) or free loopback ports."""

import errno
import secrets
import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from dengbu.nodes.founding.genesis import Address
from dengbu.nodes.home.config import Endpoint, split_address

LOOPBACK = "127.0.0.1"
PORTS = range(20_000, 32_000)  # below those that systems give to outgoing connections (Linux: from 32,768)
PORTS_EACH = 4  # API, peer listener, and for CometBFT p2p and RPC

Engine = tuple[Endpoint, Endpoint]  # where a CometBFT listens: p2p, RPC


class BadAddress(Exception):
    """A word of the command line is not an address; the message says what it should look like."""


def free_ports(count: int) -> list[int]:
    """Return different loopback ports that are free now, and that no outgoing connection is given meanwhile.

    Raises OSError if there are not as many.
    """
    first = secrets.randbelow(len(PORTS))
    found: list[int] = []
    with ExitStack() as stack:
        for offset in range(len(PORTS)):
            if len(found) == count:
                return found
            port = PORTS[(first + offset) % len(PORTS)]
            one = stack.enter_context(socket.socket())
            try:
                one.bind((LOOPBACK, port))
            except OSError:
                one.close()
                continue
            found.append(port)
    raise OSError(errno.EADDRINUSE, f"127.0.0.1 上没有 {count} 个空闲端口 has not as many free ports")


def free_addresses(names: Sequence[str]) -> dict[str, Address]:
    """Return loopback addresses for each name, all ports different and free now."""
    listeners = [Endpoint(LOOPBACK, port) for port in free_ports(PORTS_EACH * len(names))]
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
    return name, Address(Endpoint(host, int(api)), Endpoint(host, int(peer)))


def engine_listen(text: str) -> tuple[str, Engine]:
    """Parse ID=HOST:P2P_PORT:RPC_PORT; the RPC listens on loopback, because it authenticates nobody.

    Raises BadAddress.
    """
    try:
        name, address = listen(text)
    except BadAddress:
        raise BadAddress(f"{text!r} 须为 is not ID=HOST:P2P_PORT:RPC_PORT") from None
    return name, (address.api, Endpoint(LOOPBACK, address.peer.port))


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


def place(text: str) -> Endpoint:
    """Parse HOST:PORT. Raises BadAddress."""
    found = split_address(text)
    if found is None:
        raise BadAddress(f"{text!r} 须为 is not HOST:PORT")
    return found
