"""The log itself: its head, its entries with a proof for each, its tiles, and the full audit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dengbu.api.client.errors import VerificationError
from dengbu.api.client.heads import Head, Heads
from dengbu.api.client.models import FeedItem
from dengbu.api.client.report import Report
from dengbu.api.client.tilereader import TileReader, fetch
from dengbu.api.client.transport import Transport
from dengbu.ledger.log import tiles
from dengbu.ledger.log.entry import Entry, parse_leaf
from dengbu.ledger.log.merkle import ProofError, leaf_hash, prove_inclusion, verify_inclusion


class Log:
    """The log of one node, as `client.log`."""

    def __init__(self, transport: Transport, heads: Heads) -> None:
        self._transport = transport
        self._heads = heads

    @property
    def last(self) -> Head | None:
        """The last verified head, of this run or kept in the head file; None before the first."""
        return self._heads.last

    def checkpoint(self) -> Head:
        """Return the current head, verified and proved to continue the last one that this client saw."""
        return self._heads.look()

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        """Iterate over entries with start <= index < stop (default: the head), each first proved to be in the log."""
        head = self.checkpoint()
        reader = TileReader(self._transport, head.size)
        for index, leaf in leaves(
            self._transport, start, min(head.size, head.size if stop is None else stop), head.size
        ):
            try:
                proof = prove_inclusion(index, head.size, reader)
                verify_inclusion(leaf_hash(leaf), index, head.size, proof, head.root)
                entry = parse_leaf(leaf)
            except (ProofError, ValueError) as error:
                raise VerificationError(
                    "entry", f"第 {index} 条不在账本中 entry {index} is not in the log: {error}"
                ) from error
            if entry.index != index:
                raise VerificationError(
                    "entry", f"第 {index} 条自称第 {entry.index} 条 entry {index} says it is {entry.index}"
                )
            yield entry

    def prove(self, items: Sequence[FeedItem]) -> Iterator[tuple[FeedItem, Entry]]:
        """Iterate over lines of the feed with their entries, which are proved to be in the log and to match the line.

        The lines keep their order, and the iteration ends before the first line that lies beyond the head.
        """
        if not items:
            return
        entries = {entry.index: entry for entry in self.entries(items[0].index, items[-1].index + 1)}
        for item in items:
            entry = entries.get(item.index)
            if entry is None:
                return
            _check_line(item, entry)
            yield item, entry

    def tile(self, level: int, n: int, width: int | None = None) -> bytes:
        """Return one tile of hashes as the node sent it (unverified)."""
        return fetch(self._transport, tiles.tile_path(level, n, width), tiles.tile_path(level, n, None))

    def audit(self) -> Report:
        """Re-execute the whole log from its genesis; the report names the first faulty entry.

        Raises RulesMissing at an entry whose rule set this release lacks.
        """
        from dengbu.api.client import (
            audit,  # loading the rules takes as long as all the rest, and only an audit needs them
        )

        head = self.checkpoint()
        return audit.audit(head, (leaf for _, leaf in leaves(self._transport, 0, head.size, head.size)))


def _check_line(item: FeedItem, entry: Entry) -> None:
    """Raise VerificationError unless a line of the feed matches the entry in event, outcome, reasons and result."""
    body, decision = entry.envelope.body, entry.decision
    said = (item.type, item.actor, item.id, item.outcome, [one.get("code") for one in item.reasons])
    reasons = [one["code"] for one in decision.get("reasons", ())]
    proved = (body.type, body.actor, body.id, decision["outcome"], reasons)
    if said != proved or dict(item.result) != dict(decision.get("result", {})):
        raise VerificationError(
            "other-event", f"节点所述与条目不符 the node says {said}, entry {entry.index} proves {proved}"
        )


def leaves(transport: Transport, start: int, stop: int, size: int) -> Iterator[tuple[int, bytes]]:
    """Iterate over leaves with their indexes, unverified, fetched bundle by bundle."""
    for n in range(start // tiles.TILE_WIDTH, -(-stop // tiles.TILE_WIDTH)):
        width = min(tiles.TILE_WIDTH, size - n * tiles.TILE_WIDTH)
        raw = fetch(
            transport,
            tiles.entries_path(n, None if width == tiles.TILE_WIDTH else width),
            tiles.entries_path(n, None),
        )
        try:
            bundle = tiles.split_bundle(raw)
        except ValueError as error:
            raise VerificationError("bundle", f"条目包损坏 entry bundle {n} is damaged: {error}") from error
        if len(bundle) < width:
            raise VerificationError(
                "bundle", f"条目包不完整 entry bundle {n} has {len(bundle)} of {width} entries"
            )
        for place, leaf in enumerate(bundle[:width]):
            if start <= n * tiles.TILE_WIDTH + place < stop:
                yield n * tiles.TILE_WIDTH + place, leaf
