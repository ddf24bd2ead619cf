"""What a node takes from the CometBFT beside it: no more than a limit, nothing that is not an answer."""

from collections.abc import Iterator

import pytest

from dengbu.nodes.engines.cometbft.rpc import ANSWER_BYTES_MAX, EngineDown, Rpc
from tests.nodes.engines.cometbft.rpc_server import RpcServer, rpc_server


@pytest.fixture
def engine() -> Iterator[RpcServer]:
    with rpc_server() as made:
        yield made


@pytest.fixture
def rpc(engine: RpcServer) -> Iterator[Rpc]:
    made = Rpc(engine.address)
    yield made
    made.close()


def test_an_answer_without_end_is_not_read_to_its_end(engine: RpcServer, rpc: Rpc) -> None:
    engine.garbage = b" " * (ANSWER_BYTES_MAX + 1)
    with pytest.raises(EngineDown, match=str(ANSWER_BYTES_MAX)):
        rpc.links()
    engine.garbage, engine.links = None, ["abc"]
    assert rpc.links() == {"abc"}


@pytest.mark.parametrize("garbage", [b"x", b"null", b"1", b"[]", b"{}", b'[{"id": 0}]', b"\xff"])
def test_what_is_no_answer_is_an_engine_that_is_down(engine: RpcServer, rpc: Rpc, garbage: bytes) -> None:
    engine.garbage = garbage
    with pytest.raises(EngineDown):
        rpc.links()
    engine.garbage, engine.catching_up = None, True
    assert rpc.catching_up() is True


def test_nobody_there_is_an_engine_that_is_down(engine: RpcServer) -> None:
    away = Rpc(engine.address.replace(str(engine.port), "1"))
    with pytest.raises(EngineDown):
        away.links()
    away.close()
