"""Members whose engine is missing are dialled, those present are not, and there is no busy loop."""

import logging
from collections.abc import Iterator

import pytest

from dengbu.nodes.engines.cometbft import redial
from dengbu.nodes.engines.cometbft.redial import Redial
from dengbu.nodes.engines.cometbft.rpc import EngineDown, Rpc
from tests.nodes.engines.cometbft.rpc_server import RpcServer, rpc_server

A, B, C = ("aa" * 20, "bb" * 20, "cc" * 20)
LINKS = {A: "bank-a", B: "bank-b", C: "court-1"}
PLACES = {"bank-a": "10.0.0.3:26656", "bank-b": "10.0.0.4:26656"}


@pytest.fixture
def engine() -> Iterator[RpcServer]:
    with rpc_server() as server:
        yield server


@pytest.fixture
def dialler(engine: RpcServer) -> Iterator[Redial]:
    rpc = Rpc(engine.address)
    yield Redial(rpc, PLACES)
    rpc.close()


def test_who_is_missing_is_dialled_by_link_key_and_place(engine: RpcServer, dialler: Redial) -> None:
    dialler.missing(LINKS, {"bank-a"})
    assert engine.dialled == [[f"{B}@10.0.0.4:26656"]], (
        "bank-a is there, and where court-1 is nobody has said"
    )


def test_when_all_are_there_nobody_is_dialled(engine: RpcServer, dialler: Redial) -> None:
    dialler.missing(LINKS, set(LINKS.values()))
    assert engine.methods == []


def test_it_does_not_dial_at_every_look(
    engine: RpcServer, dialler: Redial, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(20):
        dialler.missing(LINKS, set())
    assert len(engine.dialled) == 1
    later = redial.time.monotonic() + redial.REDIAL_S
    monkeypatch.setattr(redial.time, "monotonic", lambda: later)
    dialler.missing(LINKS, set())
    assert len(engine.dialled) == 2


def test_an_engine_that_will_not_dial_is_complained_of(
    engine: RpcServer, dialler: Redial, caplog: pytest.LogCaptureFixture
) -> None:
    engine.complaint = {"code": -32601, "message": "Method not found"}
    with caplog.at_level(logging.WARNING, "dengbu.cometbft"):
        dialler.missing(LINKS, set())
    assert "cometbft.not-dialled" in caplog.text


def test_an_engine_that_is_down_is_down() -> None:
    with rpc_server() as server:
        address = server.address
    with pytest.raises(EngineDown):
        Redial(Rpc(address), PLACES).missing(LINKS, set())
