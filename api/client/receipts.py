"""Receipts, which are fetched and verified under the policy before they are returned; `verify_file` works offline."""

from __future__ import annotations

from pathlib import Path

from dengbu.api.client.errors import NoPolicy, NotAPolicy, UnreadableFile, VerificationError
from dengbu.api.client.receipt import Receipt
from dengbu.api.client.transport import Transport
from dengbu.ledger.log import receipt as receipts
from dengbu.ledger.log.trust import Trust, parse_policy

FILE_BYTES_MAX = 512 * 1024
PLAIN_TEXT = "text/plain"


def load_policy(policy: Trust | str | Path | None) -> Trust | None:
    """Return the policy itself, or read it from a tlog-policy file.

    Raises UnreadableFile, or NotAPolicy if the file holds none.
    """
    if policy is None or isinstance(policy, Trust):
        return policy
    try:
        return parse_policy(Path(policy).read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFile(f"无法读取会签规则 cannot read the policy {policy}: {error.strerror}") from error
    except ValueError as error:
        raise NotAPolicy(f"会签规则无效 {policy} is not a policy: {error}") from error


def verify(raw: bytes, trust: Trust | None) -> Receipt:
    """Return the receipt in these bytes; raise VerificationError with the reason unless it holds under the policy.

    Raises NoPolicy if `trust` is None.
    """
    if trust is None:
        raise NoPolicy
    try:
        return Receipt(raw, receipts.verify(raw, trust))
    except ValueError as error:
        raise VerificationError(str(getattr(error, "code", "receipt")), str(error)) from error


def verify_file(path: str | Path, policy: Trust | str | Path) -> Receipt:
    """Verify a receipt file offline; raise UnreadableFile, NotAPolicy, or VerificationError if it does not hold."""
    try:
        with Path(path).open("rb") as file:
            raw = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise UnreadableFile(f"无法读取回执 cannot read {path}: {error.strerror}") from error
    if len(raw) > FILE_BYTES_MAX:
        raise VerificationError("file", f"文件过大，不是回执 {path} is too large for a receipt")
    return verify(raw, load_policy(policy))


class Receipts:
    """Receipts of one node, each of which is verified before it is returned."""

    def __init__(self, transport: Transport, trust: Trust | None) -> None:
        self._transport = transport
        self._trust = trust

    @property
    def can_verify(self) -> bool:
        """Whether a policy was given."""
        return self._trust is not None

    def get(self, index: int) -> Receipt:
        """Return the receipt of the entry at an index; raise VerificationError if it fails or proves another entry."""
        if self._trust is None:
            raise NoPolicy
        receipt = verify(
            self._transport.get(f"/v1/receipts/{int(index)}", accept=PLAIN_TEXT).body, self._trust
        )
        if receipt.index != index:
            raise VerificationError(
                "other-entry",
                f"回执证明的是第 {receipt.index} 条 the receipt is of entry {receipt.index}, not {index}",
            )
        return receipt

    def of_case(self, number: str) -> Receipt:
        """Return the receipt of the entry that decided a case, or that accepted it while it is undecided.

        Raises VerificationError if the receipt fails or belongs to another case.
        """
        if self._trust is None:
            raise NoPolicy
        answer = self._transport.get(f"/v1/cases/{number}/receipt", accept=PLAIN_TEXT)
        receipt = verify(answer.body, self._trust)
        if receipt.case != number:
            raise VerificationError(
                "other-case", f"回执属于另一案件 the receipt is of case {receipt.case}, not {number}"
            )
        return receipt
