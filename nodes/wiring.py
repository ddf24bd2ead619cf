"""Puts the parts of a node together, starts them, and takes them apart in order."""

import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dengbu.ledger.admission import NotAdmitted, admit
from dengbu.ledger.law.verdict import name as code_name
from dengbu.ledger.log import msgspec_warmup
from dengbu.ledger.log.encoding import JSONValue
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.log.envelope import parse_envelope, seal
from dengbu.ledger.log.trust import Trust, parse_policy
from dengbu.ledger.register.records import Case, Institution, KeyClass
from dengbu.ledger.rules.competence import deciding
from dengbu.ledger.transition import LogPosition, judge
from dengbu.nodes.audit import startup
from dengbu.nodes.desk.desk import OFFICER, Busy, Desk
from dengbu.nodes.desk.log_subscriber import Tail
from dengbu.nodes.execution.application import Application
from dengbu.nodes.finality.engine import Unavailable
from dengbu.nodes.finality.lastsigned import LastSigned
from dengbu.nodes.founding.genesis import founding_time
from dengbu.nodes.home import keystore as keys
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.config import (
    GENESIS_FILE,
    LAST_SIGNED_FILE,
    POLICY_FILE,
    VAULT_FILE,
    Config,
    ConfigError,
    read_clients,
    read_config,
)
from dengbu.nodes.home.keystore import Keystore
from dengbu.nodes.peering import Failed, make_engine, make_listener
from dengbu.nodes.private import access_head
from dengbu.nodes.private.access_log import AccessLog
from dengbu.nodes.private.carrier import PeerCarrier
from dengbu.nodes.private.checks import Checks
from dengbu.nodes.private.package import Keyring
from dengbu.nodes.private.payloads import Payloads
from dengbu.nodes.private.personal import PersonalData
from dengbu.nodes.private.problems import LASTING, Problem
from dengbu.nodes.private.vault import Vault
from dengbu.nodes.store import listings
from dengbu.nodes.store.block import Block
from dengbu.nodes.store.connection import LEDGER_FILE
from dengbu.nodes.store.store import Store

EVENT_LIFE_MS = 600_000  # how long an event that this node signs may wait to be ordered
ERASE = "payload.erase"

log = logging.getLogger("dengbu.node")


def exit_process(error: BaseException) -> None:
    """End the process at once: after a failed write memory and disk may differ, and going on loses events."""
    log.critical("node.failed", exc_info=error)
    sys.stderr.write(f"fatal: {error}\n")
    sys.stderr.flush()
    os._exit(1)


MEMBERSHIP = ("key.", "institution.")  # events that change whose keys are valid


class Wiring:
    """Everything a node consists of, wired."""

    def __init__(self, home: Path, passphrase: bytes, failed: Failed) -> None:
        self.home = home
        self.config = read_config(home)
        self.policy_text, self.trust, self.genesis = _network_files(home, self.config)
        self.keystore = _own_keystore(home, self.config, passphrase)
        self.clients = read_clients(home / self.config.clients_file)
        self.last_signed = LastSigned(home / LAST_SIGNED_FILE)
        signer = self.keystore.signer(keys.NODE)
        self._head_file = access_head.of_home(home, self.config.institution, signer)
        self.store = _store(home, self.config.net)
        try:
            startup.check(self.store, self.last_signed)
            self.application = Application(self.store, self.config.net)
            self._begin()
            self.vault = Vault(home / VAULT_FILE)
        except BaseException:
            self.store.close()
            raise
        self._wire(failed)

    def start(self) -> None:
        """Start what has threads; the engine first, so that a desk's events find it running."""
        self.listener.start()
        self.engine.start()
        self.payloads.start()
        self.tail.start()
        if self.desk:
            self.desk.start(case.number for case in self._open_cases())

    def stop(self) -> None:
        """Stop in the reverse order; nothing writes when the files are closed."""
        if self.desk:
            self.desk.stop()
        self.tail.stop()
        self.payloads.stop()
        self.engine.stop()
        self.listener.stop()
        self.carrier.close()
        self.vault.close()
        self.store.close()

    def seal(self, body: Mapping[str, JSONValue]) -> bytes:
        """Complete and sign an event of this institution; given: type, id, data and what is optional."""
        fixed = {"v": 1, "net": self.config.net, "actor": self.config.institution}
        return seal(
            {"not_after": now_ms() + EVENT_LIFE_MS, **body, **fixed}, [self.keystore.signer(keys.EVENT)]
        )

    def case_entries(self, number: str) -> list[Entry]:
        """The entries of a case, in order."""
        return self.store.feed(-1, case=number)

    def _begin(self) -> None:
        """Entry 0 is the genesis this home was founded with."""
        envelope = parse_envelope(self.genesis)
        if self.application.head.size == 0:
            finalized = self.application.finalize(Block(1, founding_time(envelope), (self.genesis,)))
            for _, refusal in finalized.rejected:
                raise ConfigError(f"{self.home / GENESIS_FILE}: 创世事件无效 not valid: {refusal}")
            self.application.commit(finalized)
        first = self.store.entry(0)
        if first is None or first.envelope.raw != self.genesis:
            raise ConfigError(f"{self.home / GENESIS_FILE} 与账本不符 is not the genesis of the ledger here")

    def _wire(self, failed: Failed) -> None:
        self._known_keys: dict[str, bytes] | None = None
        keyring = Keyring(self.config.institution, self.keystore.envelope)
        self.access_log = AccessLog(self.vault, self.config.institution, self._head_file)
        self.carrier = PeerCarrier(self.config.peers, self.keystore.signer(keys.NODE))
        self.payloads = Payloads(
            self.config.net,
            keyring,
            self.vault,
            self.carrier,
            tuple(self.config.peers),
            self._envelope_keys,
            self._find_event,
            failed,
        )
        holder_key = self.keystore.holder_key if keys.HOLDER in self.keystore.classes else None
        register = self.application.register
        self.checks = Checks(
            self.config.role, keyring, self.vault, lambda: register, self.case_entries, holder_key
        )
        self.personal = PersonalData(
            keyring,
            self.vault,
            self.access_log,
            lambda: register,
            self.case_entries,
            lambda: self.store.head.size,
        )
        self.engine = make_engine(
            self.home,
            self.config,
            self.keystore,
            self.trust,
            self.application,
            self.last_signed,
            self.seal,
            failed,
        )
        self.listener = make_listener(self.config, self.application, self.engine, self.payloads, failed)
        # Only who has the holder key can tell persons from references: the registry.
        self.desk = self._desk(failed) if self.config.desk and holder_key is not None else None
        if self.desk:
            self.payloads.on_arrival(lambda _: self.desk.arrived() if self.desk else None)
        self.tail = Tail(
            self.vault.bound(), self.engine.wait_committed, self.store.leaves, self._note, failed
        )

    def _desk(self, failed: Failed) -> Desk:
        return Desk(
            lambda: self.application.register,
            self._look_for_desk,
            lambda event_id, data: self._seal_for_desk("case.hand-over", event_id, data),
            self._rehearse,
            self._submit_for_desk,
            failed,
        )

    def _note(self, entries: Sequence[Entry], upto: int) -> None:
        """What follows from new entries on this node."""
        # Erasure first: taking note moves the vault's place in the log, and what lies before is not seen again.
        for entry in entries:
            if entry.envelope.body.type == ERASE and entry.decision["outcome"] != "refused":
                self.vault.erase([str(one) for one in entry.envelope.body.data["commitments"]], entry.index)
        if any(entry.envelope.body.type.startswith(MEMBERSHIP) for entry in entries):
            self._known_keys = None
        self.payloads.note(entries, upto)
        if self.desk:
            self.desk.note(entries)

    def _rehearse(self, event_id: str, data: dict[str, Any]) -> tuple[bytes, tuple[str, ...]]:
        raw = self._seal_for_desk("case.enter", event_id, data)
        register, head = self.application.register, self.application.head
        at = LogPosition(index=head.size, height=head.height + 1, time=max(now_ms(), head.time + 1))
        try:
            event = admit(register, self.config.net, parse_envelope(raw), at, verify=_own_signature)
        except NotAdmitted as refusal:
            return raw, (str(refusal),)
        return raw, tuple(code_name(reason.code) for reason in judge(register, event, at).reasons)

    def _look_for_desk(self, number: str) -> tuple[list[str], tuple[Problem, ...]]:
        """Codes of what a person must look at, and what speaks against entering a case for now."""
        problems, doubts = self.checks.for_desk(number)
        unsound = [one for one in problems if one.code in LASTING]
        return [one.code for one in (*unsound, *doubts)], problems

    def _seal_for_desk(self, event_type: str, event_id: str, data: dict[str, Any]) -> bytes:
        """An event of the desk, which stands in the first office that decides for the case's district."""
        register = self.application.register
        case = register.get(Case, str(data["case"]))
        offices = deciding(register, case) if case else None
        place = {"office": offices[0]} if offices else {}
        return self.seal({"type": event_type, "id": event_id, "officer": OFFICER, "data": data, **place})

    def _submit_for_desk(self, raw: bytes) -> None:
        try:
            self.engine.submit(raw)
        except Unavailable as error:
            raise Busy(str(error)) from error
        except NotAdmitted as refusal:  # the same state was submitted before
            log.info("desk.not-admitted", extra={"why": str(refusal)})

    def _open_cases(self) -> list[Case]:
        after = 0
        found: list[Case] = []
        while True:
            page = listings.cases(self.store, state="accepted", after=after)
            found.extend(page.records)
            if page.next is None:
                return found
            after = page.next

    def _find_event(self, actor: str, event_id: str) -> Entry | None:
        index = self.store.find(actor, event_id)
        return self.store.entry(index) if index is not None else None

    def _envelope_keys(self) -> dict[str, bytes]:
        """The X25519 key of each active institution; read again only after an entry about membership."""
        known = self._known_keys
        if known is not None:
            return known
        found = {}
        for key in listings.keys(self.store):
            member = self.application.register.get(Institution, key.institution)
            if key.cls == KeyClass.ENVELOPE and key.until is None and member and member.status == "active":
                found[key.institution] = bytes.fromhex(key.public)
        self._known_keys = found
        return found


def _own_signature(public: bytes, message: bytes, signature: bytes) -> bool:
    """In a rehearsal the node's own signature, made a moment ago, need not be verified."""
    return True


def _network_files(home: Path, config: Config) -> tuple[str, Trust, bytes]:
    try:
        text = (home / POLICY_FILE).read_text(encoding="utf-8")
        genesis = (home / GENESIS_FILE).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"无法读取 cannot read {error.filename}: {error.strerror}; run: dengbu node"
        ) from error
    trust = parse_policy(text)
    if trust.log.name != config.net or parse_envelope(genesis).body.net != config.net:
        raise ConfigError(f"{home}: policy.txt 与 genesis.json 须属于网络 must be of network {config.net}")
    return text, trust, genesis


def _own_keystore(home: Path, config: Config, passphrase: bytes) -> Keystore:
    path = home / keys.FILE_NAME
    opened = keys.load(path, passphrase)
    if opened.institution != config.institution:
        raise ConfigError(
            f"{path}: 密钥库属于 the keystore is of {opened.institution}, not of {config.institution}"
        )
    return opened


def _store(home: Path, net: str) -> Store:
    return Store.open(home) if (home / LEDGER_FILE).exists() else Store.create(home, net)


msgspec_warmup.ready()
