"""Our .proto is checked against the field numbers of CometBFT v0.39.4, and the committed Python against our .proto."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from dengbu.nodes.engines.cometbft import abci_pb2
from dengbu.nodes.engines.cometbft.abci_pb2 import (
    CheckTx,
    FinalizeBlock,
    FinalizeBlockResult,
    InfoResult,
    ProcessProposalResult,
    PublicKey,
    Request,
    Response,
    Timestamp,
    TxResult,
    ValidatorUpdate,
)

ROOT = Path(__file__).resolve().parents[4]
PROTO = "nodes/engines/cometbft/abci.proto"


def test_the_committed_python_is_made_from_the_proto(tmp_path: Path) -> None:
    made = tmp_path / "abci.binpb"
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT}", f"--descriptor_set_out={made}", PROTO]
    subprocess.run(command, check=True, cwd=ROOT)
    [ours] = FileDescriptorSet.FromString(made.read_bytes()).file
    for message in ours.message_type:
        for field in message.field:
            field.ClearField("json_name")  # the Python leaves these out
    assert ours == FileDescriptorProto.FromString(abci_pb2.DESCRIPTOR.serialized_pb)
    named = set(
        re.findall(
            r"^class (\w+)",
            (ROOT / "nodes" / "engines" / "cometbft" / "abci_pb2.pyi").read_text(),
            re.MULTILINE,
        )
    )
    assert named == set(abci_pb2.DESCRIPTOR.message_types_by_name)


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (Request(check_tx=CheckTx(tx=b"e", type=1)), "42050a01651001"),  # field 8: {1: "e", 2: 1}
        (Request.FromString(bytes.fromhex("1200")), "1200"),  # flush is field 2 ...
        (Response.FromString(bytes.fromhex("1a00")), "1a00"),  # ... and its answer field 3
        (
            Response(info=InfoResult(last_block_height=3, last_block_app_hash=b"r")),
            "220520032a0172",  # field 4: {4: 3, 5: "r"}
        ),
        (Response(process_proposal=ProcessProposalResult(status=2)), "9201020802"),  # field 18
        (
            Response(
                finalize_block=FinalizeBlockResult(
                    tx_results=[TxResult(code=5)],
                    validator_updates=[ValidatorUpdate(pub_key=PublicKey(ed25519=b"k"), power=10)],
                    app_hash=b"h",
                )
            ),  # field 21: {2: {1: 5}, 3: {1: {1: "k"}, 2: 10}, 5: "h"}
            "aa01101202080" + "51a070a030a016b100a2a0168",
        ),
        (
            Request(finalize_block=FinalizeBlock(txs=[b"e"], height=2, time=Timestamp(seconds=1, nanos=2))),
            "a2010b0a0165280232040801" + "1002",  # field 20: {1: "e", 5: 2, 6: {1: 1, 2: 2}}
        ),
    ],
)
def test_golden_bytes(message: Request | Response, wire: str) -> None:
    assert message.SerializeToString().hex() == wire
