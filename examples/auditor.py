"""An auditor who trusts no node: follows the log from run to run, verifies a receipt, judges the whole log again.

    python examples/auditor.py --url URL --key auditor.key --policy policy.txt --head head.note
    python examples/auditor.py ... --receipt loan.tlog-proof      # that receipt, and that the log still holds its entry
    python examples/auditor.py ... --whole                        # download all, judge every entry again

Run it from a timer. It keeps the last head in a file, so the next run notices a log that went back or forked. It exits with
0 when everything holds, 3 when something does not (keep what was received as evidence), 1 when it could not look.
"""

import argparse
import sys

from dengbu.api.client import Client, DengbuError, VerificationError, load_key, verify_file


def follow(node: Client) -> None:
    """Print the entries since the last run, once the head is proved to continue the one kept, and each entry to be in it."""
    seen = node.log.last.size if node.log.last else 0
    head = node.log.checkpoint()
    print(f"一致 consistent: {seen} -> {head.size} 条 entries, {len(head.cosigners)} 家会签 cosigned")
    for entry in node.log.entries(seen, head.size):
        print(
            f"  {entry.index} {entry.envelope.body.type} {entry.envelope.body.actor} {entry.decision['outcome']}"
        )


def check_receipt(node: Client, path: str, policy: str) -> None:
    """Verify a receipt offline, then check that this log holds the very entry that it proves."""
    receipt = verify_file(path, policy)
    (entry,) = node.log.entries(receipt.index, receipt.index + 1)
    if entry != receipt.verified.entry:
        raise VerificationError(
            "other-entry", f"账本第 {receipt.index} 条与回执不符 the log holds another entry"
        )
    print(
        f"回执属实 receipt stands: 第 {receipt.index} 条 entry {receipt.index}: {receipt.type} {receipt.outcome}"
    )


def judge(node: Client) -> None:
    """Download the whole log and judge every entry again under the rules. Raises VerificationError naming the first bad one."""
    report = node.log.audit()
    if report.fault is not None:
        fault = report.fault
        raise VerificationError(
            "audit", f"第 {fault.index} 条不成立 entry {fault.index} {fault.field}: {fault.message}"
        )
    print(f"全部属实 all {report.checked} entries stand, 登记簿摘要 register {report.register}")


def main() -> int:
    """Look once; return the exit code."""
    parser = argparse.ArgumentParser(description="审计一个节点 audit one node")
    for name in ("--url", "--key", "--policy", "--head"):
        parser.add_argument(name, required=True)
    parser.add_argument("--receipt", help="要核对的回执 a receipt to check")
    parser.add_argument("--whole", action="store_true", help="重新判断全部条目 judge every entry again")
    given = parser.parse_args()
    try:
        with Client(given.url, load_key(given.key), given.policy, head_file=given.head) as node:
            follow(node)
            if given.receipt:
                check_receipt(node, given.receipt, given.policy)
            if given.whole:
                judge(node)
    except DengbuError as error:
        print(f"{type(error).__name__}: {error}\n{getattr(error, 'hint', '')}", file=sys.stderr)
        return 3 if isinstance(error, VerificationError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
