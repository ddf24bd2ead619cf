"""Assembles the parts of a node, starts them, and stops them in order."""

from collections.abc import Sequence
from pathlib import Path

from dengbu.ledger.log import msgspec_warmup
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.rules.rule import Does
from dengbu.ledger.transition import EVENTS
from dengbu.nodes.desk.desk import Desk
from dengbu.nodes.desk.log_subscriber import LogSubscriber
from dengbu.nodes.desk_clerk import DeskClerk
from dengbu.nodes.engines.choosing import make_engine
from dengbu.nodes.failing import Failed
from dengbu.nodes.finality.lastsigned import LastSigned
from dengbu.nodes.home import keystore as keys
from dengbu.nodes.home.config import LAST_SIGNED_FILE, VAULT_FILE
from dengbu.nodes.home.opened import OpenedHome, open_home
from dengbu.nodes.opening import open_ledger
from dengbu.nodes.peering import make_listener
from dengbu.nodes.precheck import Precheck
from dengbu.nodes.private import access_head
from dengbu.nodes.private.access_log import AccessLog
from dengbu.nodes.private.carrier import PeerCarrier
from dengbu.nodes.private.checks import Checks
from dengbu.nodes.private.directory import Directory
from dengbu.nodes.private.earlier_imports import EarlierImports
from dengbu.nodes.private.package import Keyring
from dengbu.nodes.private.payloads import Payloads
from dengbu.nodes.private.personal import PersonalData
from dengbu.nodes.private.vault import Vault
from dengbu.nodes.store.listings import Listings


class Wiring:
    """All parts of a node, assembled."""

    def __init__(self, home: Path, passphrase: bytes, failed: Failed) -> None:
        self.home: OpenedHome = open_home(home, passphrase)
        config, keystore = self.home.config, self.home.keystore
        last_signed = LastSigned(home / LAST_SIGNED_FILE)
        head_file = access_head.of_home(home, config.member.institution, keystore.signer(keys.NODE))
        self.application = open_ledger(self.home, last_signed)
        self.store = self.application.store
        self.listings = Listings(self.store)
        try:
            self.vault = Vault(home / VAULT_FILE)
        except BaseException:
            self.store.close()
            raise
        self.access_log = AccessLog(self.vault, config.member.institution, head_file)
        self._wire_private(failed)
        self.engine = make_engine(self.home, self.application, last_signed, failed)
        self.listener = make_listener(config, self.application, self.engine, self.payloads, failed)
        self._clerk = DeskClerk(self.home, self.application, self.checks, self.engine)
        # Only the registry holds the holder key, and without it persons cannot be matched with references.
        self.desk = self._desk(failed) if config.desk and keys.HOLDER in keystore.classes else None
        if self.desk:
            self.payloads.on_arrival(lambda _: self.desk.arrived() if self.desk else None)
        self.log_subscriber = LogSubscriber(
            self.vault.bound(), self.engine.wait_committed, self.store.leaves, self._note, failed
        )

    def start(self) -> None:
        """Start what has threads; the engine first, so that a desk's events find it running."""
        self.listener.start()
        self.engine.start()
        self.payloads.start()
        self.log_subscriber.start()
        if self.desk:
            self.desk.start(self._clerk.accepted())

    def stop(self) -> None:
        """Stop in the reverse order, so that nothing writes any more when the files are closed."""
        if self.desk:
            self.desk.stop()
        self.log_subscriber.stop()
        self.payloads.stop()
        self.engine.stop()
        self.listener.stop()
        self.carrier.close()
        self.vault.close()
        self.store.close()

    def case_entries(self, number: str) -> list[Entry]:
        """Return the entries of a case, in order."""
        return self.store.feed(-1, case=number)

    def _wire_private(self, failed: Failed) -> None:
        config, keystore = self.home.config, self.home.keystore
        keyring, register = Keyring(config.member.institution, keystore.envelope), self.application.register
        holder_key = keystore.holder_key if keys.HOLDER in keystore.classes else None
        self.carrier = PeerCarrier(config.endpoints.peers, keystore.signer(keys.NODE))
        self.directory = Directory(self.store, register)
        self.payloads = Payloads(config.member.net, keyring, self.vault, self.carrier, self.directory, failed)
        self.checks = Checks(
            config.member.role, keyring, self.vault, lambda: register, self.case_entries, holder_key
        )
        self.earlier_imports = EarlierImports(self.store, register.rows, self.vault, keyring)
        self.personal = PersonalData(
            keyring,
            self.vault,
            self.access_log,
            lambda: register,
            self.case_entries,
            lambda: self.store.head.size,
        )
        self.precheck = Precheck(self.home, self.application, self.checks, self.payloads, self.personal)

    def _desk(self, failed: Failed) -> Desk:
        clerk = self._clerk
        return Desk(
            lambda: self.application.register,
            clerk.look,
            clerk.hand_over,
            clerk.rehearse,
            clerk.submit,
            failed,
        )

    def _note(self, entries: Sequence[Entry], upto: int) -> None:
        """Do what follows from new entries on this node."""
        # Erasure comes first: `payloads.note` moves the vault's place in the log, and entries before that are not seen again.
        for entry in entries:
            if named := erased_by(entry):
                self.vault.erase(named, entry.index)
        self.directory.note(entries)
        self.payloads.note(entries, upto)
        if self.desk:
            self.desk.note(entries)


def erased_by(entry: Entry) -> list[str]:
    """Return the commitments of the payloads that every node destroys on an entry."""
    body = entry.envelope.body
    if EVENTS[body.type].does is not Does.ERASES or entry.is_refused:
        return []
    return [str(one) for one in body.data["commitments"]]


msgspec_warmup.ready()
