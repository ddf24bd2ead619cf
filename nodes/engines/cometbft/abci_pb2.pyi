from collections.abc import Iterable as _Iterable
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar

from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from google.protobuf.internal import containers as _containers

DESCRIPTOR: _descriptor.FileDescriptor

class Request(_message.Message):
    __slots__ = (
        "apply_snapshot_chunk",
        "check_tx",
        "commit",
        "echo",
        "extend_vote",
        "finalize_block",
        "flush",
        "info",
        "init_chain",
        "list_snapshots",
        "load_snapshot_chunk",
        "offer_snapshot",
        "prepare_proposal",
        "process_proposal",
        "query",
        "verify_vote_extension",
    )
    ECHO_FIELD_NUMBER: _ClassVar[int]
    FLUSH_FIELD_NUMBER: _ClassVar[int]
    INFO_FIELD_NUMBER: _ClassVar[int]
    INIT_CHAIN_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    CHECK_TX_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    LIST_SNAPSHOTS_FIELD_NUMBER: _ClassVar[int]
    OFFER_SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    LOAD_SNAPSHOT_CHUNK_FIELD_NUMBER: _ClassVar[int]
    APPLY_SNAPSHOT_CHUNK_FIELD_NUMBER: _ClassVar[int]
    PREPARE_PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    PROCESS_PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    EXTEND_VOTE_FIELD_NUMBER: _ClassVar[int]
    VERIFY_VOTE_EXTENSION_FIELD_NUMBER: _ClassVar[int]
    FINALIZE_BLOCK_FIELD_NUMBER: _ClassVar[int]
    echo: Echo
    flush: Empty
    info: Empty
    init_chain: InitChain
    query: Query
    check_tx: CheckTx
    commit: Empty
    list_snapshots: Empty
    offer_snapshot: Empty
    load_snapshot_chunk: Empty
    apply_snapshot_chunk: Empty
    prepare_proposal: PrepareProposal
    process_proposal: ProcessProposal
    extend_vote: Empty
    verify_vote_extension: Empty
    finalize_block: FinalizeBlock
    def __init__(
        self,
        echo: Echo | _Mapping | None = ...,
        flush: Empty | _Mapping | None = ...,
        info: Empty | _Mapping | None = ...,
        init_chain: InitChain | _Mapping | None = ...,
        query: Query | _Mapping | None = ...,
        check_tx: CheckTx | _Mapping | None = ...,
        commit: Empty | _Mapping | None = ...,
        list_snapshots: Empty | _Mapping | None = ...,
        offer_snapshot: Empty | _Mapping | None = ...,
        load_snapshot_chunk: Empty | _Mapping | None = ...,
        apply_snapshot_chunk: Empty | _Mapping | None = ...,
        prepare_proposal: PrepareProposal | _Mapping | None = ...,
        process_proposal: ProcessProposal | _Mapping | None = ...,
        extend_vote: Empty | _Mapping | None = ...,
        verify_vote_extension: Empty | _Mapping | None = ...,
        finalize_block: FinalizeBlock | _Mapping | None = ...,
    ) -> None: ...

class Response(_message.Message):
    __slots__ = (
        "apply_snapshot_chunk",
        "check_tx",
        "commit",
        "echo",
        "exception",
        "extend_vote",
        "finalize_block",
        "flush",
        "info",
        "init_chain",
        "list_snapshots",
        "load_snapshot_chunk",
        "offer_snapshot",
        "prepare_proposal",
        "process_proposal",
        "query",
        "verify_vote_extension",
    )
    EXCEPTION_FIELD_NUMBER: _ClassVar[int]
    ECHO_FIELD_NUMBER: _ClassVar[int]
    FLUSH_FIELD_NUMBER: _ClassVar[int]
    INFO_FIELD_NUMBER: _ClassVar[int]
    INIT_CHAIN_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    CHECK_TX_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    LIST_SNAPSHOTS_FIELD_NUMBER: _ClassVar[int]
    OFFER_SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    LOAD_SNAPSHOT_CHUNK_FIELD_NUMBER: _ClassVar[int]
    APPLY_SNAPSHOT_CHUNK_FIELD_NUMBER: _ClassVar[int]
    PREPARE_PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    PROCESS_PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    EXTEND_VOTE_FIELD_NUMBER: _ClassVar[int]
    VERIFY_VOTE_EXTENSION_FIELD_NUMBER: _ClassVar[int]
    FINALIZE_BLOCK_FIELD_NUMBER: _ClassVar[int]
    exception: Exception
    echo: Echo
    flush: Empty
    info: InfoResult
    init_chain: InitChainResult
    query: QueryResult
    check_tx: CheckTxResult
    commit: CommitResult
    list_snapshots: Empty
    offer_snapshot: OfferResult
    load_snapshot_chunk: Empty
    apply_snapshot_chunk: OfferResult
    prepare_proposal: PrepareProposalResult
    process_proposal: ProcessProposalResult
    extend_vote: Empty
    verify_vote_extension: VerifyResult
    finalize_block: FinalizeBlockResult
    def __init__(
        self,
        exception: Exception | _Mapping | None = ...,
        echo: Echo | _Mapping | None = ...,
        flush: Empty | _Mapping | None = ...,
        info: InfoResult | _Mapping | None = ...,
        init_chain: InitChainResult | _Mapping | None = ...,
        query: QueryResult | _Mapping | None = ...,
        check_tx: CheckTxResult | _Mapping | None = ...,
        commit: CommitResult | _Mapping | None = ...,
        list_snapshots: Empty | _Mapping | None = ...,
        offer_snapshot: OfferResult | _Mapping | None = ...,
        load_snapshot_chunk: Empty | _Mapping | None = ...,
        apply_snapshot_chunk: OfferResult | _Mapping | None = ...,
        prepare_proposal: PrepareProposalResult | _Mapping | None = ...,
        process_proposal: ProcessProposalResult | _Mapping | None = ...,
        extend_vote: Empty | _Mapping | None = ...,
        verify_vote_extension: VerifyResult | _Mapping | None = ...,
        finalize_block: FinalizeBlockResult | _Mapping | None = ...,
    ) -> None: ...

class Empty(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Exception(_message.Message):
    __slots__ = ("error",)
    ERROR_FIELD_NUMBER: _ClassVar[int]
    error: str
    def __init__(self, error: str | None = ...) -> None: ...

class Echo(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: str | None = ...) -> None: ...

class Timestamp(_message.Message):
    __slots__ = ("nanos", "seconds")
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    NANOS_FIELD_NUMBER: _ClassVar[int]
    seconds: int
    nanos: int
    def __init__(self, seconds: int | None = ..., nanos: int | None = ...) -> None: ...

class PublicKey(_message.Message):
    __slots__ = ("ed25519",)
    ED25519_FIELD_NUMBER: _ClassVar[int]
    ed25519: bytes
    def __init__(self, ed25519: bytes | None = ...) -> None: ...

class ValidatorUpdate(_message.Message):
    __slots__ = ("power", "pub_key")
    PUB_KEY_FIELD_NUMBER: _ClassVar[int]
    POWER_FIELD_NUMBER: _ClassVar[int]
    pub_key: PublicKey
    power: int
    def __init__(self, pub_key: PublicKey | _Mapping | None = ..., power: int | None = ...) -> None: ...

class Validator(_message.Message):
    __slots__ = ("address", "power")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    POWER_FIELD_NUMBER: _ClassVar[int]
    address: bytes
    power: int
    def __init__(self, address: bytes | None = ..., power: int | None = ...) -> None: ...

class VoteInfo(_message.Message):
    __slots__ = ("block_id_flag", "validator")
    VALIDATOR_FIELD_NUMBER: _ClassVar[int]
    BLOCK_ID_FLAG_FIELD_NUMBER: _ClassVar[int]
    validator: Validator
    block_id_flag: int
    def __init__(
        self, validator: Validator | _Mapping | None = ..., block_id_flag: int | None = ...
    ) -> None: ...

class CommitInfo(_message.Message):
    __slots__ = ("votes",)
    VOTES_FIELD_NUMBER: _ClassVar[int]
    votes: _containers.RepeatedCompositeFieldContainer[VoteInfo]
    def __init__(self, votes: _Iterable[VoteInfo | _Mapping] | None = ...) -> None: ...

class Misbehavior(_message.Message):
    __slots__ = ("height", "time", "type", "validator")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VALIDATOR_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    type: int
    validator: Validator
    height: int
    time: Timestamp
    def __init__(
        self,
        type: int | None = ...,
        validator: Validator | _Mapping | None = ...,
        height: int | None = ...,
        time: Timestamp | _Mapping | None = ...,
    ) -> None: ...

class InfoResult(_message.Message):
    __slots__ = ("app_version", "data", "last_block_app_hash", "last_block_height", "version")
    DATA_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    APP_VERSION_FIELD_NUMBER: _ClassVar[int]
    LAST_BLOCK_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    LAST_BLOCK_APP_HASH_FIELD_NUMBER: _ClassVar[int]
    data: str
    version: str
    app_version: int
    last_block_height: int
    last_block_app_hash: bytes
    def __init__(
        self,
        data: str | None = ...,
        version: str | None = ...,
        app_version: int | None = ...,
        last_block_height: int | None = ...,
        last_block_app_hash: bytes | None = ...,
    ) -> None: ...

class InitChain(_message.Message):
    __slots__ = ("chain_id", "initial_height", "time", "validators")
    TIME_FIELD_NUMBER: _ClassVar[int]
    CHAIN_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATORS_FIELD_NUMBER: _ClassVar[int]
    INITIAL_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    time: Timestamp
    chain_id: str
    validators: _containers.RepeatedCompositeFieldContainer[ValidatorUpdate]
    initial_height: int
    def __init__(
        self,
        time: Timestamp | _Mapping | None = ...,
        chain_id: str | None = ...,
        validators: _Iterable[ValidatorUpdate | _Mapping] | None = ...,
        initial_height: int | None = ...,
    ) -> None: ...

class InitChainResult(_message.Message):
    __slots__ = ("app_hash", "validators")
    VALIDATORS_FIELD_NUMBER: _ClassVar[int]
    APP_HASH_FIELD_NUMBER: _ClassVar[int]
    validators: _containers.RepeatedCompositeFieldContainer[ValidatorUpdate]
    app_hash: bytes
    def __init__(
        self, validators: _Iterable[ValidatorUpdate | _Mapping] | None = ..., app_hash: bytes | None = ...
    ) -> None: ...

class Query(_message.Message):
    __slots__ = ("data", "path")
    DATA_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    path: str
    def __init__(self, data: bytes | None = ..., path: str | None = ...) -> None: ...

class QueryResult(_message.Message):
    __slots__ = ("code", "log")
    CODE_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    code: int
    log: str
    def __init__(self, code: int | None = ..., log: str | None = ...) -> None: ...

class CheckTx(_message.Message):
    __slots__ = ("tx", "type")
    TX_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    tx: bytes
    type: int
    def __init__(self, tx: bytes | None = ..., type: int | None = ...) -> None: ...

class CheckTxResult(_message.Message):
    __slots__ = ("code", "codespace", "gas_wanted", "log")
    CODE_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    GAS_WANTED_FIELD_NUMBER: _ClassVar[int]
    CODESPACE_FIELD_NUMBER: _ClassVar[int]
    code: int
    log: str
    gas_wanted: int
    codespace: str
    def __init__(
        self,
        code: int | None = ...,
        log: str | None = ...,
        gas_wanted: int | None = ...,
        codespace: str | None = ...,
    ) -> None: ...

class PrepareProposal(_message.Message):
    __slots__ = ("height", "max_tx_bytes", "time", "txs")
    MAX_TX_BYTES_FIELD_NUMBER: _ClassVar[int]
    TXS_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    max_tx_bytes: int
    txs: _containers.RepeatedScalarFieldContainer[bytes]
    height: int
    time: Timestamp
    def __init__(
        self,
        max_tx_bytes: int | None = ...,
        txs: _Iterable[bytes] | None = ...,
        height: int | None = ...,
        time: Timestamp | _Mapping | None = ...,
    ) -> None: ...

class PrepareProposalResult(_message.Message):
    __slots__ = ("txs",)
    TXS_FIELD_NUMBER: _ClassVar[int]
    txs: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, txs: _Iterable[bytes] | None = ...) -> None: ...

class ProcessProposal(_message.Message):
    __slots__ = ("height", "time", "txs")
    TXS_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    txs: _containers.RepeatedScalarFieldContainer[bytes]
    height: int
    time: Timestamp
    def __init__(
        self,
        txs: _Iterable[bytes] | None = ...,
        height: int | None = ...,
        time: Timestamp | _Mapping | None = ...,
    ) -> None: ...

class ProcessProposalResult(_message.Message):
    __slots__ = ("status",)
    STATUS_FIELD_NUMBER: _ClassVar[int]
    status: int
    def __init__(self, status: int | None = ...) -> None: ...

class FinalizeBlock(_message.Message):
    __slots__ = ("decided_last_commit", "height", "misbehavior", "time", "txs")
    TXS_FIELD_NUMBER: _ClassVar[int]
    DECIDED_LAST_COMMIT_FIELD_NUMBER: _ClassVar[int]
    MISBEHAVIOR_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    txs: _containers.RepeatedScalarFieldContainer[bytes]
    decided_last_commit: CommitInfo
    misbehavior: _containers.RepeatedCompositeFieldContainer[Misbehavior]
    height: int
    time: Timestamp
    def __init__(
        self,
        txs: _Iterable[bytes] | None = ...,
        decided_last_commit: CommitInfo | _Mapping | None = ...,
        misbehavior: _Iterable[Misbehavior | _Mapping] | None = ...,
        height: int | None = ...,
        time: Timestamp | _Mapping | None = ...,
    ) -> None: ...

class TxResult(_message.Message):
    __slots__ = ("code", "codespace")
    CODE_FIELD_NUMBER: _ClassVar[int]
    CODESPACE_FIELD_NUMBER: _ClassVar[int]
    code: int
    codespace: str
    def __init__(self, code: int | None = ..., codespace: str | None = ...) -> None: ...

class FinalizeBlockResult(_message.Message):
    __slots__ = ("app_hash", "tx_results", "validator_updates")
    TX_RESULTS_FIELD_NUMBER: _ClassVar[int]
    VALIDATOR_UPDATES_FIELD_NUMBER: _ClassVar[int]
    APP_HASH_FIELD_NUMBER: _ClassVar[int]
    tx_results: _containers.RepeatedCompositeFieldContainer[TxResult]
    validator_updates: _containers.RepeatedCompositeFieldContainer[ValidatorUpdate]
    app_hash: bytes
    def __init__(
        self,
        tx_results: _Iterable[TxResult | _Mapping] | None = ...,
        validator_updates: _Iterable[ValidatorUpdate | _Mapping] | None = ...,
        app_hash: bytes | None = ...,
    ) -> None: ...

class CommitResult(_message.Message):
    __slots__ = ("retain_height",)
    RETAIN_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    retain_height: int
    def __init__(self, retain_height: int | None = ...) -> None: ...

class OfferResult(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: int
    def __init__(self, result: int | None = ...) -> None: ...

class VerifyResult(_message.Message):
    __slots__ = ("status",)
    STATUS_FIELD_NUMBER: _ClassVar[int]
    status: int
    def __init__(self, status: int | None = ...) -> None: ...
