"""A bank registers a mortgage: from the customer's certificate number to a receipt kept and verified offline.

    python examples/bank.py --url URL --key outlet.key --policy policy.txt loan.json

loan.json, as the loan system writes it:
    {"loan": "loan-2026-000123", "certificate": "粤(2026)惠州市不动产权第0000001号", "amount_fen": 80000000,
     "mortgagors": [{"name": ..., "id_type": "1", "id_no": ...}]}

Run it again with the same file whenever it ends early: the loan's number makes it idempotent. It exits with 0 once the
mortgage is entered, 5 when the ledger refuses, 3 when something does not verify, 1 otherwise (a person decides).
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from dengbu.api.client import Client, DengbuError, Rejected, VerificationError, load_key, verify_file

BANK, REGISTRY, DISTRICT = "bank-a", "hz-registry", "441302"


def register(bank: Client, loan: dict[str, Any], wait_s: float) -> bytes:
    """Apply for the mortgage of a loan and wait until it is entered; return its verified receipt."""
    title = bank.certificates.get(loan["certificate"])
    if title.kind != "ownership" or title.status != "current":
        raise DengbuError(
            f"不是现行的所有权证 {title.number} is no current title: {title.kind} {title.status}"
        )
    act = {
        "act": "mortgage.set",
        "unit": title.unit,
        "right": title.right,
        "mortgagee": BANK,
        "kind": "ordinary",
        "no_transfer": False,
        "consent": [holder["ref"] for holder in title.holders],
    }
    # Names and amounts go, encrypted, only to these two; the ledger holds commitments to them.
    readers = [BANK, REGISTRY]
    private = {
        "parties": {"value": {"mortgagors": loan["mortgagors"]}, "to": readers},
        "terms": {"value": {"amount_fen": loan["amount_fen"]}, "to": readers},
    }
    case = bank.cases.apply(
        district=DISTRICT, channel="outlet", acts=[act], private=private, key=loan["loan"], wait=wait_s
    )
    print(f"受理 accepted: {case.number}")
    case = bank.cases.wait(case, timeout=wait_s, unless=lambda seen: bool(seen.handed_over or seen.suspended))
    if case.decided is None:  # the customer's bank is told why, and runs this again later
        why = [doubt["title_zh"] + " " + doubt["title_en"] for doubt in case.doubts] + [*case.requested]
        raise DengbuError(f"转人工或待补正 {case.number} waits for a person or papers: {'; '.join(why)}")
    if case.state != "entered":
        raise DengbuError(f"未予登记 the case {case.number} is {case.state}")
    return bank.cases.receipt(case).raw


def main() -> int:
    """Register the mortgage of one loan; return the exit code."""
    parser = argparse.ArgumentParser(description="登记一笔抵押 register one mortgage")
    parser.add_argument("loan", type=Path)
    for name in ("--url", "--key", "--policy"):
        parser.add_argument(name, required=True)
    parser.add_argument("--wait", type=float, default=600, help="秒 seconds to wait for the registry")
    given = parser.parse_args()
    try:
        loan = json.loads(given.loan.read_text(encoding="utf-8"))
        with Client(given.url, load_key(given.key), given.policy) as bank:
            raw = register(bank, loan, given.wait)
        kept = given.loan.with_suffix(".tlog-proof")
        kept.write_bytes(raw)
        receipt = verify_file(kept, given.policy)  # as anybody can years later, with no node running
    except Rejected as refusal:
        for reason in refusal.reasons:
            print(f"不予办理 refused: {reason['name']} {reason['title_zh']} {reason['law']}", file=sys.stderr)
        return 5
    except (DengbuError, OSError, ValueError, KeyError) as error:
        print(f"{type(error).__name__}: {error}\n{getattr(error, 'hint', '')}", file=sys.stderr)
        return 3 if isinstance(error, VerificationError) else 1
    certificate = receipt.result["certificates"][0]["number"]
    print(
        f"登簿 entered: {certificate}, 第 {receipt.index} 条, 回执 receipt {kept} ({len(receipt.cosigners)} 家会签 cosigned)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
